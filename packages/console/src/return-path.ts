/** Where sign-in leads when no other place was asked for. */
const HOME_PATH = '/';
/** Longest return path; a longer one is not one of ours. */
const PATH_LENGTH_MAX = 2_000;

/**
 * The place to return to after sign-in: an absolute path of this origin, or home. Another origin
 * (`//evil`, `/\evil`, `https:…`) would make sign-in a lure.
 */
export function safeReturnPath(wanted: string | null, origin: string): string {
  if (wanted === null || wanted.length > PATH_LENGTH_MAX) return HOME_PATH;
  if (!/^\/(?![/\\])/.test(wanted) || /[\u0000-\u0020\\]/.test(wanted)) return HOME_PATH;
  const url = URL.parse(wanted, origin);
  if (!url || url.origin !== origin) return HOME_PATH;
  if (/^\/(?:sign-in|setup|invite|api)(?:\/|$)/.test(url.pathname)) return HOME_PATH;
  return url.pathname + url.search + url.hash;
}

/** The address of the sign-in page that returns to `path`, saying why it was asked for. */
export function signInPath(path: string, reason?: 'expired' | 'signed-out'): string {
  const search = new URLSearchParams();
  if (path !== HOME_PATH) search.set('next', path);
  if (reason) search.set('reason', reason);
  return `/sign-in${search.size > 0 ? `?${search.toString()}` : ''}`;
}
