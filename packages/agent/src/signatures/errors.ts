import { WardgridError } from '@wardgrid/base';

/** What makes signature content unusable. */
export type SignatureErrorCode = 'hashes-broken';

/** Signature content that cannot be used. */
export class SignatureError extends WardgridError<SignatureErrorCode> {}
