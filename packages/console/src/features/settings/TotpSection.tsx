import { useMutation } from '@tanstack/react-query';
import { sessionRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { useStore } from '../../store.ts';
import { CopyLine } from '../../ui/CopyLine.tsx';
import { TextField } from '../../ui/Field.tsx';
import { QrCode } from './QrCode.tsx';
import { Section } from '../../ui/Page.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';

function setHasTotp(hasTotp: boolean): void {
  useStore.setState(({ session }) => ({ session: session && { ...session, hasTotp } }));
}

/** Adds or removes the second factor. */
export function TotpSection() {
  const hasTotp = useStore((state) => state.session?.hasTotp ?? false);
  const [backupCodes, setBackupCodes] = useState<readonly string[]>([]);
  return (
    <Section title={t('settings.totp')}>
      {backupCodes.length > 0 && <BackupCodes codes={backupCodes} />}
      {hasTotp && <Remove />}
      {!hasTotp && (
        <Add
          onAdded={(codes) => {
            setBackupCodes(codes);
            setHasTotp(true);
          }}
        />
      )}
    </Section>
  );
}

function BackupCodes(properties: { readonly codes: readonly string[] }) {
  const { codes } = properties;
  return (
    <div className="mb-5 rounded-lg border border-line bg-ok-soft p-4">
      <p className="mb-2 font-medium text-ok">{t('settings.backupCodes')}</p>
      <CopyLine text={codes.join(' ')} label={t('settings.backupCodes')} />
    </div>
  );
}

function Add(properties: { readonly onAdded: (backupCodes: readonly string[]) => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const begin = useMutation({
    mutationFn: () => call(sessionRoutes.beginTotp, { body: { password } }),
  });
  const confirm = useMutation({
    mutationFn: () => call(sessionRoutes.confirmTotp, { body: { code } }),
    onSuccess: ({ backupCodes }) => properties.onAdded(backupCodes),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (begin.data) confirm.mutate();
    else begin.mutate();
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-3">
      <p className="text-muted">{t('settings.totpHint')}</p>
      {!begin.data && (
        <TextField
          label={t('settings.currentPassword')}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          isRequired
        />
      )}
      {begin.data && (
        <>
          <QrCode text={begin.data.uri} label={t('settings.totpQr')} />
          <CopyLine text={begin.data.secret} label={t('settings.totpSecret')} />
          <TextField
            label={t('settings.code')}
            autoComplete="one-time-code"
            value={code}
            onChange={setCode}
            lengthMax={20}
            isRequired
            isMono
          />
        </>
      )}
      <ProblemNote error={begin.data ? confirm.error : begin.error} />
      <div>
        <button type="submit" className="button" disabled={begin.isPending || confirm.isPending}>
          {begin.data ? t('settings.confirmTotp') : t('settings.addTotp')}
        </button>
      </div>
    </form>
  );
}

function Remove() {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const remove = useMutation({
    mutationFn: () => call(sessionRoutes.removeTotp, { body: { password, code } }),
    onSuccess: () => setHasTotp(false),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    remove.mutate();
  };
  return (
    <form onSubmit={submit} className="flex max-w-md flex-col gap-3">
      <p className="text-muted">{t('settings.totpOn')}</p>
      <TextField
        label={t('settings.currentPassword')}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
      />
      <TextField
        label={t('settings.code')}
        autoComplete="one-time-code"
        value={code}
        onChange={setCode}
        lengthMax={20}
        isRequired
        isMono
      />
      <ProblemNote error={remove.error} />
      <div>
        <button type="submit" className="button button-danger" disabled={remove.isPending}>
          {t('settings.removeTotp')}
        </button>
      </div>
    </form>
  );
}
