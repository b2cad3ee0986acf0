import { findingFields, findingRoutes, type Finding } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import {
  numberColumn,
  severityColumn,
  stateColumn,
  textColumn,
  timeColumn,
} from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { FindingBulkActions } from './FindingBulkActions.tsx';

/** The list of findings, the worst first. */
export const findingList: ListDefinition<Finding> = {
  noun: 'findings',
  title: t('nav.findings'),
  fields: findingFields,
  columns: [
    textColumn('title', (finding) => finding.title, {
      label: t('field.title'),
      sort: 'title',
      widthRem: 16,
      grow: 2.5,
    }),
    severityColumn('severity', (finding) => finding.severity, {
      label: t('field.severity'),
      sort: 'severity',
    }),
    stateColumn('state', (finding) => finding.state, { label: t('field.state'), sort: 'state' }),
    textColumn('subject', (finding) => finding.subject, {
      label: t('field.subject'),
      sort: 'subject',
      widthRem: 10,
    }),
    textColumn('rule', (finding) => finding.rule, {
      label: t('field.rule'),
      sort: 'rule',
      isMono: true,
      isOptional: true,
    }),
    textColumn('organization', (finding) => finding.organizationName, {
      label: t('field.organization'),
      sort: 'organization',
    }),
    numberColumn('reopened', (finding) => finding.reopened, {
      label: t('field.reopened'),
      sort: 'reopened',
      isOptional: true,
    }),
    timeColumn('firstSeenAt', (finding) => finding.firstSeenAt, {
      label: t('field.firstSeenAt'),
      sort: 'firstSeenAt',
      isOptional: true,
    }),
    timeColumn('lastSeenAt', (finding) => finding.lastSeenAt, {
      label: t('field.lastSeenAt'),
      sort: 'lastSeenAt',
    }),
  ],
  defaultSort: '-severity',
  permission: 'findings:read',
  load: (query, signal) => call(findingRoutes.list, { query, signal }),
  nameOf: (finding) => finding.title,
  hrefOf: (finding) => `/findings/${finding.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.open'), filter: 'state:open' },
    { label: t('findings.grave'), filter: 'state:open severity:high,critical' },
    { label: t('state.resolved'), filter: 'state:resolved' },
    { label: t('state.ignored'), filter: 'state:ignored' },
  ],
  BulkActions: FindingBulkActions,
  empty: { title: t('findings.none'), text: t('findings.noneHint') },
};
