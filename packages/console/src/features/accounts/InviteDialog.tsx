import { useMutation, useQueryClient } from '@tanstack/react-query';
import { accountRoutes } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { CopyLine } from '../../ui/CopyLine.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';
import { RoleFields, type RoleDraft } from './RoleFields.tsx';
import { useScopes } from '../../scopes.ts';

interface InvitationLink {
  readonly path: string;
  readonly expiresAt: string;
}

/** Invites a person: who, where, as what; then the link to hand over, shown once. */
export function InviteDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const scopes = useScopes();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [draft, setDraft] = useState<RoleDraft>({ kind: 'admin', role: 'technician', scope: '' });
  const [chosenScope, setChosenScope] = useState<string | null>(null);
  const scope = chosenScope ?? scopes[1]?.value ?? scopes[0]?.value ?? '';
  const invite = useMutation({
    mutationFn: () =>
      call(accountRoutes.create, {
        body: {
          name,
          email,
          kind: draft.kind,
          scope,
          reach: 'subtree',
          assignments: [{ role: draft.role, scope }],
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['accounts'] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    invite.mutate();
  };
  if (invite.data) return <LinkDialog link={invite.data.invitation} onClose={onClose} />;
  return (
    <Dialog
      isOpen
      isWide
      onClose={onClose}
      title={t('accounts.invite')}
      description={t('accounts.inviteHint')}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <div className="grid gap-3 sm:grid-cols-2">
          <TextField
            label={t('field.name')}
            value={name}
            onChange={setName}
            error={invite.error}
            pointer="/name"
            lengthMax={120}
            isRequired
          />
          <TextField
            label={t('field.email')}
            type="email"
            value={email}
            onChange={setEmail}
            error={invite.error}
            pointer="/email"
            isRequired
          />
        </div>
        <SelectField
          label={t('field.kind')}
          hint={t(`accountHint.${draft.kind}`)}
          value={draft.kind}
          onChange={(kind) => setDraft({ ...draft, kind: kind === 'user' ? 'user' : 'admin' })}
          choices={[
            { value: 'admin', text: t('account.admin') },
            { value: 'user', text: t('account.user') },
          ]}
        />
        <RoleFields
          draft={{ ...draft, scope }}
          onChange={(next) => {
            setDraft(next);
            setChosenScope(next.scope);
          }}
          scopes={scopes}
        />
        <ProblemNote error={invite.error} />
        <DialogButtons onCancel={onClose} submit={t('accounts.invite')} isBusy={invite.isPending} />
      </form>
    </Dialog>
  );
}

/** The one-time link with which an invited person sets a password. */
export function LinkDialog(properties: {
  readonly link: InvitationLink;
  readonly onClose: () => void;
}) {
  const { link, onClose } = properties;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('accounts.link')}
      description={t('accounts.linkHint')}
    >
      <CopyLine text={new URL(link.path, location.origin).href} label={t('accounts.link')} />
      <p className="mt-2 text-xs text-muted">
        {t('field.expiresAt')} <Time at={link.expiresAt} />
      </p>
    </Dialog>
  );
}
