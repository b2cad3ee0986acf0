import { policyFields, policyRoutes, type Policy } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { numberColumn, personColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';

/** The list of policies: one a node of the tree. */
export const policyList: ListDefinition<Policy> = {
  noun: 'policies',
  title: t('nav.policies'),
  fields: policyFields,
  columns: [
    textColumn('name', (policy) => policy.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 12,
      grow: 2,
    }),
    textColumn('ref', ({ ref }) => ref ?? null, {
      label: t('ids.ref'),
      widthRem: 8,
      isMono: true,
      isOptional: true,
    }),
    textColumn('target', (policy) => policy.targetName, {
      label: t('policy.target'),
      sort: 'target',
      widthRem: 10,
      grow: 1.5,
    }),
    {
      key: 'kind',
      label: t('field.kind'),
      sort: 'kind',
      widthRem: 8,
      cell: (policy) => t(`target.${policy.target.kind}`),
      text: (policy) => policy.target.kind,
    },
    numberColumn('fields', (policy) => Object.keys(policy.fields).length, {
      label: t('policy.decided'),
    }),
    numberColumn('locks', (policy) => policy.locks.length, { label: t('policy.locks') }),
    numberColumn('version', (policy) => policy.version, {
      label: t('field.version'),
      isOptional: true,
    }),
    timeColumn('changedAt', (policy) => policy.changedAt, {
      label: t('field.changedAt'),
      sort: 'changedAt',
    }),
    personColumn('changedBy', (policy) => policy.changedBy, {
      label: t('field.changedBy'),
      sort: 'changedBy',
    }),
  ],
  defaultSort: 'kind',
  permission: 'policies:read',
  load: (query, signal) => call(policyRoutes.list, { query, signal }),
  nameOf: (policy) => policy.name,
  hrefOf: (policy) => `/policies/${policy.id}`,
  empty: { title: t('policies.none'), text: t('policies.noneHint') },
};
