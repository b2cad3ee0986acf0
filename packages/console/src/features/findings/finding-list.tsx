import { findingFields, findingRoutes, type Finding } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { StateChip } from '../../ui/Chips.tsx';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import {
  numberColumn,
  severityColumn,
  stateColumn,
  textColumn,
  timeColumn,
} from '../../ui/list/columns.tsx';
import { joinFilters, type Column, type ListDefinition } from '../../ui/list/definition.ts';
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

/** What the device did about a threat, and how that went. */
const action: Column<Finding> = {
  key: 'action',
  label: t('threats.action'),
  widthRem: 8.5,
  cell: (finding) => <Action finding={finding} />,
  text: (finding) => finding.action?.kind ?? '',
};

const device: Column<Finding> = {
  key: 'device',
  label: t('field.device'),
  sort: 'device',
  widthRem: 9,
  cell: (finding) => <Hostile text={finding.deviceName} />,
  text: (finding) => finding.deviceName ?? '',
};

const confidence = numberColumn<Finding>('confidence', (finding) => finding.confidence ?? 0, {
  label: t('field.confidence'),
  sort: 'confidence',
  isOptional: true,
});

const techniques = textColumn<Finding>('techniques', (finding) => finding.techniques.join(' '), {
  label: t('field.techniques'),
  isMono: true,
  widthRem: 7.5,
});

const count = numberColumn<Finding>('count', (finding) => finding.count, {
  label: t('field.count'),
  sort: 'count',
});

/** Threats alone: the same findings, with what was done about each. */
export const threatList: ListDefinition<Finding> = {
  ...findingList,
  title: t('nav.threats'),
  columns: [
    ...sharedColumns('title', 'severity'),
    action,
    ...sharedColumns('state'),
    device,
    ...sharedColumns('subject', 'lastSeenAt'),
    techniques,
    count,
    confidence,
    ...sharedColumns('rule', 'firstSeenAt').map((column) => ({ ...column, isOptional: true })),
    ...sharedColumns('organization').map((column) => ({ ...column, isOptional: true })),
  ],
  load: (query, signal) =>
    call(findingRoutes.list, {
      query: { ...query, filter: joinFilters('category:threat', query.filter) },
      signal,
    }),
  defaultSort: '-lastSeenAt',
  empty: { title: t('threats.none'), text: t('threats.noneHint') },
};

/** Columns of the list of all findings, by their keys. */
function sharedColumns(...keys: readonly string[]): readonly Column<Finding>[] {
  return keys.flatMap((key) => findingList.columns.find((column) => column.key === key) ?? []);
}

function Action(properties: { readonly finding: Finding }) {
  const { action: taken } = properties.finding;
  if (taken === null) return <Nothing />;
  return taken.outcome === 'done' ? (
    t(`response.${taken.kind}`)
  ) : (
    <span className="flex items-center gap-1.5">
      {t(`response.${taken.kind}`)} <StateChip state={taken.outcome} />
    </span>
  );
}
