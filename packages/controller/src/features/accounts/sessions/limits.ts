/** Life of an access token: what a stolen one is good for when nothing else is noticed. */
export const ACCESS_MS = 300_000;
/** A session unused for this long ends: a working day. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
/** A session ends after this long whatever happens: a week. */
export const SESSION_MS = 7 * 86_400_000;
/** How long the token before the last rotation still gets its successor: two tabs, a lost answer. */
export const REFRESH_GRACE_MS = 20_000;
/** Sessions of one account; the least recently used end beyond it. */
export const SESSIONS_MAX = 50;
