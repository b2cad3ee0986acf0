import { WardgridError } from '@wardgrid/base';

/** What can go wrong in the agent, beyond the problems that a controller answers with. */
export type AgentErrorCode =
  | 'usage'
  | 'platform-unsupported'
  | 'not-enrolled'
  | 'enrolment-refused'
  | 'enrolment-key-malformed'
  | 'controller-untrusted'
  | 'controller-insecure'
  | 'controller-unreachable'
  | 'reply-invalid'
  | 'reply-too-large'
  | 'already-running'
  | 'data-unusable'
  | 'disk-full'
  | 'installation-unsupported';

/** An error of the agent. */
export class AgentError extends WardgridError<AgentErrorCode> {}
