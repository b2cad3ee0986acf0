import { WardgridError } from '@wardgrid/base';

/** Why a file could not be sealed, restored or deleted. */
export type QuarantineErrorCode =
  | 'not-found'
  | 'not-a-file'
  | 'read-only'
  | 'store-full'
  | 'store-busy'
  | 'store-unusable'
  | 'seal-broken'
  | 'entry-unknown'
  | 'entry-ended'
  | 'path-occupied'
  | 'folder-gone'
  | 'folder-linked'
  | 'system-refused';

/** A file that stays as it was, and why. */
export class QuarantineError extends WardgridError<QuarantineErrorCode> {}
