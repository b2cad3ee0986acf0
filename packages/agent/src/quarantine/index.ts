/**
 * The quarantine: malicious files, sealed so that nothing runs them and nobody but this device reads
 * them, until a person puts them back, deletes them, or their time is over. It owns its folder and the
 * way a file leaves and comes back; it must not decide which file deserves it, and acts on an open
 * descriptor alone.
 */
export type { SealReason } from './capture.ts';
export { QuarantineError, type QuarantineErrorCode } from './errors.ts';
export type { FileException } from './exceptions.ts';
export type { QuarantineLimits } from './limits.ts';
export { openNamedFile, type NamedFile } from './named-file.ts';
export {
  createQuarantine,
  type Quarantine,
  type QuarantineOptions,
  type SealedOutcome,
} from './quarantine.ts';
