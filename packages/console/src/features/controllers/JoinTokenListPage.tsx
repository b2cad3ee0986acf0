import { joinTokenFields, joinTokenRoutes, type JoinToken } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import { personColumn, stateColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { JoinDialog } from './JoinDialog.tsx';

const columns: readonly Column<JoinToken>[] = [
  textColumn('name', ({ name }) => name, {
    label: t('field.name'),
    sort: 'name',
    widthRem: 11,
    grow: 2,
  }),
  stateColumn('state', ({ state }) => state, { label: t('field.state') }),
  textColumn('place', ({ placeName }) => placeName, { label: t('controllers.serves') }),
  textColumn('parent', ({ parentName }) => parentName, { label: t('controllers.parent') }),
  textColumn('tenant', ({ tenantName }) => tenantName, {
    label: t('field.tenant'),
    sort: 'tenant',
    isOptional: true,
  }),
  {
    key: 'usedBy',
    label: t('controllers.usedBy'),
    widthRem: 9,
    cell: ({ usedBy }) =>
      usedBy === null ? (
        <Nothing />
      ) : (
        <RouterLink to={`/controllers/${usedBy}`} tabIndex={-1}>
          {t('controllers.one')}
        </RouterLink>
      ),
    text: ({ usedBy }) => usedBy ?? '',
  },
  timeColumn('expiresAt', ({ expiresAt }) => expiresAt, {
    label: t('field.expiresAt'),
    sort: 'expiresAt',
  }),
  timeColumn('createdAt', ({ createdAt }) => createdAt, {
    label: t('field.createdAt'),
    sort: 'createdAt',
  }),
  personColumn('createdBy', ({ createdBy }) => createdBy, { label: t('field.createdBy') }),
  {
    key: 'actions',
    label: t('field.actions'),
    widthRem: 6.5,
    cell: (token) => <RevokeButton token={token} />,
    text: () => '',
  },
];

const tokenList: ListDefinition<JoinToken> = {
  noun: 'join-tokens',
  title: t('nav.joinTokens'),
  fields: joinTokenFields,
  columns,
  defaultSort: '-createdAt',
  permission: 'controllers:read',
  load: (query, signal) => call(joinTokenRoutes.list, { query, signal }),
  nameOf: ({ name }) => name,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.active'), filter: 'state:active' },
    { label: t('state.used'), filter: 'state:used' },
  ],
  empty: { title: t('joinTokens.none'), text: t('joinTokens.noneHint') },
};

/** The tokens with which controllers join: which wait, which were used and by whom. */
export function JoinTokenListPage() {
  const [isAdding, setAdding] = useState(false);
  const mayManage = useMay('controllers:manage');
  return (
    <>
      <ListPage
        definition={tokenList}
        actions={
          mayManage && (
            <button type="button" className="button button-solid" onClick={() => setAdding(true)}>
              {t('controllers.add')}
            </button>
          )
        }
      />
      {isAdding && <JoinDialog onClose={() => setAdding(false)} />}
    </>
  );
}

function RevokeButton(properties: { readonly token: JoinToken }) {
  const { token } = properties;
  const [isAsking, setAsking] = useState(false);
  const mayManage = useMay('controllers:manage');
  if (!mayManage || token.state !== 'active') return <Nothing />;
  return (
    <>
      <button
        type="button"
        className="button button-small button-danger"
        onClick={() => setAsking(true)}
      >
        {t('action.revoke')}
      </button>
      {isAsking && (
        <ConfirmDialog
          title={t('joinTokens.revokeTitle', { name: token.name })}
          description={t('joinTokens.revokeHint')}
          submit={t('action.revoke')}
          onClose={() => setAsking(false)}
          run={async () => {
            await call(joinTokenRoutes.revoke, { params: { id: token.id } });
            await queryClient.invalidateQueries({ queryKey: ['join-tokens'] });
          }}
        />
      )}
    </>
  );
}
