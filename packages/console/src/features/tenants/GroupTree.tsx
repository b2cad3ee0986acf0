import { useQuery } from '@tanstack/react-query';
import { GROUP_DEPTH_MAX, type Group, type OrganizationId } from '@wardgrid/wire';
import { useState } from 'react';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { Icon } from '../../ui/Icon.tsx';
import { Menu, MenuItem } from '../../ui/Menu.tsx';
import { Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { GroupDialogs, type GroupAct } from './GroupDialogs.tsx';
import { nodesBelow, treeOf, type GroupNode } from './group-tree.ts';
import { groupsOf } from './groups-of.ts';

/** The groups of an organization, or those below one of its groups, nested, with what can be done to them. */
export function GroupTree(properties: {
  readonly organizationId: OrganizationId;
  readonly below: Group | null;
}) {
  const { organizationId, below } = properties;
  const [act, setAct] = useState<GroupAct | null>(null);
  const mayCreate = useMay('groups:create');
  const groups = useQuery(groupsOf(organizationId));
  const tree = treeOf(groups.data?.data ?? []);
  const nodes = below ? nodesBelow(tree, below.id) : tree;
  return (
    <Section
      title={t('nav.groups')}
      isFlush
      actions={
        mayCreate && (
          <button
            type="button"
            className="button button-small"
            onClick={() => setAct({ kind: 'create', parent: below })}
          >
            {t('groups.create')}
          </button>
        )
      }
    >
      {groups.isPending && <Skeleton />}
      {groups.error && <Degraded error={groups.error} onRetry={() => void groups.refetch()} />}
      {groups.data && nodes.length === 0 && (
        <p className="p-4 text-muted">{t('groups.noneHint')}</p>
      )}
      <ul>
        {nodes.map((node) => (
          <Row key={node.group.id} node={node} onAct={setAct} />
        ))}
      </ul>
      <GroupDialogs organizationId={organizationId} act={act} onClose={() => setAct(null)} />
    </Section>
  );
}

function Row(properties: { readonly node: GroupNode; readonly onAct: (act: GroupAct) => void }) {
  const { node, onAct } = properties;
  const { group, depth } = node;
  const mayCreate = useMay('groups:create');
  const mayChange = useMay('groups:update');
  const mayDelete = useMay('groups:delete');
  return (
    <li
      className="flex h-10 items-center gap-2 border-b border-line pr-2 last:border-b-0"
      style={{ paddingLeft: `${1 + depth * 1.25}rem` }}
    >
      <Icon name="groups" className="size-4 text-muted" />
      <RouterLink to={`/groups/${group.id}`} className="truncate font-medium hover:underline">
        {group.name}
      </RouterLink>
      <span className="sr-only">{t('groups.depth', { depth: depth + 1 })}</span>
      <span className="grow" />
      <RouterLink
        to="/devices"
        search={{ filter: `groupId:${group.id}` }}
        className="text-xs text-muted hover:underline"
      >
        {t('tenants.online', { online: group.counts.online, devices: group.counts.devices })}
      </RouterLink>
      {(mayCreate || mayChange || mayDelete) && (
        <Menu
          label={t('groups.actions', { name: group.name })}
          trigger={<Icon name="more" />}
          className="button button-quiet button-icon"
        >
          {mayCreate && depth + 1 < GROUP_DEPTH_MAX && (
            <MenuItem onSelect={() => onAct({ kind: 'create', parent: group })}>
              {t('groups.createInside')}
            </MenuItem>
          )}
          {mayChange && (
            <MenuItem onSelect={() => onAct({ kind: 'rename', group })}>
              {t('action.rename')}
            </MenuItem>
          )}
          {mayChange && (
            <MenuItem onSelect={() => onAct({ kind: 'move', group })}>{t('groups.move')}</MenuItem>
          )}
          {mayDelete && (
            <MenuItem onSelect={() => onAct({ kind: 'delete', group })}>
              {t('action.delete')}
            </MenuItem>
          )}
        </Menu>
      )}
    </li>
  );
}
