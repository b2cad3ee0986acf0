import { createHash } from 'node:crypto';
import { isWithin, nodeOf } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';
import {
  contentRepository,
  type MissingPart,
  type PartStretch,
  type VisibleSet,
} from './content-repository.ts';
import type { SyncDeps } from './deps.ts';
import { rowRepository } from './store/row-repository.ts';

/** Asks the controller above for a stretch of a part; null when it has none, or nobody is above. */
export type FetchContent = (
  tenantId: string,
  digest: string,
  offset: number,
) => Promise<PartStretch | null>;

/** Bytes of one answer: as text they still fit into one. */
export const STRETCH_BYTES = 512 * 1_024;
/** Largest part that is taken in. */
const PART_BYTES_MAX = 64 * 1_024 * 1_024;
/** Parts that are fetched in one go: as many as a tenant has rule sets. */
const PARTS_MAX = 12;

/** What the kinds of rule sets are called as content. */
const KIND_OF: Readonly<Record<string, string>> = {
  sigma: 'rules',
  yara: 'yara',
  hashes: 'hashes',
};

/**
 * Fetches the content that rule sets of other controllers wait for, from the controller above, and has
 * those rule sets tried again. What is not what its digest says is thrown away. How many came.
 */
export async function fetchMissing(
  { database }: Pick<Platform, 'database'>,
  fetchContent: FetchContent,
  retry: (tx: Transaction, tenantId: string) => Promise<void>,
): Promise<number> {
  const missing = await database.transact({ kind: 'sync' }, (tx) =>
    contentRepository(tx).missing(PARTS_MAX),
  );
  let count = 0;
  for (const part of missing) {
    const bytes = await fetchPart(fetchContent, part);
    const kind = KIND_OF[part.format];
    if (!bytes || kind === undefined) continue;
    await database.transact({ kind: 'sync' }, async (tx) => {
      await contentRepository(tx).keep({ digest: part.digest, kind, bytes });
      await retry(tx, part.tenantId);
    });
    count += 1;
  }
  return count;
}

/** The whole of a part, if it is what it should be. */
async function fetchPart(
  fetchContent: FetchContent,
  { tenantId, digest }: MissingPart,
): Promise<Buffer | null> {
  const stretches: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const stretch = await fetchContent(tenantId, digest, offset);
    if (!stretch || stretch.sizeBytes > PART_BYTES_MAX || stretch.data.length === 0) return null;
    stretches.push(stretch.data);
    offset += stretch.data.length;
    if (offset > PART_BYTES_MAX) return null;
    if (offset >= stretch.sizeBytes) break;
  }
  const bytes = Buffer.concat(stretches);
  return createHash('sha256').update(bytes).digest('hex') === digest ? bytes : null;
}

/** The controller that asks, by its certificate and signature. */
export interface ContentCaller {
  readonly nodeId: string;
  readonly tenantId: string;
  readonly scope: string;
}

/** A stretch of a part, for a controller that sees a rule set made of it; of others nobody is told. */
export function contentFor(
  { database }: Pick<Platform, 'database'>,
  topologyOf: SyncDeps['topologyOf'],
  given: {
    readonly caller: ContentCaller;
    readonly digest: string;
    readonly offset: number;
  },
): Promise<PartStretch | undefined> {
  const { caller, digest, offset } = given;
  return database.transact({ kind: 'sync' }, async (tx) => {
    const content = contentRepository(tx);
    const sets = await content.setsOf({ ...caller, digest });
    if (!(await isGiven(tx, { sets, digest, caller, topologyOf }))) return undefined;
    return content.stretch(digest, { offset, length: STRETCH_BYTES });
  });
}

/**
 * Whether one of these rule sets got its content from elsewhere than the caller and those below it: who
 * knows a digest could else make a rule set of it, and ask for what it never had.
 */
async function isGiven(
  tx: Transaction,
  given: {
    readonly sets: readonly VisibleSet[];
    readonly digest: string;
    readonly caller: ContentCaller;
    readonly topologyOf: SyncDeps['topologyOf'];
  },
): Promise<boolean> {
  const { sets, digest, caller } = given;
  if (sets.some(({ isOwnWord }) => isOwnWord)) return true;
  const { tenantId, nodeId } = caller;
  const rows = await rowRepository(tx, tenantId).byIds(sets.map(({ id }) => id));
  const topology = await given.topologyOf(tx, tenantId);
  return rows.some(({ fields }) => {
    const said = fields['digest'];
    return said?.value === digest && !isWithin(topology, nodeOf(said.stream), nodeId);
  });
}
