import { incidentFields, incidentRoutes, type Incident } from '@wardgrid/wire';
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
import { ListPage } from '../../ui/list/ListPage.tsx';

const incidentList: ListDefinition<Incident> = {
  noun: 'incidents',
  title: t('nav.incidents'),
  fields: incidentFields,
  columns: [
    textColumn('title', (incident) => incident.title, {
      label: t('field.title'),
      sort: 'title',
      widthRem: 16,
      grow: 2.5,
    }),
    textColumn('ref', ({ ref }) => ref ?? null, {
      label: t('ids.ref'),
      widthRem: 8,
      isMono: true,
      isOptional: true,
    }),
    severityColumn('severity', (incident) => incident.severity, {
      label: t('field.severity'),
      sort: 'severity',
    }),
    stateColumn('state', (incident) => incident.state, {
      label: t('field.state'),
      sort: 'state',
      widthRem: 9.5,
    }),
    {
      key: 'kind',
      label: t('field.kind'),
      sort: 'kind',
      widthRem: 9,
      cell: (incident) => t(`incident.${incident.kind}`),
      text: (incident) => incident.kind,
    },
    numberColumn('devices', (incident) => incident.deviceCount, { label: t('nav.devices') }),
    textColumn('organization', (incident) => incident.organizationName, {
      label: t('field.organization'),
      sort: 'organization',
    }),
    timeColumn('openedAt', (incident) => incident.openedAt, {
      label: t('field.openedAt'),
      sort: 'openedAt',
    }),
    timeColumn('closedAt', (incident) => incident.closedAt, {
      label: t('field.closedAt'),
      isOptional: true,
    }),
  ],
  defaultSort: '-openedAt',
  permission: 'incidents:read',
  load: (query, signal) => call(incidentRoutes.list, { query, signal }),
  nameOf: (incident) => incident.title,
  hrefOf: (incident) => `/incidents/${incident.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.open'), filter: 'state:open' },
    { label: t('state.acknowledged'), filter: 'state:acknowledged' },
    { label: t('state.closed'), filter: 'state:closed' },
  ],
  empty: { title: t('incidents.none'), text: t('incidents.noneHint') },
};

export function IncidentListPage() {
  return <ListPage definition={incidentList} />;
}
