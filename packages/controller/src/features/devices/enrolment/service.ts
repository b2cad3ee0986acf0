import { formatCidr, parseCidr } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import {
  instantOf,
  instantOrNull,
  type EnrolmentKey,
  type GroupId,
  type ListQuery,
  type NewEnrolmentKey,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { announceAll } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import { makeKeyText } from './key-text.ts';
import { keyRepository, type KeyRow } from './repository.ts';

type NewKey = z.output<typeof NewEnrolmentKey>;

/** A key as it is made: the value is shown once. */
interface MadeKey {
  readonly enrolmentKey: EnrolmentKey;
  readonly value: string;
  readonly command: string;
}

/** Enrolment keys, for people. */
export interface EnrolmentKeys {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<EnrolmentKey>>;
  readonly read: (context: Context, id: string) => Promise<EnrolmentKey>;
  readonly create: (context: Context, given: NewKey) => Promise<MadeKey>;
  readonly revoke: (context: Context, id: string) => Promise<EnrolmentKey>;
}

const HOUR_MS = 3_600_000;

export function createEnrolmentKeys(
  platform: Platform,
  caFingerprint: string | null,
): EnrolmentKeys {
  return {
    list: (context, query) =>
      transactAs(platform, readingOf(context), async (tx) => {
        const page = await keyRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => keyOf(row)) };
      }),
    read: (context, id) =>
      transactAs(platform, readingOf(context), async (tx) => keyOf(await rowOf(tx, id))),
    create: (context, given) =>
      transactAs(
        platform,
        { actor: context.actor, permission: 'enrolment-keys:create' },
        async (tx) => {
          const { id, value } = await insert(tx, { platform, caFingerprint, context }, given);
          const command = `npx wardgrid agent run --controller ${platform.publicUrl()} --enrolment-key ${value}`;
          return { enrolmentKey: keyOf(await rowOf(tx, id)), value, command };
        },
      ),
    revoke: (context, id) =>
      transactAs(platform, readingOf(context), async (tx) => {
        const row = await rowOf(tx, id);
        const target = { id, tenantId: row.tenant_id, scope: row.scope };
        requireAllowed(
          platform,
          { actor: context.actor, permission: 'enrolment-keys:revoke', noun: 'enrolment key' },
          target,
        );
        const nowMs = platform.clock.now();
        await keyRepository(tx).revoke(id, nowMs);
        await announceAll(tx, { noun: 'enrolment-keys', verb: 'changed', nowMs }, [target]);
        return keyOf(await rowOf(tx, id));
      }),
  };
}

async function rowOf(tx: Transaction, id: string): Promise<KeyRow> {
  const row = await keyRepository(tx).find(id);
  if (!row) throw notFound('enrolment key');
  return row;
}

async function insert(
  tx: Transaction,
  by: {
    readonly platform: Platform;
    readonly caFingerprint: string | null;
    readonly context: Context;
  },
  given: NewKey,
): Promise<{ readonly id: string; readonly value: string }> {
  const { platform, context } = by;
  const groupId = given.groupId ?? null;
  const organizationId = given.organizationId ?? null;
  if (organizationId === null && groupId === null) throw placeMissing();
  const place = await keyRepository(tx).place(organizationId, groupId);
  if (!place) throw notFound(organizationId === null ? 'group' : 'organization');
  if (groupId !== null && !place.groupFound) throw notFound('group');
  requireAllowed(
    platform,
    { actor: context.actor, permission: 'enrolment-keys:create', noun: 'organization' },
    place,
  );
  const { value, keyId, keyHash } = makeKeyText(systemRandom, by.caFingerprint);
  const id = platform.newId();
  const createdAt = platform.clock.now();
  await keyRepository(tx).insert({
    id,
    keyId,
    keyHash,
    groupId,
    createdAt,
    tenantId: place.tenantId,
    organizationId: place.organizationId,
    scope: place.scope,
    seats: given.seats,
    allowedCidr: networkOf(given.allowedCidr),
    name: given.name,
    createdBy: referenceOf(context.actor),
    expiresAt: createdAt + given.expiresInHours * HOUR_MS,
  });
  const made = { id, tenantId: place.tenantId, scope: place.scope };
  const what = { noun: 'enrolment-keys', verb: 'created', nowMs: createdAt } as const;
  await announceAll(tx, what, [made]);
  return { id, value };
}

function placeMissing(): ControllerError {
  return new ControllerError('invalid-body', 'a key needs an organization or a group', {
    issues: [{ pointer: '/organizationId', detail: 'must be given, or groupId' }],
  });
}

function readingOf(context: Context) {
  return { actor: context.actor, permission: 'enrolment-keys:read' } as const;
}

function networkOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const cidr = parseCidr(text);
  if (cidr) return formatCidr(cidr);
  throw new ControllerError('invalid-body', `'${text}' is not a network`, {
    issues: [{ pointer: '/allowedCidr', detail: 'must be a network such as 10.0.0.0/24' }],
  });
}

function keyOf(row: KeyRow): EnrolmentKey {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    groupId: row.group_id as GroupId | null,
    groupName: row.group_name,
    scope: row.scope,
    name: row.name,
    prefix: `wgk_${row.key_id}`,
    seats: row.seats,
    used: row.used,
    allowedCidr: row.allowed_cidr,
    createdAt: instantOf(row.created_at),
    createdBy: row.created_by,
    expiresAt: instantOf(row.expires_at),
    revokedAt: instantOrNull(row.revoked_at),
    lastUsedAt: instantOrNull(row.last_used_at),
    state: row.state,
  };
}
