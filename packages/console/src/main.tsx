/**
 * The web console: one page application for the three shells. It owns what people see and nothing
 * else; every decision is the controller's. It must not hold a secret or trust an address.
 */
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api.ts';
import { startLive } from './live.ts';
import { speak, t } from './messages/index.ts';
import { router } from './router.tsx';
import { leave, loadSession } from './session.ts';
import { ForbiddenError } from './shell/ErrorPages.tsx';
import { applyAppearance } from './preferences.ts';
import { useStore } from './store.ts';

const RELOADED_KEY = 'wardgrid.reloaded';

/** After an upgrade an open tab asks for files that are gone: load the page anew, once. */
function reloadOnMissingFiles(): void {
  addEventListener('vite:preloadError', (event) => {
    if (sessionStorage.getItem(RELOADED_KEY) === location.href) return;
    event.preventDefault();
    sessionStorage.setItem(RELOADED_KEY, location.href);
    location.reload();
  });
}

/** A page that is not allowed is an answer, not an error; everything else belongs in the console. */
function reportUnexpected(error: unknown): void {
  if (!(error instanceof ForbiddenError)) reportError(error);
}

async function start(host: HTMLElement): Promise<void> {
  applyAppearance(useStore.getState());
  reloadOnMissingFiles();
  const [session] = await Promise.all([loadSession(), speak(useStore.getState().locale)]);
  if (!session) {
    leave();
    return;
  }
  startLive();
  createRoot(host, { onCaughtError: reportUnexpected }).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}

/** Without a controller there is no session and no console: say so in plain words. */
function sayUnreachable(host: HTMLElement): void {
  const line = document.createElement('p');
  line.className = 'p-8 text-center';
  line.setAttribute('role', 'alert');
  line.textContent = t('problem.unreachable');
  host.append(line);
}

const host = document.querySelector<HTMLElement>('#root');
if (host) start(host).catch(() => sayUnreachable(host));
