import * as z from 'zod';

type LogLevel = 'warn' | 'info' | 'debug' | 'error';
type Row = readonly [status: number, title: string, log: LogLevel];

/** The one table of problems: code → status, title, log level. Clients branch on the code alone. */
const PROBLEMS = {
  'invalid-request': [400, 'The request is not HTTP', 'debug'],
  'invalid-json': [400, 'The body is not JSON', 'debug'],
  'invalid-body': [400, 'The body does not fit', 'debug'],
  'invalid-query': [400, 'The query does not fit', 'debug'],
  'invalid-parameters': [400, 'The address does not fit', 'debug'],
  'filter-invalid': [400, 'The filter does not fit', 'debug'],
  'sort-invalid': [400, 'The sort does not fit', 'debug'],
  'cursor-invalid': [400, 'The cursor does not fit this list', 'debug'],
  'not-signed-in': [401, 'Sign in first', 'debug'],
  'sign-in-failed': [401, 'E-mail, password or code is wrong', 'info'],
  'totp-required': [401, 'A second factor is required', 'debug'],
  'session-expired': [401, 'The session has ended', 'debug'],
  forbidden: [403, 'Not allowed', 'info'],
  'csrf-refused': [403, 'The request did not come from the console', 'warn'],
  'address-blocked': [403, 'This address is blocked', 'info'],
  'fresh-sign-in-required': [403, 'Sign in again to do this', 'debug'],
  'licence-expired': [403, 'The licence has expired', 'info'],
  'licence-suspended': [403, 'The licence is suspended', 'info'],
  'licence-missing': [403, 'The tenant has no licence', 'info'],
  'licence-older': [409, 'A later licence is in force', 'info'],
  'licence-invalid': [422, 'The licence does not verify', 'warn'],
  'not-found': [404, 'Not found', 'debug'],
  'method-not-allowed': [405, 'Method not allowed', 'debug'],
  'request-timeout': [408, 'The request took too long', 'debug'],
  conflict: [409, 'In conflict with what is there', 'debug'],
  'name-taken': [409, 'The name is taken', 'debug'],
  'precondition-failed': [412, 'It was changed meanwhile', 'debug'],
  'body-too-large': [413, 'The body is too large', 'info'],
  'address-too-long': [414, 'The address is too long', 'info'],
  'unsupported-media-type': [415, 'The body must be application/json', 'debug'],
  'idempotency-mismatch': [422, 'The idempotency key was used for another request', 'info'],
  'temporary-id-unknown': [422, 'Nothing was made under this temporary id', 'info'],
  'temporary-id-taken': [409, 'The temporary id stands for something already', 'info'],
  'idempotency-in-flight': [409, 'The same request is being worked on', 'debug'],
  'precondition-required': [428, 'Say which version you change', 'debug'],
  'rate-limited': [429, 'Too many requests', 'info'],
  'headers-too-large': [431, 'The headers are too large', 'info'],
  internal: [500, 'Something is broken on our side', 'error'],
  unavailable: [503, 'Not available for the moment', 'warn'],
  'limit-reached': [409, 'A limit is reached', 'info'],
  'setup-closed': [409, 'The set-up is already done', 'info'],
  'setup-token-invalid': [403, 'The set-up link is wrong or has expired', 'warn'],
  'account-email-taken': [409, 'The e-mail address is taken', 'debug'],
  'account-layer-refused': [403, 'You may not give this layer or scope', 'info'],
  'account-last-admin': [409, 'The last admin cannot be removed', 'info'],
  'account-invitation-invalid': [403, 'The invitation is wrong or has expired', 'info'],
  'account-password-weak': [422, 'The password is too weak', 'debug'],
  'account-totp-invalid': [422, 'The code is wrong', 'info'],
  'device-code-pending': [409, 'Not approved yet', 'debug'],
  'device-code-invalid': [403, 'The code is wrong or has expired', 'info'],
  'tenant-not-empty': [409, 'The tenant still has organizations', 'debug'],
  'organization-not-empty': [409, 'The organization still has devices or groups', 'debug'],
  'group-not-empty': [409, 'The group still has devices or groups', 'debug'],
  'group-too-deep': [422, 'Groups nest too deep', 'debug'],
  'group-cycle': [422, 'A group cannot be inside itself', 'debug'],
  'licence-seats-exhausted': [409, 'All seats of the licence are taken', 'info'],
  'enrolment-key-invalid': [403, 'The enrolment key is wrong', 'info'],
  'enrolment-key-expired': [403, 'The enrolment key has expired', 'info'],
  'enrolment-key-exhausted': [409, 'The enrolment key is used up', 'info'],
  'enrolment-key-revoked': [403, 'The enrolment key was revoked', 'info'],
  'enrolment-address-refused': [403, 'The enrolment key does not allow this address', 'info'],
  'enrolment-proof-invalid': [403, 'The proof of the device key is wrong', 'warn'],
  'device-session-invalid': [401, 'The device session has ended', 'debug'],
  'device-assertion-invalid': [401, 'The device could not prove who it is', 'warn'],
  'device-retired': [410, 'The device was retired', 'info'],
  'device-forked': [409, 'Another machine uses the same identity', 'warn'],
  'protocol-unsupported': [426, 'The agent is too old for this controller', 'warn'],
  'device-without-network': [409, 'The device has not reported a network', 'debug'],
  'network-not-approved': [409, 'The network is not approved for scans', 'info'],
  'network-too-large': [422, 'The network is too large to scan', 'debug'],
  'network-size-unconfirmed': [422, 'Confirm the scan of a large network', 'debug'],
  'network-out-of-reach': [422, 'The device is not on this network', 'debug'],
  'ports-invalid': [422, 'The port list does not fit', 'debug'],
  'policy-taken': [409, 'The node or device has a policy', 'debug'],
  'policy-field-locked': [422, 'A policy above locks the field', 'debug'],
  'policy-space-full': [409, 'The policies of the tenant take too much space', 'info'],
  'policy-not-rolling': [409, 'The policy is not being rolled out', 'debug'],
  'rules-invalid': [422, 'The rules do not fit', 'debug'],
  'quarantine-not-sealed': [409, 'The file is not in quarantine any more', 'debug'],
  'scan-paths-invalid': [422, 'The paths to scan do not fit', 'debug'],
  'job-final': [409, 'The job has already ended', 'debug'],
  'asset-managed': [409, 'The asset is a managed device', 'debug'],
  'cloud-only': [409, 'Only the cloud does this', 'debug'],
  'local-only': [409, 'The cloud has nobody above it', 'debug'],
  'controller-not-pending': [409, 'The controller does not wait to be let in', 'debug'],
  'controller-scope-missing': [422, 'It is not said where the controller belongs', 'debug'],
  'controller-revoked': [410, 'The controller was revoked', 'info'],
  'controller-is-self': [409, 'A controller does not revoke itself', 'debug'],
  'controller-parent-invalid': [422, 'The controller cannot be put there', 'debug'],
  'controller-scope-invalid': [422, 'The controller cannot serve this', 'debug'],
  'join-token-invalid': [403, 'The join token is wrong', 'warn'],
  'join-token-expired': [403, 'The join token has expired', 'info'],
  'join-token-used': [409, 'The join token was used', 'info'],
  'join-proof-invalid': [403, 'The proof of the controller key is wrong', 'warn'],
  'join-refused': [403, 'The controller was not let in', 'info'],
  'upstream-unreachable': [503, 'The controllers above cannot be reached', 'warn'],
  'storage-full': [507, 'The disk of the controller is full', 'error'],
  'node-unknown': [401, 'The controller is not known here', 'info'],
  'node-signature-invalid': [401, 'The signature of the controller is wrong', 'warn'],
  'node-certificate-invalid': [401, 'The certificate of the controller is wrong', 'warn'],
  'node-certificate-expired': [401, 'The certificate of the controller has expired', 'info'],
  'node-certificate-revoked': [410, 'The controller was revoked', 'warn'],
  'node-request-stale': [401, 'The request was made too long ago, or by a wrong clock', 'info'],
  'node-request-replayed': [409, 'The request was received before', 'warn'],
  'sync-page-malformed': [400, 'The page does not fit', 'warn'],
  'sync-page-too-large': [413, 'The page is too large', 'warn'],
  'sync-tenant-foreign': [403, 'The page is of another tenant', 'warn'],
  'conflict-resolved': [409, 'The conflict was looked at already', 'debug'],
  'conflict-gone': [410, 'The thing is not there any more', 'debug'],
} as const satisfies Readonly<Record<string, Row>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Every code, in the table's order. */
export const problemCodes = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** Whether a string is a code of the table. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}

