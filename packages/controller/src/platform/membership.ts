import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import * as z from 'zod';
import { codeOf, WardgridError } from '@wardgrid/base';
import { ControllerRole, Id, PublicKey, ScopePath, SignedEnvelope, Upstream } from '@wardgrid/wire';
import type { Database } from './database.ts';

/** A data folder or a database that belongs to another controller than the one that is started. */
export class RoleError extends WardgridError<'role-mismatch'> {}

/** A joined controller's place in the chain; the cloud has none. */
export const Membership = z.strictObject({
  tenantId: Id,
  /** What the platform's key signed names it; base64url. */
  tenantKey: PublicKey,
  platformKey: PublicKey,
  parentId: Id,
  layer: z.int().min(1),
  scope: ScopePath,
  name: z.string(),
  certificate: SignedEnvelope,
  licence: SignedEnvelope,
  /** From the parent to the cloud. */
  upstreams: z.array(Upstream),
  /** Which tree it knows: grows whenever what it sees changes. */
  scopeVersion: z.int().min(0),
});
export type Membership = z.infer<typeof Membership>;

/** What a controller is, for good: kept in its database and, beside it, in its data folder. */
export interface Place {
  readonly role: ControllerRole;
  /** Null at the cloud, and before a controller has joined. */
  readonly membership: () => Membership | null;
  readonly save: (membership: Membership) => Promise<void>;
  /** Whom it asks to be let in, once its key is known: nobody else may do it from then on. */
  readonly askedKey: () => string | null;
  readonly keepAskedKey: (publicKey: string) => Promise<void>;
}

/** The place of the cloud: nobody is above. */
export const CLOUD_PLACE: Place = {
  role: 'cloud',
  membership: () => null,
  save: () => Promise.reject(new RoleError('role-mismatch', 'the cloud joins nobody')),
  askedKey: () => null,
  keepAskedKey: () => Promise.reject(new RoleError('role-mismatch', 'the cloud asks nobody')),
};

/** The file of a data folder that says whose it is. */
const FILE = 'controller.json';
const Owner = z.object({ role: ControllerRole, controllerId: Id.nullable() });

/** The role that a data folder was made for; undefined of a new one. @throws RoleError on an unreadable file. */
async function roleOfFolder(data: string): Promise<ControllerRole | undefined> {
  return (await readOwner(data))?.role;
}

async function readOwner(data: string): Promise<z.infer<typeof Owner> | undefined> {
  const path = join(data, FILE);
  try {
    return Owner.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new RoleError('role-mismatch', `'${path}' cannot be read`, { cause: error });
  }
}

/** The role asked for, or the folder's, or the cloud. @throws RoleError when the folder has another. */
export async function settleRole(
  data: string,
  asked: ControllerRole | null,
): Promise<ControllerRole> {
  const kept = await roleOfFolder(data);
  if (kept === undefined) return asked ?? 'cloud';
  if (asked === null || asked === kept) return kept;
  throw new RoleError(
    'role-mismatch',
    `the data folder '${data}' belongs to a ${kept} controller: start it with --role ${kept}, or give another --data`,
  );
}

/**
 * Opens the controller's place, and marks database and data folder as its own. A database that was
 * there before roles were is the cloud's. @throws RoleError when either belongs to another.
 */
export async function openPlace(
  database: Database,
  given: { readonly role: ControllerRole; readonly data: string; readonly controllerId: string },
): Promise<Place> {
  const { role, data, controllerId } = given;
  const kept = await keepRole(database, role);
  if (kept !== role) {
    throw new RoleError(
      'role-mismatch',
      `the database belongs to a ${kept} controller: start it with --role ${kept}, or give another --database`,
    );
  }
  const owner = await readOwner(data);
  if (owner && owner.controllerId !== null && owner.controllerId !== controllerId) {
    throw new RoleError(
      'role-mismatch',
      `the data folder '${data}' belongs to controller ${owner.controllerId}, the database to ${controllerId}`,
    );
  }
  if (!owner) await writeFile(join(data, FILE), `${JSON.stringify({ role, controllerId })}\n`);
  if (role === 'cloud') return CLOUD_PLACE;
  let membership = await readSetting(database, 'membership', Membership);
  let askedKey = await readSetting(database, 'asked-key', PublicKey);
  return {
    role,
    membership: () => membership,
    async save(next) {
      await writeSetting(database, 'membership', next);
      membership = next;
    },
    askedKey: () => askedKey,
    async keepAskedKey(publicKey) {
      await writeSetting(database, 'asked-key', publicKey);
      askedKey = publicKey;
    },
  };
}

async function keepRole(database: Database, role: ControllerRole): Promise<string> {
  const row = await database.transact({ kind: 'auth' }, async (tx) => {
    await tx.run(sql`insert into platform_setting (name, value)
      select 'role', case when exists (select from account) then '"cloud"'::jsonb
        else ${JSON.stringify(role)}::jsonb end
      on conflict do nothing`);
    return tx.row(
      sql<{
        role: string;
      }>`select value #>> '{}' as role from platform_setting where name = 'role'`,
    );
  });
  return row?.role ?? role;
}

async function readSetting<T>(
  database: Database,
  name: string,
  schema: z.ZodType<T>,
): Promise<T | null> {
  const row = await database.transact({ kind: 'auth' }, (tx) =>
    tx.row(sql<{ value: unknown }>`select value from platform_setting where name = ${name}`),
  );
  return row ? schema.parse(row.value) : null;
}

async function writeSetting(database: Database, name: string, value: unknown): Promise<void> {
  await database.transact({ kind: 'auth' }, (tx) =>
    tx.run(sql`insert into platform_setting (name, value)
      values (${name}, ${JSON.stringify(value)}::jsonb)
      on conflict (name) do update set value = excluded.value, changed_at = now()`),
  );
}
