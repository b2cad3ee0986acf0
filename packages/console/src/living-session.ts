/** Until when this browser was promised a session; it holds no secret. */
const KEY = 'wardgrid.sessionExpiresAt';

/** Remembers that this browser has a session, or that it has none any more. */
export function rememberSession(expiresAt: string | null): void {
  if (expiresAt === null) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, expiresAt);
}

/** Whether a session of this browser may still be alive: only then is renewing worth a request. */
export function mayHaveSession(nowMs: number): boolean {
  return Date.parse(localStorage.getItem(KEY) ?? '') > nowMs;
}
