import { useMutation, useQueryClient } from '@tanstack/react-query';
import { enrolmentKeyFields, enrolmentKeyRoutes, type EnrolmentKey } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { Person, personText } from '../../ui/Person.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';

const columns: readonly Column<EnrolmentKey>[] = [
  {
    key: 'name',
    label: t('field.name'),
    sort: 'name',
    widthRem: 14,
    grow: 2,
    cell: (key) => <Hostile text={key.name} />,
    text: (key) => key.name,
  },
  {
    key: 'state',
    label: t('field.state'),
    widthRem: 7,
    cell: (key) => <StateChip state={key.state} />,
    text: (key) => key.state,
  },
  {
    key: 'prefix',
    label: t('field.prefix'),
    widthRem: 7,
    cell: (key) => <span className="mono">{key.prefix}…</span>,
    text: (key) => key.prefix,
  },
  {
    key: 'organization',
    label: t('field.organization'),
    sort: 'organization',
    widthRem: 10,
    cell: (key) => <Hostile text={key.organizationName} />,
    text: (key) => key.organizationName,
  },
  {
    key: 'group',
    label: t('field.group'),
    widthRem: 8,
    isOptional: true,
    cell: (key) => <Hostile text={key.groupName} />,
    text: (key) => key.groupName ?? '',
  },
  {
    key: 'used',
    label: t('field.used'),
    sort: 'used',
    widthRem: 6,
    isNumber: true,
    cell: (key) => t('keys.usage', { used: key.used, seats: key.seats }),
    text: (key) => `${key.used}/${key.seats}`,
  },
  {
    key: 'allowedCidr',
    label: t('field.allowedCidr'),
    widthRem: 9,
    isOptional: true,
    cell: (key) => <Hostile text={key.allowedCidr} isMono />,
    text: (key) => key.allowedCidr ?? '',
  },
  {
    key: 'expiresAt',
    label: t('field.expiresAt'),
    sort: 'expiresAt',
    widthRem: 8,
    cell: (key) => <Time at={key.expiresAt} />,
    text: (key) => key.expiresAt,
  },
  {
    key: 'lastUsedAt',
    label: t('field.lastUsedAt'),
    widthRem: 8,
    isOptional: true,
    cell: (key) => <Time at={key.lastUsedAt} />,
    text: (key) => key.lastUsedAt ?? '',
  },
  {
    key: 'createdBy',
    label: t('field.createdBy'),
    widthRem: 9,
    isOptional: true,
    cell: (key) => <Person name={key.createdBy} />,
    text: (key) => personText(key.createdBy),
  },
  {
    key: 'actions',
    label: t('field.actions'),
    widthRem: 6.5,
    cell: (key) => <RevokeButton enrolmentKey={key} />,
    text: () => '',
  },
];

const keyList: ListDefinition<EnrolmentKey> = {
  noun: 'enrolment-keys',
  title: t('nav.enrolmentKeys'),
  fields: enrolmentKeyFields,
  columns,
  defaultSort: '-createdAt',
  permission: 'enrolment-keys:read',
  load: (query, signal) => call(enrolmentKeyRoutes.list, { query, signal }),
  nameOf: (key) => key.name,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.active'), filter: 'state:active' },
    { label: t('state.revoked'), filter: 'state:revoked' },
  ],
  empty: {
    title: t('keys.none'),
    text: t('keys.noneHint'),
    action: (
      <RouterLink to="/add-device" className="button button-solid">
        {t('shell.addDevice')}
      </RouterLink>
    ),
  },
};

/** The keys with which devices enrol. A new one is made where devices are added. */
export function EnrolmentKeyListPage() {
  const mayCreate = useMay('enrolment-keys:create');
  return (
    <ListPage
      definition={keyList}
      actions={
        mayCreate && (
          <RouterLink to="/add-device" className="button">
            {t('keys.create')}
          </RouterLink>
        )
      }
    />
  );
}

function RevokeButton(properties: { readonly enrolmentKey: EnrolmentKey }) {
  const { enrolmentKey } = properties;
  const [isAsking, setAsking] = useState(false);
  const mayRevoke = useMay('enrolment-keys:revoke');
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(enrolmentKeyRoutes.revoke, { params: { id: enrolmentKey.id } }),
    onSuccess: async () => {
      setAsking(false);
      await client.invalidateQueries({ queryKey: ['enrolment-keys'] });
    },
  });
  if (!mayRevoke || enrolmentKey.state === 'revoked') return <Nothing />;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    revoke.mutate();
  };
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
        <Dialog
          isOpen
          onClose={() => setAsking(false)}
          title={t('keys.revokeTitle', { name: enrolmentKey.name })}
          description={t('keys.revokeHint')}
        >
          <form onSubmit={submit}>
            <ProblemNote error={revoke.error} />
            <DialogButtons
              onCancel={() => setAsking(false)}
              submit={t('action.revoke')}
              isBusy={revoke.isPending}
              isDanger
            />
          </form>
        </Dialog>
      )}
    </>
  );
}
