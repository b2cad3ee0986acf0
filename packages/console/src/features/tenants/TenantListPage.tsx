import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { tenantFields, tenantRoutes, type Tenant } from '@wardgrid/wire';
import { useState, type FormEvent } from 'react';
import { call } from '../../api.ts';
import { useMayAtCloud } from '../../local-view.ts';
import { t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Dialog, DialogButtons } from '../../ui/Dialog.tsx';
import { TextField } from '../../ui/Field.tsx';
import { numberColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { ProblemNote } from '../../ui/Problem.tsx';
import { countColumns } from './count-columns.tsx';
import { LicenceFields, licenceDefaults, licenceOf } from './LicenceFields.tsx';

const tenantList: ListDefinition<Tenant> = {
  noun: 'tenants',
  title: t('nav.tenants'),
  fields: tenantFields,
  columns: [
    textColumn('name', (tenant) => tenant.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 13,
      grow: 2,
    }),
    {
      key: 'licence',
      label: t('field.licence'),
      widthRem: 8,
      cell: (tenant) => (
        <StateChip state={tenant.isSuspended ? 'suspended' : tenant.licenceState} />
      ),
      text: (tenant) => (tenant.isSuspended ? 'suspended' : tenant.licenceState),
    },
    {
      key: 'seatsUsed',
      label: t('field.seats'),
      sort: 'seatsUsed',
      widthRem: 7,
      isNumber: true,
      cell: (tenant) => t('keys.usage', { used: tenant.seatsUsed, seats: tenant.seats }),
      text: (tenant) => `${tenant.seatsUsed}/${tenant.seats}`,
    },
    timeColumn('licenceValidUntil', (tenant) => tenant.licenceValidUntil, {
      label: t('field.validUntil'),
      sort: 'licenceValidUntil',
    }),
    numberColumn('organizations', (tenant) => tenant.organizations, {
      label: t('nav.organizations'),
      widthRem: 7,
    }),
    ...countColumns<Tenant>(),
    timeColumn('createdAt', (tenant) => tenant.createdAt, {
      label: t('field.createdAt'),
      sort: 'createdAt',
      isOptional: true,
    }),
  ],
  defaultSort: 'name',
  permission: 'tenants:read',
  load: (query, signal) => call(tenantRoutes.list, { query, signal }),
  nameOf: (tenant) => tenant.name,
  hrefOf: (tenant) => `/tenants/${tenant.id}`,
  empty: { title: t('tenants.none'), text: t('tenants.noneHint') },
};

export function TenantListPage() {
  const mayCreate = useMayAtCloud('tenants:create');
  const [isCreating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        definition={tenantList}
        actions={
          mayCreate && (
            <button type="button" className="button" onClick={() => setCreating(true)}>
              {t('tenants.create')}
            </button>
          )
        }
      />
      {isCreating && <CreateDialog onClose={() => setCreating(false)} />}
    </>
  );
}

function CreateDialog(properties: { readonly onClose: () => void }) {
  const { onClose } = properties;
  const [name, setName] = useState('');
  const [licence, setLicence] = useState(licenceDefaults);
  const navigate = useNavigate();
  const client = useQueryClient();
  const create = useMutation({
    mutationFn: () => call(tenantRoutes.create, { body: { name, licence: licenceOf(licence) } }),
    onSuccess: async (tenant) => {
      await client.invalidateQueries({ queryKey: ['tenants'] });
      await navigate({ to: `/tenants/${tenant.id}` });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={t('tenants.create')}
      description={t('tenants.createHint')}
    >
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
        <LicenceFields licence={licence} onChange={setLicence} />
        <ProblemNote error={create.error} />
        <DialogButtons onCancel={onClose} submit={t('action.create')} isBusy={create.isPending} />
      </form>
    </Dialog>
  );
}
