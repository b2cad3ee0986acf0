import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN, setupRoutes } from '@wardgrid/wire';
import { createForm, type Form } from './form.ts';
import type { Tools } from './sign-in.ts';

/** First-run set-up: three fields, then straight to adding the first device. */
export function createSetupForm({ words, call }: Tools, token: string): Form {
  const form = createForm({
    words,
    title: words('setupTitle'),
    hint: words('setupHint'),
    button: words('setUp'),
    fields: [
      { name: 'email', label: words('email'), type: 'email', autocomplete: 'username' },
      {
        name: 'password',
        label: words('password'),
        type: 'password',
        autocomplete: 'new-password',
        hint: words('passwordHint', { length: PASSWORD_LENGTH_MIN }),
        lengthMax: PASSWORD_LENGTH_MAX,
      },
      {
        name: 'organization',
        label: words('organization'),
        type: 'text',
        autocomplete: 'organization',
        hint: words('organizationHint'),
        lengthMax: 120,
      },
    ],
    submit: async (shown) => {
      await call(setupRoutes.create, {
        body: {
          token,
          email: shown.value('email'),
          password: shown.value('password'),
          organizationName: shown.value('organization'),
        },
      });
      location.assign('/add-device');
    },
  });
  if (token === '') form.say(words('linkIncomplete'), 'bad');
  return form;
}
