import { systemClock } from '@wardgrid/base/system';
import { sessionRoutes, type Session } from '@wardgrid/wire';
import { rememberSession } from './living-session.ts';
import { ConsoleError, createCall } from './request.ts';
import { signInPath } from './return-path.ts';
import { useStore } from './store.ts';

type Word = { readonly kind: 'renewed'; readonly session: Session } | { readonly kind: 'ended' };

/** Renew when this part of the access time is gone. */
const RENEW_AT = 0.8;
/** Never renew more often than this, whatever the clocks say. */
const RENEW_MIN_MS = 10_000;
/** Longest timer a browser keeps in 32 bits. */
const RENEW_MAX_MS = 2_000_000_000;
const LOCK = 'wardgrid.session';

const channel = new BroadcastChannel(LOCK);
/** To the other tabs of this browser; a channel has no target origin, it never leaves its own. */
const broadcast: (word: Word) => void = channel.postMessage.bind(channel);
let cancelRenewal: (() => void) | undefined;
/** When this tab last learned of a renewal, by the monotonic clock. */
let renewedAtMs = Number.NEGATIVE_INFINITY;

const call = createCall({
  fetch: (url, init) => fetch(url, init),
  newKey: () => crypto.randomUUID(),
  csrfToken: () => useStore.getState().session?.csrfToken,
});

/** Loads who is signed in, renewing once if need be; null when nobody is. */
export async function loadSession(): Promise<Session | null> {
  listen();
  try {
    keep(await call(sessionRoutes.current));
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.status !== 401) throw error;
    if (!(await renewSession())) return null;
  }
  return useStore.getState().session;
}

/**
 * Renews the session, one tab at a time: the others take what the first got. What was renewed since the
 * given time of the monotonic clock, when a refused request was sent, is not renewed again. False when it
 * has ended.
 */
export async function renewSession(sinceMs = systemClock.monotonic()): Promise<boolean> {
  return navigator.locks.request(LOCK, async () => {
    if (renewedAtMs > sinceMs) return true;
    try {
      const session = await call(sessionRoutes.refresh);
      keep(session);
      tell({ kind: 'renewed', session });
      return true;
    } catch (error) {
      if (error instanceof ConsoleError && error.status === 401) return false;
      throw error;
    }
  });
}

/** Ends the session here, in the controller and in every tab. */
export async function signOut(): Promise<void> {
  await call(sessionRoutes.signOut).catch(() => undefined);
  tell({ kind: 'ended' });
  leave('signed-out');
}

/** Goes to the sign-in page, to come back here afterwards. */
export function leave(reason?: 'expired' | 'signed-out'): void {
  useStore.setState({ session: null });
  rememberSession(null);
  const here = location.pathname + location.search;
  location.assign(signInPath(reason === 'signed-out' ? '/' : here, reason));
}

function keep(session: Session): void {
  renewedAtMs = systemClock.monotonic();
  useStore.setState({ session });
  rememberSession(session.sessionExpiresAt);
  cancelRenewal?.();
  const leftMs = Date.parse(session.accessExpiresAt) - systemClock.now();
  const delayMs = Math.min(RENEW_MAX_MS, Math.max(RENEW_MIN_MS, leftMs * RENEW_AT));
  cancelRenewal = systemClock.after(delayMs, () => {
    renewSession().then(
      (isAlive) => (isAlive ? undefined : leave('expired')),
      () => keep(session),
    );
  });
}

function tell(word: Word): void {
  broadcast(word);
}

function listen(): void {
  channel.addEventListener('message', (event: MessageEvent<Word>) => {
    if (event.data.kind === 'renewed') keep(event.data.session);
    else leave('signed-out');
  });
}
