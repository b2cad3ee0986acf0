import { columnsOf, syncType, type SyncType } from './type.ts';

const ORGANIZATION = { organization_id: { refersTo: 'organization' } } as const;
const DEVICE = { device_id: { refersTo: 'device' } } as const;

/** Devices and what they say of themselves, and what lies around them. */
export const DEVICES: readonly SyncType[] = [
  syncType({
    name: 'device',
    tellsLoss: true,
    columns: {
      ...ORGANIZATION,
      group_id: { refersTo: 'device_group' },
      ...columnsOf([
        'name',
        'is_named',
        'hostname',
        'os_family',
        'os_name',
        'os_version',
        'architecture',
        'agent_version',
        'public_key',
        'fingerprint',
        'local_ip',
        'primary_cidr',
        'interface_name',
        'mac_address',
        'gateway_ip',
        'gateway_mac',
        'booted_at',
        'enrolled_at',
        'retired_at',
      ]),
      tags: { merge: 'set' },
      state: { merge: 'protective', protects: 'retired' },
      enrolment_key_id: { refersTo: 'enrolment_key', isLoose: true },
      split_from_id: { refersTo: 'device', isLoose: true },
    },
    local: ['split_ticket_hash', 'ref'],
    folds: {
      // Changed by every exchange: told now and then, never once a heartbeat.
      presence: {
        table: 'device_presence',
        parent: 'device_id',
        key: [],
        columns: ['status', 'last_seen_at', 'public_ip'],
        filled: ['tenant_id', 'scope'],
        local: [
          'connected_until',
          'cpu_percent',
          'memory_used_bytes',
          'memory_total_bytes',
          'disk_used_bytes',
          'disk_total_bytes',
          'clock_offset_ms',
          'pending_records',
          'dropped_records',
          'heard_at',
          'told_status',
          'told_seen_at',
          'heard_from',
          'heard_status',
          'away_since',
        ],
        teller: 'heard_from',
        isToldByWorker: true,
      },
    },
    uniques: [{ index: 'device_public_key_key', columns: ['public_key'] }],
    naturalKey: 'public_key',
    referencePrefix: 'DEV',
  }),
  syncType({
    name: 'device_inventory',
    key: ['device_id', 'section'],
    columns: {
      ...DEVICE,
      ...columnsOf(['section', 'content', 'content_hash', 'collected_at', 'received_at']),
    },
  }),
  syncType({
    name: 'device_protection',
    key: ['device_id'],
    columns: {
      ...DEVICE,
      ...columnsOf(['state', 'reasons', 'health', 'reported_at'], { isWhole: true }),
    },
  }),
  syncType({
    name: 'discovery_network',
    columns: {
      ...ORGANIZATION,
      group_id: { refersTo: 'device_group' },
      ...columnsOf([
        'cidr',
        'gateway_mac',
        'name',
        'state',
        'approved_by',
        'first_seen_at',
        'last_scan_at',
      ]),
    },
    uniques: [
      {
        index: 'discovery_network_identity',
        columns: ['organization_id', 'group_id', 'cidr', 'gateway_mac'],
      },
    ],
  }),
  syncType({
    name: 'discovery_asset',
    columns: {
      ...ORGANIZATION,
      device_id: { refersTo: 'device', isLoose: true },
      network_id: { refersTo: 'discovery_network' },
      ...columnsOf([
        'ip',
        'mac',
        'name',
        'names',
        'is_ignored',
        'is_stale',
        'missed_scans',
        'note',
        'first_seen_at',
        'last_seen_at',
      ]),
    },
    folds: {
      ports: {
        table: 'discovery_port',
        parent: 'asset_id',
        key: ['transport', 'port'],
        columns: [
          'scope',
          'service',
          'product',
          'version',
          'banner',
          'tls',
          'is_unauthenticated',
          'is_top',
          'first_seen_at',
          'last_seen_at',
          'closed_at',
        ],
        filled: ['tenant_id'],
        local: [],
      },
    },
  }),
];
