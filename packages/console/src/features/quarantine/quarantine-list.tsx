import { quarantineFields, quarantineRoutes, type QuarantineEntry } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { formatBytes } from '../../ui/format.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { stateColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { EntryActions } from './EntryActions.tsx';

/** The list of files in quarantine. */
export const quarantineList: ListDefinition<QuarantineEntry> = {
  noun: 'quarantine',
  title: t('nav.quarantine'),
  fields: quarantineFields,
  columns: [
    textColumn('path', (entry) => entry.path, {
      label: t('field.path'),
      sort: 'path',
      widthRem: 16,
      grow: 2.5,
      isMono: true,
    }),
    stateColumn('state', (entry) => entry.state, { label: t('field.state'), sort: 'state' }),
    {
      key: 'actions',
      label: t('field.actions'),
      widthRem: 12,
      cell: (entry) => <EntryActions entry={entry} />,
      text: () => '',
    },
    textColumn('rule', (entry) => entry.rule, {
      label: t('field.rule'),
      sort: 'rule',
      isMono: true,
    }),
    {
      key: 'device',
      label: t('field.device'),
      sort: 'device',
      widthRem: 9,
      cell: (entry) => (
        <RouterLink to={`/devices/${entry.deviceId}`} tabIndex={-1}>
          <Hostile text={entry.deviceName} />
        </RouterLink>
      ),
      text: (entry) => entry.deviceName,
    },
    {
      key: 'sizeBytes',
      label: t('field.size'),
      sort: 'sizeBytes',
      widthRem: 6,
      isNumber: true,
      cell: (entry) => formatBytes(entry.sizeBytes),
      text: (entry) => String(entry.sizeBytes),
    },
    textColumn('sha256', (entry) => entry.sha256, {
      label: 'SHA-256',
      isMono: true,
      isOptional: true,
      widthRem: 14,
    }),
    textColumn('note', (entry) => entry.note, { label: t('field.note'), isOptional: true }),
    textColumn('organization', (entry) => entry.organizationName, {
      label: t('field.organization'),
      sort: 'organization',
      isOptional: true,
    }),
    timeColumn('sealedAt', (entry) => entry.sealedAt, {
      label: t('quarantine.sealedAt'),
      sort: 'sealedAt',
    }),
  ],
  defaultSort: '-sealedAt',
  permission: 'quarantine:read',
  load: (query, signal) => call(quarantineRoutes.list, { query, signal }),
  nameOf: (entry) => entry.path,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.sealed'), filter: 'state:sealed' },
    { label: t('state.restored'), filter: 'state:restored' },
    { label: t('state.deleted'), filter: 'state:deleted,expired' },
  ],
  empty: { title: t('quarantine.none'), text: t('quarantine.noneHint') },
};
