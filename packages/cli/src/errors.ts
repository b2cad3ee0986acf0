import { WardgridError } from '@wardgrid/base';
import type { Problem, ProblemError } from '@wardgrid/wire';

/** How a run ended, as scripts see it. */
export const ExitCode = {
  ok: 0,
  error: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  conflict: 5,
  partial: 6,
  /** 128 and SIGINT, as shells count. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

type Row = readonly [exitCode: ExitCode, status: number, title: string];

/** What goes wrong on this side of the wire: exit code, status in the manner of HTTP, title. */
const FAILURES = {
  usage: [ExitCode.usage, 400, 'The command does not fit'],
  'name-ambiguous': [ExitCode.usage, 400, 'The name means several things'],
  'controller-insecure': [ExitCode.usage, 400, 'The address is not safe'],
  'file-unreadable': [ExitCode.error, 400, 'The file cannot be read'],
  'not-signed-in': [ExitCode.notAllowed, 401, 'Sign in first'],
  'sign-in-expired': [ExitCode.notAllowed, 401, 'The sign-in was not approved in time'],
  'not-found': [ExitCode.notFound, 404, 'Not found'],
  'profile-unusable': [ExitCode.error, 500, 'The profiles cannot be used'],
  'controller-unreachable': [ExitCode.error, 503, 'The controller cannot be reached'],
  'controller-untrusted': [ExitCode.error, 502, 'The controller is not trusted'],
  'reply-invalid': [ExitCode.error, 502, 'The answer does not fit'],
  'reply-too-large': [ExitCode.error, 502, 'The answer is too large'],
  'result-too-large': [ExitCode.error, 413, 'The result is too large'],
  interrupted: [ExitCode.interrupted, 499, 'Interrupted'],
} as const satisfies Readonly<Record<string, Row>>;

export type CliErrorCode = keyof typeof FAILURES;

/** An error of the command line itself. */
export class CliError extends WardgridError<CliErrorCode> {}

/** A command that does not fit, in the words of `detail`. */
export function usageError(detail: string): CliError {
  return new CliError('usage', detail);
}

/** Whether a controller answered with a problem. Told by name: the contract is loaded only on use. */
export function isProblemError(thrown: unknown): thrown is ProblemError {
  return thrown instanceof Error && thrown.name === 'ProblemError' && 'problem' in thrown;
}

/** The problem document of whatever was thrown, from the controller or of our own. */
export function problemOf(thrown: unknown): Problem {
  if (isProblemError(thrown)) return thrown.problem;
  const code = thrown instanceof CliError ? thrown.code : 'internal';
  const [, status, title] = thrown instanceof CliError ? FAILURES[thrown.code] : INTERNAL;
  return {
    type: `urn:wardgrid:problem:${code}`,
    title,
    status,
    detail: thrown instanceof Error ? thrown.message : String(thrown),
    instance: '',
    code,
  };
}

const INTERNAL: Row = [ExitCode.error, 500, 'Something is broken on our side'];

/** The exit code of whatever was thrown. */
export function exitCodeOf(thrown: unknown): ExitCode {
  if (thrown instanceof CliError) return FAILURES[thrown.code][0];
  return isProblemError(thrown) ? exitCodeOfStatus(thrown.problem.status) : ExitCode.error;
}

/** The exit code of an HTTP status: precondition problems are conflicts, gone things are not found. */
function exitCodeOfStatus(status: number): ExitCode {
  switch (status) {
    case 400:
      return ExitCode.usage;
    case 401:
    case 403:
      return ExitCode.notAllowed;
    case 404:
    case 410:
      return ExitCode.notFound;
    case 409:
    case 412:
    case 428:
      return ExitCode.conflict;
    default:
      return ExitCode.error;
  }
}
