import { accountRoutes, PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from '@wardgrid/wire';
import { createForm, type Form } from './form.ts';
import type { Tools } from './sign-in.ts';

/** Accepting an invitation: one password, then sign-in. */
export function createInvitationForm({ words, call }: Tools, token: string): Form {
  const form = createForm({
    words,
    title: words('inviteTitle'),
    hint: words('inviteHint'),
    button: words('invite'),
    fields: [
      {
        name: 'password',
        label: words('password'),
        type: 'password',
        autocomplete: 'new-password',
        hint: words('passwordHint', { length: PASSWORD_LENGTH_MIN }),
        lengthMax: PASSWORD_LENGTH_MAX,
      },
    ],
    submit: async (shown) => {
      const { email } = await call(accountRoutes.accept, {
        body: { token, password: shown.value('password') },
      });
      shown.say(words('accepted', { email }), 'info');
      location.assign('/sign-in');
    },
  });
  if (token === '') form.say(words('linkIncomplete'), 'bad');
  return form;
}
