import { sql } from 'kysely';
import { systemNewId } from '@wardgrid/base/system';
import type { Database, Transaction } from '../../../platform/database.ts';
import { labelOf } from '../../../platform/authorize.ts';
import type { SecretStore } from '../../../platform/secrets.ts';

/* Random changes of every table that syncs, as the features make them: what the round trip is tried on. */

/** One of the things that were made so far. */
interface Place {
  readonly id: string;
  readonly scope: string;
  readonly organizationId: string;
}

/** What was made so far, by table. */
export interface World {
  readonly tenantId: string;
  readonly scope: string;
  readonly secrets: SecretStore;
  readonly things: Record<string, Place[]>;
  /** A number between 0 and 1. */
  readonly random: () => number;
  counter: number;
}

type Edit = (tx: Transaction, world: World) => Promise<void>;

export function createWorld(given: Pick<World, 'tenantId' | 'secrets' | 'random'>): World {
  return { ...given, scope: labelOf(given.tenantId), things: {}, counter: 0 };
}

/** Makes one random change. Says which. */
export async function editOnce(database: Database, world: World): Promise<string> {
  const names = Object.keys(EDITS);
  const name = names[Math.floor(world.random() * names.length)] ?? '';
  const edit = EDITS[name];
  if (edit) await database.transact({ kind: 'sync' }, (tx) => edit(tx, world));
  return name;
}

/** Makes one of everything. */
export async function editAll(database: Database, world: World): Promise<void> {
  for (const edit of Object.values(EDITS)) {
    await database.transact({ kind: 'sync' }, (tx) => edit(tx, world));
  }
}

function next(world: World): string {
  world.counter += 1;
  return `n${world.counter}`;
}

function anyOf(world: World, table: string): Place | undefined {
  const known = world.things[table] ?? [];
  return known[Math.floor(world.random() * known.length)];
}

function note(world: World, table: string, place: Place): void {
  world.things[table] = [...(world.things[table] ?? []), place];
}

function forget(world: World, table: string, id: string): void {
  world.things[table] = (world.things[table] ?? []).filter((place) => place.id !== id);
}

/** A new place below another, or at it. */
function placeIn(under: Place, isNode = false): Place {
  const id = systemNewId();
  const scope = isNode ? `${under.scope}.${labelOf(id)}` : under.scope;
  return { id, scope, organizationId: under.organizationId || id };
}

/** An edit that needs something to be there already. */
function of(
  table: string,
  edit: (tx: Transaction, world: World, at: Place) => Promise<void>,
): Edit {
  return async (tx, world) => {
    const at = anyOf(world, table);
    if (at) await edit(tx, world, at);
  };
}

