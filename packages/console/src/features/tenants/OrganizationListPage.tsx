import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  organizationFields,
  organizationRoutes,
  tenantRoutes,
  type Organization,
} from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { useStore } from '../../store.ts';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { SelectField, TextField } from '../../ui/Field.tsx';
import { numberColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { countColumns } from './count-columns.tsx';

const organizationList: ListDefinition<Organization> = {
  noun: 'organizations',
  title: t('nav.organizations'),
  fields: organizationFields,
  columns: [
    textColumn('name', (organization) => organization.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 14,
      grow: 2,
    }),
    textColumn('tenant', (organization) => organization.tenantName, {
      label: t('field.tenant'),
      sort: 'tenant',
      widthRem: 10,
    }),
    numberColumn('groups', (organization) => organization.groups, { label: t('nav.groups') }),
    ...countColumns<Organization>(),
    timeColumn('createdAt', (organization) => organization.createdAt, {
      label: t('field.createdAt'),
      sort: 'createdAt',
    }),
  ],
  defaultSort: 'name',
  permission: 'organizations:read',
  load: (query, signal) => call(organizationRoutes.list, { query, signal }),
  nameOf: (organization) => organization.name,
  hrefOf: (organization) => `/organizations/${organization.id}`,
  empty: { title: t('organizations.none'), text: t('organizations.noneHint') },
};

export function OrganizationListPage() {
  const mayCreate = useMay('organizations:create');
  const [isCreating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        definition={organizationList}
        actions={
          mayCreate && (
            <button type="button" className="button" onClick={() => setCreating(true)}>
              {t('organizations.create')}
            </button>
          )
        }
      />
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  );
}

const TENANTS_MAX = 500;

function CreateDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const isAtPlatform = useStore((state) => state.session?.tenantId === null);
  const [name, setName] = useState('');
  const [chosenId, setChosenId] = useState('');
  const navigate = useNavigate();
  const client = useQueryClient();
  const tenants = useQuery({
    queryKey: ['tenants', 'list', 'choices'],
    queryFn: ({ signal }) =>
      call(tenantRoutes.list, { query: { sort: 'name', limit: TENANTS_MAX }, signal }),
    enabled: isAtPlatform,
  });
  const choices = tenants.data?.data ?? [];
  const tenantId = chosenId === '' ? choices[0]?.id : chosenId;
  const create = useMutation({
    mutationFn: () =>
      call(organizationRoutes.create, {
        body: { name, ...(tenantId === undefined ? {} : { tenantId }) },
      }),
    onSuccess: async (organization) => {
      await client.invalidateQueries({ queryKey: ['organizations'] });
      await navigate({ to: `/organizations/${organization.id}` });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog isOpen onClose={onClose} title={t('organizations.create')}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <TextField
          label={t('field.name')}
          value={name}
          onChange={setName}
          error={create.error}
          pointer="/name"
          lengthMax={120}
          isRequired
        />
        {isAtPlatform && choices.length > 0 && (
          <SelectField
            label={t('field.tenant')}
            value={tenantId ?? ''}
            onChange={setChosenId}
            choices={choices.map((tenant) => ({ value: tenant.id, text: tenant.name }))}
          />
        )}
        <ProblemNote error={create.error} />
        <DialogButtons onCancel={onClose} submit={t('action.create')} isBusy={create.isPending} />
      </form>
    </Dialog>
  );
}
