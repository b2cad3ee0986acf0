import { WardgridError } from '@wardgrid/base';

/** Why a scan cannot begin or go on. A host that does not answer is never an error. */
export type ScanErrorCode =
  | 'scan-network-invalid'
  | 'scan-network-too-large'
  | 'scan-address-invalid'
  | 'scan-ports-invalid'
  | 'scan-hosts-too-many'
  | 'scan-engine-missing'
  | 'scan-engine-failed';

/** An error of the scan engine. */
export class ScanError extends WardgridError<ScanErrorCode> {}
