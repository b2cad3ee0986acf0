import { ruleFields, ruleRoutes, type Rule } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import {
  numberColumn,
  severityColumn,
  stateColumn,
  textColumn,
  timeColumn,
} from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';

/** The list of rules, those that found most first. */
export const ruleList: ListDefinition<Rule> = {
  noun: 'rules',
  title: t('nav.rules'),
  fields: ruleFields,
  columns: [
    textColumn('title', (rule) => rule.title, {
      label: t('field.title'),
      sort: 'title',
      widthRem: 16,
      grow: 2.5,
    }),
    severityColumn('severity', (rule) => rule.severity, {
      label: t('field.severity'),
      sort: 'severity',
    }),
    stateColumn('setting', (rule) => rule.setting, { label: t('rules.setting'), sort: 'setting' }),
    {
      key: 'engine',
      label: t('field.engine'),
      sort: 'engine',
      widthRem: 7,
      cell: (rule) => t(`engine.${rule.engine}`),
      text: (rule) => rule.engine,
    },
    textColumn('techniques', (rule) => rule.techniques.join(' '), {
      label: t('field.techniques'),
      widthRem: 8,
      isMono: true,
    }),
    numberColumn('hits', (rule) => rule.hits, { label: t('rules.hits'), sort: 'hits' }),
    {
      key: 'hitsPerDay',
      label: t('rules.perDay'),
      widthRem: 6,
      isNumber: true,
      cell: (rule) => n(rule.hitsPerDay),
      text: (rule) => String(rule.hitsPerDay),
    },
    numberColumn('devices', (rule) => rule.devices, { label: t('nav.devices'), sort: 'devices' }),
    numberColumn('exceptions', (rule) => rule.exceptions, {
      label: t('nav.exceptions'),
      sort: 'exceptions',
    }),
    textColumn('status', (rule) => t(`ruleStatus.${rule.status}`), {
      label: t('rules.status'),
      sort: 'status',
      isOptional: true,
    }),
    textColumn('origin', (rule) => t(`ruleOrigin.${rule.origin}`), {
      label: t('field.origin'),
      sort: 'origin',
      isOptional: true,
    }),
    textColumn('author', (rule) => rule.author, { label: t('field.author'), isOptional: true }),
    textColumn('ruleId', (rule) => rule.ruleId, {
      label: t('field.id'),
      sort: 'ruleId',
      isMono: true,
      isOptional: true,
    }),
    timeColumn('lastHitAt', (rule) => rule.lastHitAt, { label: t('rules.lastHit') }),
  ],
  defaultSort: '-hits',
  permission: 'rules:read',
  load: (query, signal) => call(ruleRoutes.list, { query, signal }),
  nameOf: (rule) => rule.title,
  hrefOf: (rule) => `/rules/${rule.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('rules.noisy'), filter: 'hits:>0' },
    { label: t('state.off'), filter: 'setting:off,report' },
    { label: t('ruleOrigin.tenant'), filter: 'origin:tenant' },
  ],
  empty: { title: t('rules.none'), text: t('rules.noneHint') },
};
