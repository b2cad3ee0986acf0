import { WardgridError, type Facts } from '@wardgrid/base';
import type { ProblemCode, ProblemIssue } from '@wardgrid/wire';

interface ProblemOptions {
  readonly cause?: unknown;
  readonly facts?: Facts;
  /** Places in the body that are wrong. */
  readonly issues?: readonly ProblemIssue[];
  /** Facts that the caller may see, part of the problem's contract. */
  readonly shown?: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryAfterSeconds?: number;
}

/** A request that cannot be fulfilled for a reason that its sender is told. */
export class ControllerError extends WardgridError<ProblemCode> {
  readonly issues: readonly ProblemIssue[];
  readonly shown: ProblemOptions['shown'];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(code, detail, options);
    this.issues = options.issues ?? [];
    this.shown = options.shown;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** What does not exist, or is none of the caller's business: the same words for both. */
export function notFound(noun: string): ControllerError {
  return new ControllerError('not-found', `no such ${noun}`);
}
