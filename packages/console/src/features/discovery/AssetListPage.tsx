import { useMutation, useQueryClient } from '@tanstack/react-query';
import { assetFields, assetRoutes, type Asset } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import { numberColumn, stateColumn, textColumn, timeColumn } from '../../ui/list/columns.tsx';
import type { Chosen, ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { changeEach } from '../../ui/list/change-each.ts';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';

const assetList: ListDefinition<Asset> = {
  noun: 'assets',
  title: t('nav.assets'),
  fields: assetFields,
  columns: [
    textColumn('ip', (asset) => asset.ip, { label: t('field.ip'), sort: 'ip', isMono: true }),
    textColumn('name', (asset) => asset.name, {
      label: t('field.name'),
      sort: 'name',
      widthRem: 11,
      grow: 1.6,
    }),
    stateColumn('state', (asset) => asset.state, { label: t('field.state'), sort: 'state' }),
    {
      key: 'device',
      label: t('field.device'),
      widthRem: 9,
      cell: (asset) =>
        asset.deviceId === null ? (
          <Nothing />
        ) : (
          <RouterLink to={`/devices/${asset.deviceId}`} tabIndex={-1}>
            <Hostile text={asset.deviceName} />
          </RouterLink>
        ),
      text: (asset) => asset.deviceName ?? '',
    },
    {
      key: 'ports',
      label: t('field.ports'),
      sort: 'openPorts',
      widthRem: 11,
      grow: 1.6,
      cell: (asset) => <Ports asset={asset} />,
      text: (asset) => asset.ports.map(({ port }) => port).join(' '),
    },
    numberColumn('openFindings', (asset) => asset.openFindings, { label: t('field.openFindings') }),
    textColumn('network', (asset) => asset.networkCidr, {
      label: t('field.network'),
      sort: 'network',
      isMono: true,
    }),
    textColumn('mac', (asset) => asset.mac, {
      label: t('field.mac'),
      sort: 'mac',
      isMono: true,
      isOptional: true,
      widthRem: 9.5,
    }),
    textColumn('organization', (asset) => asset.organizationName, {
      label: t('field.organization'),
      sort: 'organization',
      isOptional: true,
    }),
    textColumn('group', (asset) => asset.groupName, {
      label: t('field.group'),
      sort: 'group',
      isOptional: true,
    }),
    textColumn('note', (asset) => asset.note, { label: t('field.note'), isOptional: true }),
    timeColumn('firstSeenAt', (asset) => asset.firstSeenAt, {
      label: t('field.firstSeenAt'),
      sort: 'firstSeenAt',
      isOptional: true,
    }),
    timeColumn('lastSeenAt', (asset) => asset.lastSeenAt, {
      label: t('field.lastSeenAt'),
      sort: 'lastSeenAt',
    }),
  ],
  defaultSort: 'ip',
  permission: 'assets:read',
  load: (query, signal) => call(assetRoutes.list, { query, signal }),
  nameOf: (asset) => asset.name ?? asset.ip,
  hrefOf: (asset) => `/assets/${asset.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.managed'), filter: 'state:managed' },
    { label: t('state.unmanaged'), filter: 'state:unmanaged' },
    { label: t('state.stale'), filter: 'state:stale' },
    { label: t('state.ignored'), filter: 'state:ignored' },
  ],
  BulkActions: AssetBulkActions,
  empty: {
    title: t('assets.none'),
    text: t('assets.noneHint'),
    action: (
      <RouterLink to="/devices" className="button">
        {t('nav.devices')}
      </RouterLink>
    ),
  },
};

/** Ports that fit into a row; the asset's page has them all. */
const PORTS_SHOWN = 5;

function Ports(properties: { readonly asset: Asset }) {
  const { ports } = properties.asset;
  if (ports.length === 0) return <Nothing />;
  const shown = ports.slice(0, PORTS_SHOWN).map(({ port }) => port);
  return (
    <span className="mono">
      {shown.join(' ')}
      {ports.length > PORTS_SHOWN && (
        <span className="text-muted"> +{ports.length - PORTS_SHOWN}</span>
      )}
    </span>
  );
}

export function AssetListPage() {
  return <ListPage definition={assetList} />;
}

function AssetBulkActions(properties: { readonly chosen: Chosen }) {
  const { chosen } = properties;
  const mayChange = useMay('assets:update');
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (isIgnored: boolean) =>
      changeEach(chosen, (id) => call(assetRoutes.update, { params: { id }, body: { isIgnored } })),
    onSuccess: async (changed) => {
      notify('ok', t('list.changed', { count: changed }));
      chosen.clear();
      await client.invalidateQueries({ queryKey: ['assets'] });
    },
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayChange) return null;
  const isBarred = change.isPending || !('ids' in chosen.selection);
  return (
    <>
      <button
        type="button"
        className="button button-small"
        disabled={isBarred}
        onClick={() => change.mutate(true)}
      >
        {t('action.ignore')}
      </button>
      <button
        type="button"
        className="button button-small"
        disabled={isBarred}
        onClick={() => change.mutate(false)}
      >
        {t('action.takeUp')}
      </button>
    </>
  );
}
