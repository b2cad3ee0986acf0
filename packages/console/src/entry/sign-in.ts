import { systemClock } from '@wardgrid/base/system';
import { sessionRoutes, setupRoutes, type Call } from '@wardgrid/wire';
import { ConsoleError } from '../request.ts';
import { mayHaveSession, rememberSession } from '../living-session.ts';
import { safeReturnPath } from '../return-path.ts';
import { createForm, type Form, type Words } from './form.ts';

export interface Tools {
  readonly words: Words;
  readonly call: Call;
}

const CODE = 'code';

/** The sign-in page: e-mail and password, then the second factor if the account has one. */
export function createSignInForm({ words, call }: Tools, search: URLSearchParams): Form {
  const form = createForm({
    words,
    title: words('signInTitle'),
    button: words('signIn'),
    fields: [
      { name: 'email', label: words('email'), type: 'email', autocomplete: 'username' },
      {
        name: 'password',
        label: words('password'),
        type: 'password',
        autocomplete: 'current-password',
      },
    ],
    submit: async (shown) => {
      const code = shown.value(CODE).replaceAll(/\s/g, '');
      try {
        await call(sessionRoutes.create, {
          body: {
            email: shown.value('email'),
            password: shown.value('password'),
            ...(code === '' ? {} : { code }),
          },
        });
      } catch (error) {
        if (!(error instanceof ConsoleError) || error.code !== 'totp-required') throw error;
        askForCode(shown, words);
        return;
      }
      location.assign(safeReturnPath(search.get('next'), location.origin));
    },
  });
  sayWhy(form, words, search.get('reason'));
  void goOnOrSay(form, { words, call }, search);
  return form;
}

function askForCode(form: Form, words: Words): void {
  form.say(words('codeTitle'), 'info');
  if (form.root.querySelector(`#${CODE}`)) return;
  form.ask({
    name: CODE,
    label: words('code'),
    type: 'text',
    autocomplete: 'one-time-code',
    hint: words('codeHint'),
    lengthMax: 20,
  });
}

function sayWhy(form: Form, words: Words, reason: string | null): void {
  if (reason === 'expired') form.say(words('expired'), 'info');
  if (reason === 'signed-out') form.say(words('signedOut'), 'info');
}

/**
 * A session may be alive though its short part has ended while no page was open: then it is renewed
 * and nobody has to sign in. Else says what stands in the way of signing in, if anything does.
 */
async function goOnOrSay(
  form: Form,
  { words, call }: Tools,
  search: URLSearchParams,
): Promise<void> {
  try {
    if (mayHaveSession(systemClock.now()) && (await isRenewed(call))) {
      location.replace(safeReturnPath(search.get('next'), location.origin));
      return;
    }
    const { isOpen } = await call(setupRoutes.read);
    if (isOpen) form.say(words('setupOpen'), 'info');
  } catch (error) {
    if (error instanceof ConsoleError && error.status === 0) form.say(words('unreachable'), 'bad');
  }
}

async function isRenewed(call: Call): Promise<boolean> {
  try {
    await call(sessionRoutes.refresh);
    return true;
  } catch (error) {
    if (!(error instanceof ConsoleError) || error.status < 400) throw error;
    rememberSession(null);
    return false;
  }
}
