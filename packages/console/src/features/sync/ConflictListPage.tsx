import { conflictFields, syncRoutes, type Conflict } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t, wordOr } from '../../messages/index.ts';
import { personColumn, stateColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { SyncListPage } from './SyncListPage.tsx';
import { fieldWords, nounWords, reasonWords } from './conflict-words.ts';

const columns: readonly Column<Conflict>[] = [
  textColumn('entity', ({ entityName }) => entityName, {
    label: t('conflicts.what'),
    widthRem: 12,
    grow: 2,
  }),
  textColumn('noun', ({ noun }) => nounWords(noun), {
    label: t('field.kind'),
    sort: 'noun',
    widthRem: 8,
  }),
  textColumn('fields', ({ fields }) => fields.map(({ name }) => fieldWords(name)).join(', '), {
    label: t('conflicts.fields'),
    widthRem: 10,
  }),
  textColumn('reason', ({ reason }) => reasonWords(reason), {
    label: t('field.reason'),
    widthRem: 12,
  }),
  textColumn('kind', ({ kind }) => wordOr(`conflictKind.${kind}`, kind), {
    label: t('conflicts.outcome'),
    widthRem: 8,
  }),
  stateColumn('state', ({ state }) => state, { label: t('field.state'), sort: 'state' }),
  textColumn('controller', ({ controllerName }) => controllerName, {
    label: t('conflicts.changedOn'),
  }),
  personColumn('changedBy', ({ changedBy }) => changedBy, {
    label: t('field.changedBy'),
    sort: 'changedBy',
  }),
  timeColumn('at', ({ at }) => at, { label: t('conflicts.at'), sort: 'at' }),
];

const conflictList: ListDefinition<Conflict> = {
  noun: 'conflicts',
  title: t('sync.conflicts'),
  fields: conflictFields,
  columns,
  defaultSort: '-at',
  permission: 'sync:read',
  load: (query, signal) => call(syncRoutes.conflicts, { query, signal }),
  nameOf: ({ entityName }) => entityName,
  hrefOf: ({ id }) => `/sync/conflicts/${id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.open'), filter: 'state:open' },
    { label: t('conflictKind.lost'), filter: 'kind:lost' },
    { label: t('conflictKind.rejected'), filter: 'kind:rejected' },
  ],
  empty: { title: t('conflicts.none'), text: t('conflicts.noneHint') },
};

/** Changes that did not come to stand, newest first. */
export function ConflictListPage() {
  return <SyncListPage definition={conflictList} current="/sync/conflicts" />;
}
