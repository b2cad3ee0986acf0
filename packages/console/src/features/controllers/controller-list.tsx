import { controllerFields, controllerRoutes, type Controller } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { systemClock } from '@wardgrid/base/system';
import { clockWords } from '../../ui/clock-words.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { numberColumn, personColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { problemsOf } from './controller-problems.ts';
import { UpstreamChip, WorstChip } from './ControllerWords.tsx';

const columns: readonly Column<Controller>[] = [
  textColumn('name', ({ name }) => name, {
    label: t('field.name'),
    sort: 'name',
    widthRem: 11,
    grow: 2,
  }),
  textColumn('role', ({ role }) => t(`controllerRole.${role}`), {
    label: t('field.role'),
    widthRem: 7,
  }),
  numberColumn('layer', ({ layer }) => layer, { label: t('field.layer'), sort: 'layer' }),
  {
    key: 'problems',
    label: t('field.state'),
    sort: 'state',
    widthRem: 11,
    cell: (controller) => <WorstChip controller={controller} />,
    text: (controller) =>
      [
        t(`state.${controller.state}`),
        ...problemsOf(controller, systemClock.now()).map((problem) =>
          t(`controllers.problem.${problem}`),
        ),
      ].join(', '),
  },
  {
    key: 'parent',
    label: t('controllers.parent'),
    widthRem: 9,
    cell: ({ parentId, parentName }) =>
      parentId === null ? (
        <Nothing />
      ) : (
        <RouterLink to={`/controllers/${parentId}`} tabIndex={-1}>
          <Hostile text={parentName} />
        </RouterLink>
      ),
    text: ({ parentName }) => parentName ?? '',
  },
  {
    key: 'upstream',
    label: t('controllers.upstream'),
    widthRem: 14,
    cell: (controller) => <UpstreamChip controller={controller} />,
    text: ({ upstream }) => (upstream === null ? '' : t(`upstream.${upstream}`)),
  },
  textColumn('place', ({ placeName }) => placeName, { label: t('controllers.serves') }),
  numberColumn('devices', ({ counts }) => counts.devices, { label: t('nav.devices') }),
  numberColumn('incidents', ({ counts }) => counts.openIncidents, { label: t('nav.incidents') }),
  timeColumn('lastReportAt', ({ lastReportAt }) => lastReportAt, {
    label: t('controllers.lastReport'),
    sort: 'lastReportAt',
  }),
  timeColumn('lastSyncAt', ({ lastSyncAt }) => lastSyncAt, {
    label: t('controllers.lastSync'),
    isOptional: true,
  }),
  numberColumn('queueUp', ({ queueUp }) => queueUp ?? 0, { label: t('controllers.queueUp') }),
  {
    key: 'clock',
    label: t('controllers.clock'),
    widthRem: 8,
    cell: ({ clockOffsetMs }) => (clockOffsetMs === null ? <Nothing /> : clockWords(clockOffsetMs)),
    text: ({ clockOffsetMs }) => String(clockOffsetMs ?? ''),
  },
  textColumn('version', ({ version }) => version, {
    label: t('field.version'),
    sort: 'version',
    widthRem: 6,
  }),
  textColumn('tenant', ({ tenantName }) => tenantName, {
    label: t('field.tenant'),
    sort: 'tenant',
    isOptional: true,
  }),
  personColumn('createdBy', ({ createdBy }) => createdBy, {
    label: t('field.createdBy'),
    isOptional: true,
  }),
  timeColumn('createdAt', ({ createdAt }) => createdAt, {
    label: t('field.createdAt'),
    sort: 'createdAt',
    isOptional: true,
  }),
];

/** The list of controllers. */
export const controllerList: ListDefinition<Controller> = {
  noun: 'controllers',
  title: t('nav.controllers'),
  fields: controllerFields,
  columns,
  defaultSort: 'layer',
  permission: 'controllers:read',
  load: (query, signal) => call(controllerRoutes.list, { query, signal }),
  nameOf: ({ name }) => name,
  hrefOf: ({ id }) => `/controllers/${id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.active'), filter: 'state:active' },
    { label: t('state.revoked'), filter: 'state:revoked' },
  ],
  empty: { title: t('controllers.none'), text: t('controllers.noneHint') },
};
