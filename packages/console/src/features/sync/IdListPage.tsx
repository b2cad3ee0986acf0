import { idMappingFields, syncRoutes, type IdMapping } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { Chip } from '../../ui/Chips.tsx';
import { Nothing } from '../../ui/Hostile.tsx';
import { textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { nounWords } from './conflict-words.ts';
import { SyncListPage } from './SyncListPage.tsx';

const columns: readonly Column<IdMapping>[] = [
  textColumn('noun', ({ noun }) => nounWords(noun), {
    label: t('field.kind'),
    sort: 'noun',
    widthRem: 8,
  }),
  textColumn('given', ({ given }) => given, {
    label: t('ids.given'),
    isMono: true,
    widthRem: 15,
    grow: 2,
  }),
  textColumn('provisionalRef', ({ provisionalRef }) => provisionalRef, {
    label: t('ids.provisional'),
    isMono: true,
    widthRem: 9,
  }),
  textColumn('entityId', ({ entityId }) => entityId, {
    label: t('ids.lasting'),
    isMono: true,
    widthRem: 15,
    grow: 2,
  }),
  textColumn('ref', ({ ref }) => ref, {
    label: t('ids.ref'),
    sort: 'ref',
    isMono: true,
    widthRem: 9,
  }),
  {
    key: 'merged',
    label: t('ids.merged'),
    widthRem: 7,
    cell: ({ isMerged }) =>
      isMerged ? <Chip tone="info" text={t('ids.isMerged')} /> : <Nothing />,
    text: ({ isMerged }) => (isMerged ? t('ids.isMerged') : ''),
  },
  timeColumn('at', ({ at }) => at, { label: t('conflicts.at'), sort: 'at' }),
];

const idList: ListDefinition<IdMapping> = {
  noun: 'ids',
  title: t('sync.ids'),
  fields: idMappingFields,
  columns,
  defaultSort: '-at',
  permission: 'sync:read',
  load: (query, signal) => call(syncRoutes.ids, { query, signal }),
  nameOf: ({ given }) => given,
  empty: { title: t('ids.none'), text: t('ids.noneHint') },
};

/** Ids and references as they were given here and there, and those that the cloud made last. */
export function IdListPage() {
  return <SyncListPage definition={idList} current="/sync/ids" />;
}
