import { messageOf } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import { hold, type Parts } from './parts.ts';
import { seal, sealSome } from './sealer.ts';
import { rowRepository } from './store/row-repository.ts';
import { tenantRepository } from './store/tenant-repository.ts';
import type { Declarations } from './types/index.ts';

/** Rows that are written in one transaction. */
const BATCH_MAX = 500;

/** Upgrades every tenant; one that fails is tried again with the next start. */
export async function upgradeAll(parts: Parts): Promise<void> {
  const { database, log } = parts.platform;
  const tenants = await database.transact({ kind: 'sync' }, (tx) => tenantRepository(tx).ids());
  for (const tenantId of tenants) {
    await upgrade(parts, tenantId).catch((error: unknown) =>
      log.error('a tenant was not upgraded', { tenantId, reason: messageOf(error) }),
    );
  }
}

/**
 * Rows of types, and fields of rows, that the release before did not know are kept as they came. When a
 * newer one starts they are written into its tables, with what is not decided yet on top, some at a
 * time; a crash goes on at the type where it was. The exchange goes on meanwhile: what a page changes of
 * such a row is written as ever, and this writes the rest of it.
 */
export async function upgrade(parts: Parts, tenantId: string): Promise<void> {
  const { database } = parts.platform;
  const { declarations } = parts.deps;
  const { before, isBegun } = await database.transact({ kind: 'sync' }, async (tx) => ({
    before: await tenantRepository(tx).declared(tenantId),
    isBegun: (await tenantRepository(tx).find(tenantId))?.baseline === null,
  }));
  // Rows that are being read for the first time are read by this release.
  if (!isBegun) return;
  const known = before ?? declarations;
  const changed = Object.keys(declarations).filter(
    (type) => known[type]?.digest !== declarations[type]?.digest,
  );
  for (const type of changed) await upgradeType(parts, { tenantId, type, before: known });
  await database.transact({ kind: 'sync' }, (tx) =>
    tenantRepository(tx).declare(tenantId, declarations),
  );
}

interface Upgrading {
  readonly tenantId: string;
  readonly type: string;
}

async function upgradeType(
  parts: Parts,
  given: Upgrading & { readonly before: Declarations },
): Promise<void> {
  const { database, log } = parts.platform;
  const { tenantId, type, before } = given;
  // What was changed here must not be painted over.
  await seal(parts, tenantId);
  let after = '';
  let count = 0;
  for (;;) {
    const ids = await database.transact({ kind: 'sync' }, (tx) =>
      upgradeSome(tx, parts, { ...given, after }),
    );
    count += ids.length;
    after = ids.at(-1) ?? after;
    if (ids.length < BATCH_MAX) break;
  }
  const { declarations } = parts.deps;
  const now = declarations[type];
  await database.transact({ kind: 'sync' }, async (tx) => {
    if (parts.deps.isCloud && count > 0 && now?.isInherited && !before[type]?.isInherited) {
      await parts.deps.widenSight(tx, tenantId);
    }
    const done = (await tenantRepository(tx).declared(tenantId)) ?? {};
    await tenantRepository(tx).declare(tenantId, { ...done, ...(now && { [type]: now }) });
  });
  log.info('rows were taken over by a newer release', { tenantId, type, count });
}

/** Of which rows it was. */
async function upgradeSome(
  tx: Transaction,
  parts: Parts,
  { tenantId, type, after }: Upgrading & { readonly after: string },
): Promise<readonly string[]> {
  const held = await hold(tx, parts, tenantId);
  const { state, stale } = await sealSome(tx, parts, held);
  if (state !== held.state) await tenantRepository(tx).save(state);
  const repository = rowRepository(tx, tenantId);
  const { ids, rows } = await repository.ofType(type, { after, limit: BATCH_MAX });
  await repository.reindex(rows, parts.deps.registry);
  const found = ids.map((id) => [id, { type, previous: undefined }] as const);
  await parts.announcer.tell(tx, { state, topology: held.topology }, new Map([...stale, ...found]));
  return ids;
}
