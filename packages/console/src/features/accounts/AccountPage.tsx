import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { accountRoutes, type Account } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t, wordOr } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { Hostile } from '../../ui/Hostile.tsx';
import { Loaded } from '../../ui/Loaded.tsx';
import { Facts, PageBody, PageHead, Section } from '../../ui/Page.tsx';
import { ProblemNote, problemText } from '../../ui/Problem.tsx';
import { Time } from '../../ui/Time.tsx';
import { LinkDialog } from './InviteDialog.tsx';
import { RoleFields } from './RoleFields.tsx';
import { useScopes } from '../../scopes.ts';
import { usePathId } from '../../ui/use-address.ts';

/** One account: who it is, what it may do where, and how to change or end that. */
export function AccountPage() {
  const id = usePathId();
  const account = useQuery({
    queryKey: ['accounts', 'one', id],
    queryFn: ({ signal }) => call(accountRoutes.read, { params: { id }, signal }),
  });
  return <Loaded query={account}>{(data) => <Content account={data} />}</Loaded>;
}

function Content(properties: { readonly account: Account }) {
  const { account } = properties;
  return (
    <PageBody>
      <PageHead
        title={account.name}
        parent={{ to: '/accounts', text: t('nav.accounts') }}
        thing={{ noun: 'accounts', id: account.id }}
        detail={
          <>
            <StateChip state={account.state} />
            <Hostile text={account.email} />
          </>
        }
        actions={<Actions account={account} />}
      />
      <div className="grid items-start gap-5 lg:grid-cols-2">
        <Section title={t('devices.identity')}>
          <Facts
            facts={[
              [t('field.kind'), t(`account.${account.kind}`)],
              [t('field.layer'), n(account.layer)],
              [t('field.tenant'), <Hostile text={account.tenantName} />],
              [t('field.scope'), <Hostile text={account.scopeName} />],
              [t('accounts.reach'), t(`reach.${account.reach}`)],
              [t('field.secondFactor'), account.hasTotp ? t('accounts.on') : t('accounts.off')],
              [t('field.lastSignInAt'), <Time at={account.lastSignInAt} isExact />],
              [t('field.createdAt'), <Time at={account.createdAt} isExact />],
            ]}
          />
        </Section>
        <Section title={t('field.roles')} isFlush>
          <table className="data-table">
            <thead>
              <tr>
                <th scope="col">{t('field.role')}</th>
                <th scope="col">{t('accounts.effect')}</th>
                <th scope="col">{t('field.expiresAt')}</th>
              </tr>
            </thead>
            <tbody>
              {account.assignments.map((assignment, index) => (
                <tr key={index}>
                  <td>{wordOr(`role.${assignment.role}`, assignment.role)}</td>
                  <td>
                    <Chip
                      tone={assignment.effect === 'deny' ? 'bad' : 'ok'}
                      text={t(`effect.${assignment.effect}`)}
                    />
                  </td>
                  <td>
                    <Time at={assignment.expiresAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Section>
      </div>
    </PageBody>
  );
}

type Open = 'role' | 'delete' | null;

function Actions(properties: { readonly account: Account }) {
  const { account } = properties;
  const [open, setOpen] = useState<Open>(null);
  const mayChange = useMay('accounts:update');
  const mayDelete = useMay('accounts:delete');
  const navigate = useNavigate();
  const client = useQueryClient();
  const params = { id: account.id };
  const invite = useMutation({
    mutationFn: () => call(accountRoutes.invite, { params }),
    onError: (error) => notify('bad', problemText(error)),
  });
  const disable = useMutation({
    mutationFn: (isDisabled: boolean) =>
      call(accountRoutes.update, { params, body: { isDisabled } }),
    onSuccess: (saved) => client.setQueryData(['accounts', 'one', account.id], saved),
    onError: (error) => notify('bad', problemText(error)),
  });
  const isDisabled = account.state === 'disabled';
  return (
    <>
      {mayChange && (
        <>
          <button type="button" className="button" onClick={() => setOpen('role')}>
            {t('accounts.changeRole')}
          </button>
          <button type="button" className="button" onClick={() => invite.mutate()}>
            {t('accounts.newLink')}
          </button>
          <button type="button" className="button" onClick={() => disable.mutate(!isDisabled)}>
            {isDisabled ? t('action.enable') : t('action.disable')}
          </button>
        </>
      )}
      {mayDelete && (
        <button type="button" className="button button-danger" onClick={() => setOpen('delete')}>
          {t('action.delete')}
        </button>
      )}
      {invite.data && <LinkDialog link={invite.data} onClose={() => invite.reset()} />}
      {open === 'role' && <RoleDialog account={account} onClose={() => setOpen(null)} />}
      {open === 'delete' && (
        <ConfirmDialog
          title={t('accounts.deleteTitle', { name: account.name })}
          description={t('accounts.deleteHint')}
          submit={t('action.delete')}
          onClose={() => setOpen(null)}
          run={async () => {
            await call(accountRoutes.delete, { params });
            await navigate({ to: '/accounts' });
          }}
        />
      )}
    </>
  );
}

function RoleDialog(properties: { readonly account: Account; readonly onClose: () => void }) {
  const { account, onClose } = properties;
  const scopes = useScopes();
  const first = account.assignments[0];
  const [draft, setDraft] = useState({
    kind: account.kind,
    role: first?.role ?? ('auditor' as const),
    scope: first?.scope ?? account.scope,
  });
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () =>
      call(accountRoutes.update, {
        params: { id: account.id },
        body: { assignments: [{ role: draft.role, scope: draft.scope }] },
      }),
    onSuccess: (saved) => {
      client.setQueryData(['accounts', 'one', account.id], saved);
      onClose();
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog isOpen isWide onClose={onClose} title={t('accounts.changeRole')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <RoleFields draft={draft} onChange={setDraft} scopes={scopes} />
        <ProblemNote error={save.error} />
        <DialogButtons onCancel={onClose} submit={t('action.save')} isBusy={save.isPending} />
      </form>
    </Dialog>
  );
}
