import { columnsOf, syncType, type SyncType } from './type.ts';

/** What only the cloud says. */
const CLOUD_ONLY = { merge: 'cloud-only' } as const;
const ORGANIZATION = { organization_id: { refersTo: 'organization' } } as const;

/** Who is who: parents before what refers to them. */
export const TENANCY: readonly SyncType[] = [
  syncType({
    name: 'tenant',
    isInherited: true,
    columns: columnsOf(
      ['name', 'public_key', 'is_support_access_on', 'is_suspended', 'created_at', 'version'],
      CLOUD_ONLY,
    ),
    // Every controller counts the devices that it knows.
    local: ['seats_used'],
    uniques: [{ index: 'tenant_name', columns: ['name'], lower: 'name', renames: 'name' }],
  }),
  syncType({
    name: 'licence',
    isInherited: true,
    columns: columnsOf(
      [
        'envelope',
        'features',
        'seats',
        'valid_from',
        'valid_until',
        'grace_days',
        'issued_at',
        'is_current',
      ],
      CLOUD_ONLY,
    ),
    uniques: [{ index: 'licence_current', columns: ['tenant_id'], where: 'is_current' }],
  }),
  // Seats that a controller may give away while nobody above can be asked.
  syncType({
    name: 'seat_lease',
    columns: columnsOf(['seats', 'expires_at', 'changed_at'], CLOUD_ONLY),
  }),
  // The tree of controllers. Nobody but the cloud certifies; what a controller says of itself goes up.
  syncType({
    name: 'controller',
    isInherited: true,
    columns: {
      ...columnsOf(
        ['controller_id', 'parent_id', 'layer', 'public_key', 'certificate', 'scope_version'],
        CLOUD_ONLY,
      ),
      ...columnsOf(['name', 'urls', 'authority', 'version', 'created_at', 'created_by']),
      ...columnsOf(['approved_at', 'approved_by'], { isWhole: true }),
      ...columnsOf(['revoked_at', 'revoked_by', 'revoked_reason'], { isWhole: true }),
    },
    local: ['ref'],
    referencePrefix: 'CTL',
  }),
  syncType({
    name: 'organization',
    tellsLoss: true,
    isInherited: true,
    columns: columnsOf(['name', 'created_at', 'version']),
    uniques: [
      {
        index: 'organization_name',
        columns: ['tenant_id', 'name'],
        lower: 'name',
        renames: 'name',
      },
    ],
  }),
  syncType({
    name: 'device_group',
    tellsLoss: true,
    isInherited: true,
    columns: {
      ...ORGANIZATION,
      parent_id: { refersTo: 'device_group' },
      ...columnsOf(['name', 'created_at', 'version']),
    },
    uniques: [
      {
        index: 'device_group_name',
        columns: ['organization_id', 'parent_id', 'name'],
        lower: 'name',
        renames: 'name',
      },
    ],
  }),
  syncType({
    name: 'account',
    tellsLoss: true,
    columns: {
      ...columnsOf([
        'email',
        'name',
        'kind',
        'layer',
        'reach',
        'epoch',
        'created_by',
        'created_at',
      ]),
      state: { merge: 'protective', protects: 'disabled' },
    },
    local: ['last_sign_in_at'],
    folds: {
      roles: {
        table: 'account_role',
        parent: 'account_id',
        key: ['role', 'scope', 'effect'],
        columns: ['expires_at'],
        filled: ['tenant_id'],
        local: [],
      },
      credential: {
        table: 'account_credential',
        parent: 'account_id',
        key: [],
        columns: [
          'password_hash',
          'totp_sealed',
          'backup_code_hashes',
          'invitation_hash',
          'invitation_expires_at',
        ],
        filled: [],
        // A code is good once at each controller; a secret is confirmed where it was offered.
        local: ['totp_pending_sealed', 'totp_last_step'],
        sealed: { totp_sealed: 'totp' },
      },
    },
    uniques: [{ index: 'account_email_key', columns: ['email'], renames: 'email' }],
  }),
  syncType({
    name: 'enrolment_key',
    columns: {
      ...ORGANIZATION,
      group_id: { refersTo: 'device_group' },
      ...columnsOf([
        'name',
        'key_id',
        'key_hash',
        'seats',
        'used',
        'allowed_cidr',
        'created_at',
        'created_by',
        'expires_at',
        'revoked_at',
        'last_used_at',
      ]),
    },
    uniques: [{ index: 'enrolment_key_key_id_key', columns: ['key_id'] }],
  }),
];
