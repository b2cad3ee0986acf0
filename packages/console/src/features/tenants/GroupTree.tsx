import { useQuery } from '@tanstack/react-query';
import { GROUP_DEPTH_MAX, groupRoutes, type Group, type Organization } from '@wardgrid/wire';
import { useState } from 'react';
import { call, queryClient } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Menu, MenuItem } from '../../ui/Menu.tsx';
import { Section, Skeleton } from '../../ui/Page.tsx';
import { Degraded } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { treeOf, type GroupNode } from './group-tree.ts';
import { NameDialog } from './NameDialog.tsx';

type Asked =
  | { readonly kind: 'create'; readonly parent: Group | null }
  | { readonly kind: 'rename' | 'delete'; readonly group: Group };

const GROUPS_MAX = 500;

/** The groups of an organization, nested, with what can be done to them. */
export function GroupTree(properties: { readonly organization: Organization }) {
  const { organization } = properties;
  const [asked, setAsked] = useState<Asked | null>(null);
  const mayCreate = useMay('groups:create');
  const groups = useQuery({
    queryKey: ['groups', 'list', 'tree', organization.id],
    queryFn: ({ signal }) =>
      call(groupRoutes.list, {
        query: { filter: `organizationId:${organization.id}`, sort: 'name', limit: GROUPS_MAX },
        signal,
      }),
  });
  const nodes = treeOf(groups.data?.data ?? []);
  return (
    <Section
      title={t('nav.groups')}
      isFlush
      actions={
        mayCreate && (
          <button
            type="button"
            className="button button-small"
            onClick={() => setAsked({ kind: 'create', parent: null })}
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
          <Row key={node.group.id} node={node} onAsk={setAsked} />
        ))}
      </ul>
      <Dialogs organization={organization} asked={asked} onClose={() => setAsked(null)} />
    </Section>
  );
}

function Row(properties: { readonly node: GroupNode; readonly onAsk: (asked: Asked) => void }) {
  const { node, onAsk } = properties;
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
      <RouterLink
        to="/devices"
        search={{ filter: `groupId:${group.id}` }}
        className="truncate font-medium hover:underline"
      >
        {group.name}
      </RouterLink>
      <span className="sr-only">{t('groups.depth', { depth: depth + 1 })}</span>
      <span className="grow" />
      <span className="text-xs text-muted">
        {t('tenants.online', { online: group.counts.online, devices: group.counts.devices })}
      </span>
      {(mayCreate || mayChange || mayDelete) && (
        <Menu
          label={t('groups.actions', { name: group.name })}
          trigger={<Icon name="more" />}
          className="button button-quiet button-icon"
        >
          {mayCreate && depth + 1 < GROUP_DEPTH_MAX && (
            <MenuItem onSelect={() => onAsk({ kind: 'create', parent: group })}>
              {t('groups.createInside')}
            </MenuItem>
          )}
          {mayChange && (
            <MenuItem onSelect={() => onAsk({ kind: 'rename', group })}>
              {t('action.rename')}
            </MenuItem>
          )}
          {mayDelete && (
            <MenuItem onSelect={() => onAsk({ kind: 'delete', group })}>
              {t('action.delete')}
            </MenuItem>
          )}
        </Menu>
      )}
    </li>
  );
}

function Dialogs(properties: {
  readonly organization: Organization;
  readonly asked: Asked | null;
  readonly onClose: () => void;
}) {
  const { organization, asked, onClose } = properties;
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['groups'] });
  if (!asked) return null;
  if (asked.kind === 'create') {
    return (
      <NameDialog
        title={
          asked.parent ? t('groups.createIn', { name: asked.parent.name }) : t('groups.create')
        }
        name=""
        submit={t('action.create')}
        onClose={onClose}
        run={async (name) => {
          const parent = asked.parent ? { parentId: asked.parent.id } : {};
          const body = { name, organizationId: organization.id, ...parent };
          await call(groupRoutes.create, { body });
          await refresh();
        }}
      />
    );
  }
  const params = { id: asked.group.id };
  if (asked.kind === 'rename') {
    return (
      <NameDialog
        title={t('action.rename')}
        name={asked.group.name}
        submit={t('action.save')}
        onClose={onClose}
        run={async (name) => {
          await call(groupRoutes.update, { params, body: { name } });
          await refresh();
        }}
      />
    );
  }
  return (
    <ConfirmDialog
      title={t('groups.deleteTitle', { name: asked.group.name })}
      description={t('groups.deleteHint')}
      submit={t('action.delete')}
      onClose={onClose}
      run={async () => {
        await call(groupRoutes.delete, { params });
        await refresh();
      }}
    />
  );
}
