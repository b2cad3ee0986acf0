/** Somebody signed in or out, failed to, or became somebody else. */
export interface AuthenticationFact {
  readonly action: 'login' | 'logout' | 'failure' | 'elevate';
  /** Who; null when it is not told. */
  readonly user: string | null;
  readonly sourceIp: string | null;
  readonly sourcePort: number | null;
  /** How or why: `password`, `unknown user`, `to root`. */
  readonly reason: string | null;
  readonly outcome: 'success' | 'failure';
  /** What was run as somebody else. */
  readonly commandLine: string | null;
}

/** A fact of which only the action is known. */
export function factOf(
  action: AuthenticationFact['action'],
  parts: Partial<AuthenticationFact> = {},
): AuthenticationFact {
  return {
    action,
    user: null,
    sourceIp: null,
    sourcePort: null,
    reason: null,
    outcome: action === 'failure' ? 'failure' : 'success',
    commandLine: null,
    ...parts,
  };
}