/** Status, title and log level of a code. */
export function problemOf(code: ProblemCode): {
  readonly status: number;
  readonly title: string;
  readonly log: LogLevel;
} {
  const [status, title, log] = PROBLEMS[code];
  return { status, title, log };
}

/** What is wrong with one place of a body: a JSON pointer (RFC 6901) and words for the reader. */
export const ProblemIssue = z.strictObject({
  pointer: z.string(),
  detail: z.string(),
  /** Of a text that was sent, such as a rule: the stable code of the error, its place and what to do. */
  code: z.string().exactOptional(),
  file: z.string().exactOptional(),
  line: z.int().exactOptional(),
  column: z.int().exactOptional(),
  help: z.string().exactOptional(),
});
export type ProblemIssue = z.infer<typeof ProblemIssue>;

/** A problem on the wire (RFC 9457), `application/problem+json`. */
export const Problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** For the reader: what, which, what to do. */
  detail: z.string().exactOptional(),
  /** The request id. */
  instance: z.string(),
  code: z.string(),
  errors: z.array(ProblemIssue).exactOptional(),
  /** Extra facts that a program may use; which keys depends on the code. */
  facts: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
    .exactOptional(),
});
export type Problem = z.infer<typeof Problem>;

/** A request that ended in a problem, as clients see it. `code` is the contract. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  /** Seconds that the server asked to wait (`Retry-After`), when it did. */
  readonly retryAfterSeconds: number | null;

  constructor(problem: Problem, retryAfterSeconds: number | null = null) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get code(): string {
    return this.problem.code;
  }
}
