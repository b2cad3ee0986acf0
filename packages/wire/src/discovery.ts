import * as z from 'zod';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import {
  CidrText,
  Count,
  DeviceId,
  GroupId,
  Id,
  Instant,
  IpAddress,
  MacAddress,
  Name,
  OrganizationId,
  PersonName,
  ScopePath,
  TenantId,
} from './primitives.ts';
import { route } from './route.ts';

/** Networks larger than this are never scanned. */
export const SCAN_PREFIX_MIN = 16;
/** Networks larger than this are scanned only when the size is confirmed. */
export const SCAN_PREFIX_UNCONFIRMED_MIN = 22;

const PortText = z
  .string()
  .max(400)
  .regex(/^(?:top|all|[0-9, -]+)$/);

/** What a discovery asks for: the network, and which ports to look at on what it finds. */
export const DiscoveryArguments = z.strictObject({
  cidr: CidrText,
  /** The hardware address of the network's gateway: the same numbers in a café are another network. */
  gatewayMac: MacAddress.nullable(),
  /** `top`, `all`, a list such as `22,80,8000-8100`, or null for hosts alone. */
  ports: PortText.nullable(),
  engine: z.enum(['auto', 'nmap']).default('auto'),
  packetsPerSecond: z.int().min(10).max(50_000).default(2_000),
});
export type DiscoveryArguments = z.infer<typeof DiscoveryArguments>;

/** Most hosts that one port scan names. */
export const PORT_SCAN_HOSTS_MAX = 1_024;

export const PortScanArguments = z.strictObject({
  hosts: z.array(IpAddress).min(1).max(PORT_SCAN_HOSTS_MAX),
  cidr: CidrText,
  gatewayMac: MacAddress.nullable(),
  ports: PortText,
  engine: z.enum(['auto', 'nmap']).default('auto'),
  packetsPerSecond: z.int().min(10).max(50_000).default(2_000),
});
export type PortScanArguments = z.infer<typeof PortScanArguments>;

export const HostEvidence = z.enum(['arp', 'icmp', 'tcp', 'self']);

/** A host as an agent found it. */
export const ScannedHost = z.strictObject({
  ip: IpAddress,
  mac: MacAddress.nullable(),
  names: z
    .array(
      z.strictObject({
        name: z.string().max(255),
        source: z.enum(['mdns', 'netbios', 'dns', 'llmnr']),
      }),
    )
    .max(16),
  isSelf: z.boolean(),
  rttMs: z.number().min(0).max(600_000).nullable(),
  evidence: z.array(HostEvidence).max(8),
});
export type ScannedHost = z.infer<typeof ScannedHost>;

/** An open port as an agent found it, with what answered. */
export const ScannedPort = z.strictObject({
  ip: IpAddress,
  port: z.int().min(1).max(65_535),
  transport: z.literal('tcp'),
  service: z.string().max(60),
  product: z.string().max(255).exactOptional(),
  version: z.string().max(255).exactOptional(),
  banner: z.string().max(512).exactOptional(),
  tls: z
    .strictObject({
      subject: z.string().max(512),
      issuer: z.string().max(512),
      expiresAt: z.number().nullable(),
    })
    .exactOptional(),
  /** The service answered a question that should need a sign-in. */
  isUnauthenticated: z.boolean().exactOptional(),
});
export type ScannedPort = z.infer<typeof ScannedPort>;

/** A network that agents reported. Only approved ones are scanned. */
export const Network = z.strictObject({
  id: Id,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  /** Of a network that the controller of a group looks after. */
  groupId: GroupId.nullable(),
  groupName: z.string().nullable(),
  scope: ScopePath,
  cidr: z.string(),
  gatewayMac: z.string().nullable(),
  name: z.string().nullable(),
  state: z.enum(['reported', 'approved', 'refused']),
  devices: Count,
  assets: Count,
  approvedBy: PersonName.nullable(),
  firstSeenAt: Instant,
  lastScanAt: Instant.nullable(),
});
export type Network = z.infer<typeof Network>;

export const networkFields: Fields = {
  cidr: { kind: 'text', isSortable: true },
  name: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: ['reported', 'approved', 'refused'], isSortable: true },
  organization: { kind: 'text', isSortable: true },
  group: { kind: 'text', isSortable: true },
  firstSeenAt: { kind: 'time', isSortable: true },
  lastScanAt: { kind: 'time', isSortable: true },
};

export const networkRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/networks',
    summary: 'Networks',
    query: ListQuery,
    response: pageOf(Network),
    permission: 'networks:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/networks/:id',
    summary: 'One network',
    params: z.strictObject({ id: Id }),
    response: Network,
    permission: 'networks:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/networks/:id',
    summary: 'Approve, refuse or name a network',
    params: z.strictObject({ id: Id }),
    body: z.strictObject({
      state: z.enum(['approved', 'refused']).exactOptional(),
      name: Name.nullable().exactOptional(),
    }),
    response: Network,
    permission: 'networks:approve',
  }),
};

export const AssetState = z.enum(['managed', 'unmanaged', 'stale', 'ignored']);
export type AssetState = z.infer<typeof AssetState>;

/** A machine found on a network. */
export const Asset = z.strictObject({
  id: Id,
  tenantId: TenantId,
  organizationId: OrganizationId,
  organizationName: z.string(),
  /** The group of its network, when that is a group's. */
  groupName: z.string().nullable(),
  scope: ScopePath,
  networkId: Id,
  networkCidr: z.string(),
  ip: z.string(),
  mac: z.string().nullable(),
  name: z.string().nullable(),
  names: z.array(z.string()),
  state: AssetState,
  /** The managed device it is, when it is one. */
  deviceId: DeviceId.nullable(),
  deviceName: z.string().nullable(),
  ports: z.array(
    z.strictObject({
      port: z.int(),
      transport: z.string(),
      service: z.string(),
      product: z.string().nullable(),
      version: z.string().nullable(),
      firstSeenAt: Instant,
      lastSeenAt: Instant,
    }),
  ),
  openPorts: Count,
  openFindings: Count,
  note: z.string().nullable(),
  firstSeenAt: Instant,
  lastSeenAt: Instant,
});
export type Asset = z.infer<typeof Asset>;

export const assetFields: Fields = {
  ip: { kind: 'address', isSortable: true },
  mac: { kind: 'text', isSortable: true },
  name: { kind: 'text', isSortable: true },
  state: { kind: 'choice', choices: AssetState.options, isSortable: true },
  organization: { kind: 'text', isSortable: true },
  group: { kind: 'text', isSortable: true },
  network: { kind: 'text', isSortable: true },
  networkId: { kind: 'text' },
  deviceId: { kind: 'text' },
  port: { kind: 'number' },
  service: { kind: 'text' },
  openPorts: { kind: 'number', isSortable: true },
  firstSeenAt: { kind: 'time', isSortable: true },
  lastSeenAt: { kind: 'time', isSortable: true },
};

export const assetRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/assets',
    summary: 'Assets',
    query: ListQuery,
    response: pageOf(Asset),
    permission: 'assets:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/assets/:id',
    summary: 'One asset',
    params: z.strictObject({ id: Id }),
    response: Asset,
    permission: 'assets:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/assets/:id',
    summary: 'Ignore an asset, take it up again, or note something',
    params: z.strictObject({ id: Id }),
    body: z.strictObject({
      isIgnored: z.boolean().exactOptional(),
      note: Name.nullable().exactOptional(),
    }),
    response: Asset,
    permission: 'assets:update',
    problems: ['asset-managed'],
  }),
};
