import { WardgridError } from '@wardgrid/base';

/** What the caller cannot go on from. */
export type DetectionErrorCode = 'pack-invalid' | 'pack-too-large' | 'state-invalid';

/** An error of the detection engine. Faults in rule files are no errors: they are collected. */
export class DetectionError extends WardgridError<DetectionErrorCode> {}
