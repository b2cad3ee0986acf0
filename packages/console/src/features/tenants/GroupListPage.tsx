import { groupFields, groupRoutes, type Group } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { t } from '../../messages/index.ts';
import { Hostile } from '../../ui/Hostile.tsx';
import { textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { countColumns } from './count-columns.tsx';

const groupList: ListDefinition<Group> = {
  noun: 'groups',
  title: t('nav.groups'),
  fields: groupFields,
  columns: [
    textColumn('name', (group) => group.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 13,
      grow: 2,
    }),
    {
      key: 'organization',
      label: t('field.organization'),
      sort: 'organization',
      widthRem: 11,
      cell: (group) => (
        <RouterLink to={`/organizations/${group.organizationId}`} tabIndex={-1}>
          <Hostile text={group.organizationName} />
        </RouterLink>
      ),
      text: (group) => group.organizationName,
    },
    ...countColumns<Group>(),
    timeColumn('createdAt', (group) => group.createdAt, {
      label: t('field.createdAt'),
      sort: 'createdAt',
    }),
  ],
  defaultSort: 'name',
  permission: 'groups:read',
  load: (query, signal) => call(groupRoutes.list, { query, signal }),
  nameOf: (group) => group.name,
  hrefOf: (group) => `/groups/${group.id}`,
  empty: {
    title: t('groups.none'),
    text: t('groups.noneHint'),
    action: (
      <RouterLink to="/organizations" className="button">
        {t('nav.organizations')}
      </RouterLink>
    ),
  },
};

export function GroupListPage() {
  return <ListPage definition={groupList} />;
}
