/**
 * The pages before one is signed in: sign-in, first-run set-up and accepting an invitation. Without
 * React, so that they are there at once. A token comes in the fragment, which no server sees.
 */
import { entryWords } from '../messages/entry.ts';
import { tagOf } from '../messages/locales.ts';
import { applyAppearance, storedPreferences } from '../preferences.ts';
import { createCall } from '../request.ts';
import { createInvitationForm } from './invitation.ts';
import { createSetupForm } from './set-up.ts';
import { createSignInForm } from './sign-in.ts';

const preferences = storedPreferences();
applyAppearance(preferences);
document.documentElement.lang = tagOf(preferences.locale);
const words = entryWords(preferences.locale);

const call = createCall({
  fetch: (url, init) => fetch(url, init),
  newKey: () => crypto.randomUUID(),
  csrfToken: () => undefined,
});

/** The token of the address, taken out of it, so that it stays in no history and no screenshot. */
function takeToken(): string {
  const token = decodeURIComponent(location.hash.slice(1)).replace(/^token=/, '');
  history.replaceState(null, '', location.pathname + location.search);
  return token;
}

function formOf(path: string) {
  const tools = { words, call };
  if (path.startsWith('/setup')) return createSetupForm(tools, takeToken());
  if (path.startsWith('/invite')) return createInvitationForm(tools, takeToken());
  return createSignInForm(tools, new URLSearchParams(location.search));
}

const form = formOf(location.pathname);
document.querySelector('#root')?.replaceChildren(form.root);
document.title = `${form.root.querySelector('h1')?.textContent ?? ''} · Wardgrid`;
form.focus();
