import { QueryClient } from '@tanstack/react-query';
import { createCall, ConsoleError } from './request.ts';
import { leave, renewSession } from './session.ts';
import { useStore } from './store.ts';

/** Calls a route of the controller for whoever is signed in. */
export const call = createCall({
  fetch: (url, init) => fetch(url, init),
  newKey: () => crypto.randomUUID(),
  csrfToken: () => useStore.getState().session?.csrfToken,
  renew: async (sentAtMs) => {
    const isAlive = await renewSession(sentAtMs);
    if (!isAlive) leave('expired');
    return isAlive;
  },
});

/** How long an answer counts as fresh; live events make it stale before. */
const FRESH_MS = 30_000;
/** How long an answer that nobody shows is kept. */
const KEPT_MS = 300_000;
const RETRIES_MAX = 2;

function isWorthRetrying(error: unknown): boolean {
  return error instanceof ConsoleError && (error.status === 0 || error.status >= 502);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      gcTime: KEPT_MS,
      refetchOnWindowFocus: false,
      retry: (failures, error) => failures < RETRIES_MAX && isWorthRetrying(error),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
