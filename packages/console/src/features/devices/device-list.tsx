import { deviceFields, deviceRoutes, type Device } from '@wardgrid/wire';
import { call } from '../../api.ts';
import { n, t } from '../../messages/index.ts';
import { Chip, StateChip } from '../../ui/Chips.tsx';
import { formatPercent } from '../../ui/format.ts';
import { Hostile, Nothing } from '../../ui/Hostile.tsx';
import type { Column, ListDefinition } from '../../ui/list/definition.ts';
import { RouterLink } from '../../ui/RouterLink.tsx';
import { Time } from '../../ui/Time.tsx';
import { DeviceBulkActions } from './DeviceBulkActions.tsx';

function hostileColumn(
  key: string,
  read: (device: Device) => string | null,
  rest: Omit<Column<Device>, 'key' | 'cell' | 'text'>,
): Column<Device> {
  return {
    key,
    ...rest,
    cell: (device) => <Hostile text={read(device)} />,
    text: (device) => read(device) ?? '',
  };
}

function timeColumn(
  key: 'lastSeenAt' | 'enrolledAt',
  label: string,
  isOptional: boolean,
): Column<Device> {
  return {
    key,
    label,
    sort: key,
    widthRem: 7.5,
    isOptional,
    cell: (device) => <Time at={device[key]} />,
    text: (device) => device[key] ?? '',
  };
}

function shareColumn(key: string, label: string, read: (device: Device) => number | null) {
  const column: Column<Device> = {
    key,
    label,
    widthRem: 5.5,
    isNumber: true,
    isOptional: true,
    cell: (device) => {
      const share = read(device);
      return share === null ? <Nothing /> : formatPercent(share);
    },
    text: (device) => String(read(device) ?? ''),
  };
  return column;
}

/** The used part of a whole, or null when either is not known. */
export function shareOf(used: number | null, total: number | null): number | null {
  return used === null || total === null || total === 0 ? null : used / total;
}

const columns: readonly Column<Device>[] = [
  hostileColumn('name', (device) => device.name, {
    label: t('field.name'),
    sort: 'name',
    widthRem: 13,
    grow: 2,
  }),
  {
    key: 'status',
    label: t('field.status'),
    sort: 'status',
    widthRem: 7,
    cell: (device) => (
      <span className="flex items-center gap-1">
        <StateChip state={device.status} />
        {device.isGrace && <Chip tone="warn" text={t('devices.grace')} />}
      </span>
    ),
    text: (device) => device.status,
  },
  hostileColumn('os', (device) => `${device.osName} ${device.osVersion}`, {
    label: t('field.os'),
    sort: 'os',
    widthRem: 11,
    grow: 1.4,
  }),
  hostileColumn('organization', (device) => device.organizationName, {
    label: t('field.organization'),
    sort: 'organization',
    widthRem: 9,
  }),
  hostileColumn('group', (device) => device.groupName, {
    label: t('field.group'),
    sort: 'group',
    widthRem: 8,
    isOptional: true,
  }),
  {
    key: 'localIp',
    label: t('field.localIp'),
    sort: 'localIp',
    widthRem: 8.5,
    cell: (device) => <Hostile text={device.localIp} isMono />,
    text: (device) => device.localIp ?? '',
  },
  {
    key: 'openFindings',
    label: t('field.openFindings'),
    widthRem: 6,
    isNumber: true,
    cell: (device) =>
      device.openFindings === 0 ? (
        <Nothing />
      ) : (
        <RouterLink
          to="/findings"
          search={{ filter: `deviceId:${device.id} state:open` }}
          tabIndex={-1}
        >
          {n(device.openFindings)}
        </RouterLink>
      ),
    text: (device) => String(device.openFindings),
  },
  timeColumn('lastSeenAt', t('field.lastSeenAt'), false),
  {
    key: 'cpu',
    label: t('field.cpu'),
    sort: 'cpu',
    widthRem: 5,
    isNumber: true,
    isOptional: true,
    cell: (device) =>
      device.cpuPercent === null ? <Nothing /> : formatPercent(device.cpuPercent / 100),
    text: (device) => String(device.cpuPercent ?? ''),
  },
  shareColumn('memory', t('field.memory'), (device) =>
    shareOf(device.memoryUsedBytes, device.memoryTotalBytes),
  ),
  shareColumn('disk', t('field.disk'), (device) =>
    shareOf(device.diskUsedBytes, device.diskTotalBytes),
  ),
  {
    key: 'tags',
    label: t('field.tags'),
    widthRem: 9,
    isOptional: true,
    cell: (device) =>
      device.tags.length === 0 ? (
        <Nothing />
      ) : (
        <span className="flex gap-1">
          {device.tags.map((tag) => (
            <Chip key={tag} tone="accent" text={tag} />
          ))}
        </span>
      ),
    text: (device) => device.tags.join(' '),
  },
  {
    key: 'ref',
    label: t('ids.ref'),
    widthRem: 8,
    isOptional: true,
    cell: (device) => <Hostile text={device.ref} isMono />,
    text: (device) => device.ref ?? '',
  },
  hostileColumn('hostname', (device) => device.hostname, {
    label: t('field.hostname'),
    sort: 'hostname',
    widthRem: 10,
    isOptional: true,
  }),
  hostileColumn('tenant', (device) => device.tenantName, {
    label: t('field.tenant'),
    sort: 'tenant',
    widthRem: 9,
    isOptional: true,
  }),
  hostileColumn('agentVersion', (device) => device.agentVersion, {
    label: t('field.agentVersion'),
    sort: 'agentVersion',
    widthRem: 6,
    isOptional: true,
  }),
  hostileColumn('publicIp', (device) => device.publicIp, {
    label: t('field.publicIp'),
    widthRem: 8.5,
    isOptional: true,
  }),
  hostileColumn('mac', (device) => device.macAddress, {
    label: t('field.mac'),
    widthRem: 9.5,
    isOptional: true,
  }),
  timeColumn('enrolledAt', t('field.enrolledAt'), true),
];

/** The list of devices. */
export const deviceList: ListDefinition<Device> = {
  noun: 'devices',
  title: t('nav.devices'),
  fields: deviceFields,
  columns,
  defaultSort: 'name',
  permission: 'devices:read',
  load: (query, signal) => call(deviceRoutes.list, { query, signal }),
  nameOf: (device) => device.name,
  hrefOf: (device) => `/devices/${device.id}`,
  quickFilters: [
    { label: t('list.all'), filter: '' },
    { label: t('state.online'), filter: 'status:online' },
    { label: t('state.offline'), filter: 'status:offline' },
    { label: t('state.overdue'), filter: 'status:overdue' },
    { label: t('state.unknown'), filter: 'status:unknown' },
  ],
  BulkActions: DeviceBulkActions,
  empty: {
    title: t('devices.none'),
    text: t('devices.noneHint'),
    action: (
      <RouterLink to="/add-device" className="button button-solid">
        {t('shell.addDevice')}
      </RouterLink>
    ),
  },
};
