import { accountFields, accountRoutes, type Account } from '@wardgrid/wire';
import { useState } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t, wordOr } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { numberColumn, stateColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { InviteDialog } from './InviteDialog.tsx';

/** The roles of an account in words. */
function rolesText(account: Account): string {
  return account.assignments
    .map(({ role, effect }) =>
      effect === 'deny'
        ? t('accounts.denied', { role: wordOr(`role.${role}`, role) })
        : wordOr(`role.${role}`, role),
    )
    .join(', ');
}

const accountList: ListDefinition<Account> = {
  noun: 'accounts',
  title: t('nav.accounts'),
  fields: accountFields,
  columns: [
    textColumn('name', (account) => account.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 11,
      grow: 1.5,
    }),
    textColumn('email', (account) => account.email, {
      label: t('field.email'),
      sort: 'email',
      widthRem: 13,
      grow: 1.5,
    }),
    stateColumn('state', (account) => account.state, { label: t('field.state') }),
    {
      key: 'kind',
      label: t('field.kind'),
      widthRem: 6,
      cell: (account) => t(`account.${account.kind}`),
      text: (account) => account.kind,
    },
    numberColumn('layer', (account) => account.layer, {
      label: t('field.layer'),
      sort: 'layer',
      widthRem: 5,
    }),
    textColumn('scope', (account) => account.scopeName, { label: t('field.scope'), widthRem: 10 }),
    {
      key: 'roles',
      label: t('field.roles'),
      widthRem: 9,
      cell: rolesText,
      text: rolesText,
    },
    {
      key: 'hasTotp',
      label: t('field.secondFactor'),
      widthRem: 8,
      cell: (account) => (
        <Chip
          tone={account.hasTotp ? 'ok' : 'warn'}
          text={account.hasTotp ? t('accounts.on') : t('accounts.off')}
        />
      ),
      text: (account) => String(account.hasTotp),
    },
    textColumn('tenant', (account) => account.tenantName, {
      label: t('field.tenant'),
      isOptional: true,
    }),
    timeColumn('lastSignInAt', (account) => account.lastSignInAt, {
      label: t('field.lastSignInAt'),
      sort: 'lastSignInAt',
    }),
    timeColumn('createdAt', (account) => account.createdAt, {
      label: t('field.createdAt'),
      sort: 'createdAt',
      isOptional: true,
    }),
  ],
  defaultSort: 'name',
  permission: 'accounts:read',
  load: (query, signal) => call(accountRoutes.list, { query, signal }),
  nameOf: (account) => account.email,
  hrefOf: (account) => `/accounts/${account.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.active'), filter: 'state:active' },
    { label: t('state.invited'), filter: 'state:invited' },
    { label: t('state.disabled'), filter: 'state:disabled' },
  ],
  empty: { title: t('accounts.none'), text: t('accounts.noneHint') },
};

export function AccountListPage() {
  const mayCreate = useMay('accounts:create');
  const [isInviting, setInviting] = useState(false);
  return (
    <>
      <ListPage
        definition={accountList}
        actions={
          mayCreate && (
            <button type="button" className="button" onClick={() => setInviting(true)}>
              {t('accounts.invite')}
            </button>
          )
        }
      />
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </>
  );
}
