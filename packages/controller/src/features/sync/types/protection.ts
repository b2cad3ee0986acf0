import { columnsOf, syncType, type SyncType } from './type.ts';

const TARGET = {
  organization_id: { refersTo: 'organization' },
  group_id: { refersTo: 'device_group' },
  device_id: { refersTo: 'device' },
} as const;
const OF_DEVICE = {
  organization_id: { refersTo: 'organization' },
  device_id: { refersTo: 'device' },
} as const;
const RULE = [
  'rule_id',
  'title',
  'description',
  'remedy',
  'engine',
  'severity',
  'confidence',
  'techniques',
  'status',
  'author',
] as const;

/** A job goes on and ends once, whoever says so. */
const JOB_PHASES = [
  ['queued'],
  ['sent'],
  ['running'],
  ['succeeded', 'failed', 'expired', 'cancelled'],
];

/** What devices are to run, what their engines found, and what is done about it. */
export const PROTECTION: readonly SyncType[] = [
  syncType({
    name: 'policy',
    tellsLoss: true,
    isInherited: true,
    home: 'device',
    columns: {
      ...TARGET,
      created_at: {},
      ...columnsOf(
        [
          'name',
          'fields',
          'locks',
          'version',
          'changed_at',
          'changed_by',
          'next_end_at',
          'rollout',
        ],
        { isWhole: true },
      ),
    },
    local: ['ref'],
    uniques: [
      { index: 'policy_node', columns: ['scope'], where: 'device_id is null' },
      { index: 'policy_device', columns: ['device_id'], where: 'device_id is not null' },
    ],
    referencePrefix: 'POL',
  }),
  syncType({
    name: 'policy_version',
    key: ['policy_id', 'version'],
    columns: {
      policy_id: { refersTo: 'policy' },
      ...columnsOf(['version', 'name', 'fields', 'locks', 'changed_at', 'changed_by']),
    },
  }),
  syncType({
    name: 'rule_switch',
    tellsLoss: true,
    isInherited: true,
    home: 'device',
    columns: {
      ...TARGET,
      ...columnsOf(['rule_id', 'setting', 'reason', 'changed_at', 'changed_by'], { isWhole: true }),
    },
    uniques: [
      { index: 'rule_switch_node', columns: ['scope', 'rule_id'], where: 'device_id is null' },
      {
        index: 'rule_switch_device',
        columns: ['device_id', 'rule_id'],
        where: 'device_id is not null',
      },
    ],
  }),
  syncType({
    name: 'rule_exception',
    tellsLoss: true,
    isInherited: true,
    home: 'device',
    columns: {
      ...TARGET,
      ...columnsOf(['rule_id', 'selection', 'reason', 'expires_at', 'created_at', 'created_by']),
    },
    // Every controller acts on the end for the devices that it serves.
    local: ['is_ended'],
  }),
  syncType({
    name: 'rule_set',
    tellsLoss: true,
    isInherited: true,
    columns: columnsOf(
      [
        'name',
        'format',
        'licence',
        'is_enabled',
        'rules',
        'size_bytes',
        'digest',
        'version',
        'created_at',
        'changed_at',
        'changed_by',
      ],
      { isWhole: true },
    ),
    uniques: [
      { index: 'rule_set_name', columns: ['tenant_id', 'name'], lower: 'name', renames: 'name' },
    ],
  }),
  syncType({
    name: 'rule_imported',
    isInherited: true,
    columns: { rule_set_id: { refersTo: 'rule_set' }, ...columnsOf(RULE) },
  }),
  syncType({
    name: 'incident',
    columns: {
      organization_id: { refersTo: 'organization' },
      ...columnsOf(['kind', 'dedupe_key', 'title', 'severity', 'opened_at', 'timeline']),
      state: {
        merge: 'state-machine',
        phases: [['open'], ['acknowledged'], ['closed']],
        canReopen: true,
        isWhole: true,
      },
      ...columnsOf(['closed_at', 'closed_by'], { follows: 'state', isWhole: true }),
    },
    local: ['ref'],
    folds: {
      devices: {
        table: 'incident_device',
        parent: 'incident_id',
        key: ['device_id'],
        columns: ['scope'],
        filled: ['tenant_id'],
        local: [],
      },
    },
    uniques: [
      {
        index: 'incident_open',
        columns: ['tenant_id', 'dedupe_key'],
        where: "state <> 'closed'",
      },
    ],
    referencePrefix: 'INC',
  }),
  syncType({
    name: 'finding',
    columns: {
      ...OF_DEVICE,
      asset_id: { refersTo: 'discovery_asset' },
      incident_id: { refersTo: 'incident', isLoose: true },
      exception_id: { refersTo: 'rule_exception' },
      ...columnsOf([
        'rule',
        'dedupe_key',
        'title',
        'severity',
        'port',
        'subject',
        'evidence',
        'remedy',
        'first_seen_at',
        'last_seen_at',
        'reopened',
        'note',
        'category',
        'engine',
        'confidence',
        'techniques',
        'count',
        'action',
      ]),
      ...columnsOf(['state', 'resolved_at'], { isWhole: true }),
    },
    local: ['stored_at'],
    folds: {
      detection: {
        table: 'finding_detection',
        parent: 'finding_id',
        key: [],
        columns: ['device_id', 'scope', 'content'],
        filled: ['tenant_id'],
        local: [],
      },
      observables: {
        table: 'finding_observable',
        parent: 'finding_id',
        key: ['kind', 'value'],
        columns: ['device_id', 'seen_at'],
        filled: ['tenant_id'],
        local: [],
      },
    },
    uniques: [{ index: 'finding_identity', columns: ['tenant_id', 'dedupe_key'] }],
  }),
  syncType({
    name: 'quarantine_entry',
    columns: {
      ...OF_DEVICE,
      ...columnsOf([
        'path',
        'size_bytes',
        'sha256',
        'mode',
        'uid',
        'gid',
        'finding_id',
        'rule',
        'note',
        'sealed_at',
      ]),
      state: {
        merge: 'state-machine',
        phases: [['sealed'], ['restored', 'deleted', 'expired']],
        canReopen: true,
      },
      ...columnsOf(['changed_at', 'job_id', 'ordered_by', 'order_reason']),
    },
  }),
  syncType({
    name: 'job',
    columns: {
      ...OF_DEVICE,
      ...columnsOf(['batch_id', 'kind', 'arguments', 'created_at', 'created_by', 'expires_at']),
      state: { merge: 'state-machine', phases: JOB_PHASES, isWhole: true },
      ...columnsOf(
        [
          'progress',
          'summary',
          'error_code',
          'error_detail',
          'sent_at',
          'started_at',
          'finished_at',
        ],
        { follows: 'state', isWhole: true },
      ),
      is_cancel_requested: { merge: 'protective', protects: true },
    },
  }),
];
