import { useMutation, useQueryClient } from '@tanstack/react-query';
import { networkFields, networkRoutes, type Network } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { useMay } from '../../may.ts';
import { n, t } from '../../messages/index.ts';
import { notify } from '../../store.ts';
import { Nothing } from '../../ui/Hostile.tsx';
import {
  numberColumn,
  personColumn,
  stateColumn,
  textColumn,
  timeColumn,
} from '../../ui/list/columns.tsx';
import type { ListDefinition } from '../../ui/list/definition.ts';
import { ListPage } from '../../ui/list/ListPage.tsx';
import { problemText } from '../../ui/Problem.tsx';
import { RouterLink } from '../../ui/RouterLink.tsx';

const networkList: ListDefinition<Network> = {
  noun: 'networks',
  title: t('nav.networks'),
  fields: networkFields,
  columns: [
    textColumn('cidr', (network) => network.cidr, {
      label: t('field.network'),
      sort: 'cidr',
      isMono: true,
      widthRem: 10,
    }),
    stateColumn('state', (network) => network.state, { label: t('field.state'), sort: 'state' }),
    {
      key: 'decision',
      label: t('field.actions'),
      widthRem: 11,
      cell: (network) => <Decision network={network} />,
      text: () => '',
    },
    textColumn('name', (network) => network.name, { label: t('field.name'), sort: 'name' }),
    textColumn('gatewayMac', (network) => network.gatewayMac, {
      label: t('field.gateway'),
      isMono: true,
      widthRem: 9.5,
    }),
    textColumn('organization', (network) => network.organizationName, {
      label: t('field.organization'),
      sort: 'organization',
    }),
    textColumn('group', (network) => network.groupName, {
      label: t('field.group'),
      sort: 'group',
    }),
    numberColumn('devices', (network) => network.devices, { label: t('nav.devices') }),
    {
      key: 'assets',
      label: t('nav.assets'),
      widthRem: 6,
      isNumber: true,
      cell: (network) => (
        <RouterLink to="/assets" search={{ filter: `networkId:${network.id}` }} tabIndex={-1}>
          {n(network.assets)}
        </RouterLink>
      ),
      text: (network) => String(network.assets),
    },
    personColumn('approvedBy', (network) => network.approvedBy, {
      label: t('field.approvedBy'),
      isOptional: true,
    }),
    timeColumn('firstSeenAt', (network) => network.firstSeenAt, {
      label: t('field.firstSeenAt'),
      sort: 'firstSeenAt',
      isOptional: true,
    }),
    timeColumn('lastScanAt', (network) => network.lastScanAt, {
      label: t('field.lastScanAt'),
      sort: 'lastScanAt',
    }),
  ],
  defaultSort: 'cidr',
  permission: 'networks:read',
  load: (query, signal) => call(networkRoutes.list, { query, signal }),
  nameOf: (network) => network.cidr,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.reported'), filter: 'state:reported' },
    { label: t('state.approved'), filter: 'state:approved' },
    { label: t('state.refused'), filter: 'state:refused' },
  ],
  empty: { title: t('networks.none'), text: t('networks.noneHint') },
};

/** The networks that agents reported; only approved ones are scanned. */
export function NetworkListPage() {
  return <ListPage definition={networkList} />;
}

function Decision(properties: { readonly network: Network }) {
  const { network } = properties;
  const mayDecide = useMay('networks:approve');
  const client = useQueryClient();
  const decide = useMutation({
    mutationFn: (state: 'approved' | 'refused') =>
      call(networkRoutes.update, { params: { id: network.id }, body: { state } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['networks'] }),
    onError: (error) => notify('bad', problemText(error)),
  });
  if (!mayDecide) return <Nothing />;
  return (
    <span className="flex gap-1.5">
      {network.state !== 'approved' && (
        <button
          type="button"
          className="button button-small"
          disabled={decide.isPending}
          onClick={() => decide.mutate('approved')}
        >
          {t('action.approve')}
        </button>
      )}
      {network.state !== 'refused' && (
        <button
          type="button"
          className="button button-small button-quiet"
          disabled={decide.isPending}
          onClick={() => decide.mutate('refused')}
        >
          {t('action.refuse')}
        </button>
      )}
    </span>
  );
}
