import { useMutation } from '@tanstack/react-query';
import { PASSWORD_LENGTH_MIN, sessionRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { TextField } from '../../ui/Field.tsx';
import { Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

/** Changes the own password; every other session ends. */
export function PasswordSection() {
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const change = useMutation({
    mutationFn: () =>
      call(sessionRoutes.changePassword, { body: { currentPassword, newPassword } }),
    onSuccess: () => {
      setCurrent('');
      setNew('');
      notify('ok', t('settings.passwordChanged'));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Section title={t('settings.password')}>
      <form onSubmit={submit} className="flex max-w-md flex-col gap-3">
        <TextField
          label={t('settings.currentPassword')}
          type="password"
          autoComplete="current-password"
          value={currentPassword}
          onChange={setCurrent}
          isRequired
        />
        <TextField
          label={t('settings.newPassword')}
          hint={t('settings.passwordHint', { count: PASSWORD_LENGTH_MIN })}
          type="password"
          autoComplete="new-password"
          value={newPassword}
          onChange={setNew}
          isRequired
        />
        <ProblemNote error={change.error} />
        <div>
          <button type="submit" className="button" disabled={change.isPending}>
            {t('settings.changePassword')}
          </button>
        </div>
      </form>
    </Section>
  );
}