const EDITS: Readonly<Record<string, Edit>> = {
  tenant: async (tx, { tenantId, random }) => {
    await tx.run(
      sql`update tenant set is_support_access_on = ${random() < 0.5}, seats_used = seats_used + 1, version = version + 1 where id = ${tenantId}`,
    );
  },
  licence: async (tx, { tenantId, scope }) => {
    await tx.run(
      sql`update licence set is_current = false where tenant_id = ${tenantId} and is_current`,
    );
    await tx.run(sql`insert into licence (id, tenant_id, scope, envelope, features, seats, valid_from, valid_until, grace_days, issued_at)
      values (${systemNewId()}, ${tenantId}, ${scope}::ltree, '{"a":[1,null,"x"]}', '{b,"c d"}', 5, now(), now(), 3, now())`);
  },
  'seat lease': async (tx, { tenantId, scope }) => {
    await tx.run(sql`insert into seat_lease (id, tenant_id, scope, seats, expires_at, changed_at)
      values (${systemNewId()}, ${tenantId}, ${scope}::ltree, 5, now(), now())`);
  },
  controller: async (tx, { tenantId, scope }) => {
    await tx.run(sql`insert into controller (id, controller_id, tenant_id, scope, layer, name, public_key, created_by)
      values (${systemNewId()}, ${systemNewId()}, ${tenantId}, ${scope}::ltree, 1, 'c', repeat('k', 43), 'ada')`);
  },
  organization: async (tx, world) => {
    const place = placeIn({ id: '', scope: world.scope, organizationId: '' }, true);
    note(world, 'organization', place);
    await tx.run(sql`insert into organization (id, tenant_id, scope, name)
      values (${place.id}, ${world.tenantId}, ${place.scope}::ltree, ${next(world)})`);
  },
  'organization renamed': of('organization', async (tx, world, at) => {
    await tx.run(
      sql`update organization set name = ${`ü\n"${next(world)}`}, version = version + 1 where id = ${at.id}`,
    );
  }),
  group: of('organization', async (tx, world, at) => {
    const under = anyOf(world, 'device_group');
    const parent = under?.organizationId === at.organizationId ? under : null;
    const place = placeIn(parent ?? at, true);
    note(world, 'device_group', place);
    await tx.run(sql`insert into device_group (id, tenant_id, organization_id, parent_id, scope, name)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${parent?.id ?? null}, ${place.scope}::ltree, ${next(world)})`);
  }),
  'group removed': of('device_group', async (tx, world, at) => {
    const removed = await tx.run(sql`delete from device_group g where id = ${at.id}
      and not exists (select from device_group c where c.parent_id = g.id) and not exists (select from device d where d.group_id = g.id)`);
    if (removed > 0) forget(world, 'device_group', at.id);
  }),
  account: of('organization', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'account', place);
    await tx.run(sql`insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state)
      values (${place.id}, ${world.tenantId}, ${at.scope}::ltree, ${`${place.id}@x.test`}, 'Ada', 'admin', 1, 'subtree', 'active')`);
    await tx.run(sql`insert into account_credential (account_id, password_hash, backup_code_hashes)
      values (${place.id}, 'hash', '{one,two}')`);
  }),
  'account roles': of('account', async (tx, world, at) => {
    await tx.run(sql`delete from account_role where account_id = ${at.id}`);
    for (const role of world.random() < 0.5 ? ['owner', 'analyst'] : ['auditor']) {
      await tx.run(sql`insert into account_role (account_id, tenant_id, role, scope, effect, expires_at)
        values (${at.id}, ${world.tenantId}, ${role}, ${at.scope}::ltree, 'allow', now())`);
    }
  }),
  'account second factor': of('account', async (tx, world, at) => {
    const sealed = world.secrets.seal(Buffer.from(`secret ${next(world)}`), `totp:${at.id}`);
    await tx.run(
      sql`update account_credential set totp_sealed = ${sealed}, totp_last_step = 7 where account_id = ${at.id}`,
    );
  }),
  'account state': of('account', async (tx, { random }, at) => {
    await tx.run(
      sql`update account set state = ${random() < 0.5 ? 'active' : 'disabled'}, epoch = epoch + 1, last_sign_in_at = now() where id = ${at.id}`,
    );
  }),
  'account removed': of('account', async (tx, world, at) => {
    forget(world, 'account', at.id);
    await tx.run(sql`delete from account where id = ${at.id}`);
  }),
  'enrolment key': of('organization', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'enrolment_key', place);
    await tx.run(sql`insert into enrolment_key (id, tenant_id, organization_id, scope, name, key_id, key_hash, seats, allowed_cidr, created_by, expires_at)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, 'k', ${next(world)}, 'h', 9, '10.0.0.0/8', 'ada', now())`);
  }),
  device: of('enrolment_key', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'device', place);
    await tx.run(sql`insert into device (id, tenant_id, organization_id, scope, name, hostname, os_family, os_name, os_version,
        architecture, agent_version, public_key, fingerprint, enrolment_key_id, local_ip, primary_cidr, tags)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, 'd', 'd', 'linux', 'Debian', '12', 'x64', '1.0',
        ${place.id}, 'f', ${at.id}, '10.0.0.9', '10.0.0.0/24', '{a,"b c"}')`);
    await tx.run(
      sql`insert into device_presence (device_id, tenant_id, scope) values (${place.id}, ${world.tenantId}, ${at.scope}::ltree)`,
    );
    await tx.run(
      sql`update enrolment_key set used = least(seats, used + 1), last_used_at = now() where id = ${at.id}`,
    );
  }),
  'device named': of('device', async (tx, world, at) => {
    await tx.run(
      sql`update device set name = ${next(world)}, is_named = true, tags = '{}', booted_at = now() where id = ${at.id}`,
    );
  }),
  'device moved': of('device', async (tx, world, at) => {
    const to = anyOf(world, 'device_group');
    if (!to) return;
    forget(world, 'device', at.id);
    note(world, 'device', { ...at, scope: to.scope, organizationId: to.organizationId });
    await tx.run(
      sql`update device set scope = ${to.scope}::ltree, organization_id = ${to.organizationId}, group_id = ${to.id} where id = ${at.id}`,
    );
    for (const table of ['device_presence', 'device_inventory', 'device_protection'] as const) {
      await tx.run(
        sql`update ${sql.table(table)} set scope = ${to.scope}::ltree where device_id = ${at.id}`,
      );
    }
    for (const table of [
      'job',
      'finding',
      'quarantine_entry',
      'policy',
      'rule_switch',
      'rule_exception',
    ] as const) {
      await tx.run(
        sql`update ${sql.table(table)} set scope = ${to.scope}::ltree, organization_id = ${to.organizationId} where device_id = ${at.id}`,
      );
    }
  }),
  'device removed': of('device', async (tx, world, at) => {
    forget(world, 'device', at.id);
    await tx.run(sql`delete from device where id = ${at.id}`);
  }),
  inventory: of('device', async (tx, world, at) => {
    await tx.run(sql`insert into device_inventory (device_id, section, tenant_id, scope, content, content_hash, collected_at)
      values (${at.id}, ${world.random() < 0.5 ? 'os' : 'disks'}, ${world.tenantId}, ${at.scope}::ltree, '{"a":1.5e3,"b":null}', ${next(world)}, now())
      on conflict (device_id, section) do update set content = excluded.content, content_hash = excluded.content_hash`);
  }),
  protection: of('device', async (tx, world, at) => {
    await tx.run(sql`insert into device_protection (device_id, tenant_id, scope, state, reasons, health, reported_at)
      values (${at.id}, ${world.tenantId}, ${at.scope}::ltree, 'on', '{x}', '{"c":[]}', now())
      on conflict (device_id) do update set state = 'off', reported_at = now()`);
  }),
  network: of('organization', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'discovery_network', place);
    await tx.run(sql`insert into discovery_network (id, tenant_id, organization_id, scope, cidr, gateway_mac, first_seen_at)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, '10.1.0.0/16', ${next(world)}, now())`);
  }),
  asset: of('discovery_network', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'discovery_asset', place);
    await tx.run(sql`insert into discovery_asset (id, tenant_id, organization_id, scope, network_id, ip, names, first_seen_at, last_seen_at)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, ${at.id}, 'fe80::1', '{m}', now(), now())`);
  }),
  ports: of('discovery_asset', async (tx, world, at) => {
    await tx.run(sql`insert into discovery_port (asset_id, port, transport, tenant_id, scope, service, tls, first_seen_at, last_seen_at)
      select ${at.id}::uuid, port, 'tcp', ${world.tenantId}::uuid, ${at.scope}::ltree, 'http', '{"v":"1.3"}', now(), now()
      from generate_series(80, ${80 + Math.floor(world.random() * 4)}::int) port
      on conflict (asset_id, transport, port) do update set last_seen_at = now(), product = 'p'`);
  }),
  policy: of('device_group', async (tx, world, at) => {
    const id = systemNewId();
    const made =
      await tx.run(sql`insert into policy (id, tenant_id, organization_id, group_id, scope, name, fields, locks, created_at, changed_at, changed_by)
      values (${id}, ${world.tenantId}, ${at.organizationId}, ${at.id}, ${at.scope}::ltree, 'p', '{"f":{"g":[1]}}', '{f}', now(), now(), 'ada')
      on conflict do nothing`);
    if (made > 0) note(world, 'policy', { ...at, id });
  }),
  'policy of a device': of('device', async (tx, world, at) => {
    await tx.run(sql`insert into policy (id, tenant_id, organization_id, device_id, scope, name, fields, created_at, changed_at, changed_by)
      values (${systemNewId()}, ${world.tenantId}, ${at.organizationId}, ${at.id}, ${at.scope}::ltree, 'p', '{}', now(), now(), 'ada')
      on conflict do nothing`);
  }),
  'policy changed': of('policy', async (tx, _world, at) => {
    await tx.run(
      sql`update policy set fields = fields || '{"h":true}', version = version + 1, changed_at = now() where id = ${at.id}`,
    );
    await tx.run(sql`insert into policy_version (policy_id, version, tenant_id, scope, name, fields, locks, changed_at, changed_by)
      select id, version, tenant_id, scope, name, fields, locks, changed_at, changed_by from policy where id = ${at.id}`);
  }),
  'rule switch': of('device', async (tx, world, at) => {
    await tx.run(sql`insert into rule_switch (id, tenant_id, organization_id, device_id, scope, rule_id, setting, reason, changed_at, changed_by)
      values (${systemNewId()}, ${world.tenantId}, ${at.organizationId}, ${at.id}, ${at.scope}::ltree, ${next(world)}, 'off', 'r', now(), 'ada')`);
  }),
  'rule exception': of('organization', async (tx, world, at) => {
    await tx.run(sql`insert into rule_exception (id, tenant_id, organization_id, scope, selection, reason, is_ended, created_at, created_by)
      values (${systemNewId()}, ${world.tenantId}, ${at.id}, ${at.scope}::ltree, '{"path":"/a"}', 'r', true, now(), 'ada')`);
  }),
  'rule set': async (tx, world) => {
    const id = systemNewId();
    await tx.run(sql`insert into rule_set (id, tenant_id, scope, name, format, licence, rules, size_bytes, digest, created_at, changed_at, changed_by)
      values (${id}, ${world.tenantId}, ${world.scope}::ltree, ${next(world)}, 'sigma', 'MIT', 1, 2, ${CONTENT_DIGEST}, now(), now(), 'ada')`);
    await tx.run(sql`insert into rule_imported (id, rule_set_id, tenant_id, scope, rule_id, title, description, remedy, engine, severity, confidence, techniques, status)
      values (${systemNewId()}, ${id}, ${world.tenantId}, ${world.scope}::ltree, 'r', 't', 'd', 'm', 'sigma', 2, 50, '{T1}', 'stable')`);
  },
  incident: of('device', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'incident', place);
    await tx.run(sql`insert into incident (id, tenant_id, organization_id, scope, kind, dedupe_key, title, severity, state, opened_at)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, 'threat', ${next(world)}, 't', 3, 'open', now())`);
    await tx.run(sql`insert into incident_device (incident_id, device_id, tenant_id, scope)
      values (${place.id}, ${at.id}, ${world.tenantId}, ${at.scope}::ltree)`);
  }),
  'incident closed': of('incident', async (tx, _world, at) => {
    await tx.run(
      sql`update incident set state = 'closed', closed_at = now(), closed_by = 'ada', timeline = timeline || '[{"x":1}]' where id = ${at.id}`,
    );
  }),
  finding: of('device', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'finding', place);
    const incident = anyOf(world, 'incident');
    await tx.run(sql`insert into finding (id, tenant_id, organization_id, scope, rule, dedupe_key, title, severity, state, device_id, subject,
        evidence, remedy, first_seen_at, last_seen_at, incident_id, techniques)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, 'r', ${next(world)}, 't', 2, 'open', ${at.id}, 's',
        '[]', 'm', now(), now(), (select id from incident where id = ${incident?.id ?? null}), '{T1,T2}')`);
    await tx.run(sql`insert into finding_detection (finding_id, tenant_id, device_id, scope, content)
      values (${place.id}, ${world.tenantId}, ${at.id}, ${at.scope}::ltree, '{"deep":{"x":"\\u0041"}}')`);
    await tx.run(sql`insert into finding_observable (finding_id, kind, value, tenant_id, device_id, seen_at)
      values (${place.id}, 'path', '/bin/x', ${world.tenantId}, ${at.id}, now()), (${place.id}, 'sha256', 'aa', ${world.tenantId}, ${at.id}, now())`);
  }),
  'finding seen again': of('finding', async (tx, _world, at) => {
    await tx.run(
      sql`update finding set count = count + 1, last_seen_at = now(), state = 'resolved', resolved_at = now() where id = ${at.id}`,
    );
  }),
  quarantine: of('device', async (tx, world, at) => {
    await tx.run(sql`insert into quarantine_entry (id, tenant_id, organization_id, scope, device_id, state, path, size_bytes, sha256, mode, uid, gid, sealed_at, changed_at)
      values (${systemNewId()}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, ${at.id}, 'sealed', '/x', 9007199254740991, 'aa', 420, 0, 0, now(), now())`);
  }),
  job: of('device', async (tx, world, at) => {
    const place = placeIn(at);
    note(world, 'job', place);
    await tx.run(sql`insert into job (id, tenant_id, organization_id, scope, device_id, kind, arguments, state, created_at, created_by, expires_at)
      values (${place.id}, ${world.tenantId}, ${at.organizationId}, ${at.scope}::ltree, ${at.id}, 'scan', '{}', 'queued', now(), 'ada', now())`);
  }),
  'job ended': of('job', async (tx, _world, at) => {
    await tx.run(
      sql`update job set state = 'succeeded', finished_at = now(), summary = '{"n":1}', is_cancel_requested = true where id = ${at.id}`,
    );
  }),
  'organization removed': async (tx, world) => {
    const at = world.random() < 0.3 ? anyOf(world, 'organization') : undefined;
    if (!at || (world.things['organization'] ?? []).length < 3) return;
    // Groups of groups are not removed with their organization.
    await tx.run(sql`update device_group set parent_id = null where organization_id = ${at.id}`);
    await tx.run(sql`delete from organization where id = ${at.id}`);
    for (const table of Object.keys(world.things)) {
      world.things[table] = (world.things[table] ?? []).filter(
        ({ organizationId }) => organizationId !== at.id,
      );
    }
  },
};

/** A part of the content that both sides have. */
export const CONTENT_DIGEST = 'd'.repeat(64);

/** Mulberry32: the same numbers for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
