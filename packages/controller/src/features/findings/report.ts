import type { NewId } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { Observation } from './judge.ts';
import {
  dedupeKeyOf,
  findingStore,
  type ExaminedPort,
  type FindingChange,
  type FindingPlace,
} from './repository.ts';

/** What a scan saw, and what it looked at. */
export interface ScanReport extends FindingPlace {
  readonly observations: readonly Observation[];
  /** What was looked at: findings there that are not observed are resolved. */
  readonly examined: readonly ExaminedPort[];
  /** Machines that are gone: whatever was said of them is resolved. */
  readonly goneAssetIds: readonly string[];
  readonly at: number;
}

/** Findings in one statement: bounds its memory on both sides. */
const BATCH_ROWS = 5_000;

/** Takes in what a scan saw: the same finding is one row, however often it is seen. */
export async function takeReport(
  tx: Transaction,
  newId: NewId,
  scan: ScanReport,
): Promise<FindingChange[]> {
  const stored: FindingChange[] = [];
  for (let start = 0; start < scan.observations.length; start += BATCH_ROWS) {
    const batch = scan.observations.slice(start, start + BATCH_ROWS);
    stored.push(...(await storeBatch(tx, { scan, batch, newId })));
  }
  const resolvedIds = await unseenIds(tx, scan);
  if (resolvedIds.length > 0) await findingStore(tx).resolve(resolvedIds, scan.at);
  return stored.concat(resolvedIds.map((id) => ({ id, verb: 'changed' })));
}

async function storeBatch(
  tx: Transaction,
  given: {
    readonly scan: ScanReport;
    readonly batch: readonly Observation[];
    readonly newId: NewId;
  },
): Promise<FindingChange[]> {
  const { scan, batch, newId } = given;
  const findings = findingStore(tx);
  const keys = batch.map((observation) => dedupeKeyOf(observation));
  const resolved = await findings.resolvedOf(scan.tenantId, keys);
  const withIds = batch.map((observation) => ({ ...observation, id: newId() }));
  const rows = await findings.upsert(scan, withIds, scan.at);
  return rows.flatMap(({ id, isNew }) =>
    isNew || resolved.has(id) ? [{ id, verb: isNew ? 'created' : 'changed' } as const] : [],
  );
}

/** The open findings that were looked at and not seen, and those about machines that are gone. */
async function unseenIds(tx: Transaction, scan: ScanReport): Promise<string[]> {
  const seen = new Set(scan.observations.map((observation) => dedupeKeyOf(observation)));
  const examined = new Set(scan.examined.map((port) => placeOf(port)));
  const gone = new Set(scan.goneAssetIds);
  const assetIds = new Set([...scan.examined.map(({ assetId }) => assetId), ...gone]);
  if (assetIds.size === 0) return [];
  const open = await findingStore(tx).openOf(scan.tenantId, [...assetIds]);
  return open
    .filter(
      (finding) =>
        gone.has(finding.assetId) ||
        (examined.has(placeOf(finding)) && !seen.has(finding.dedupeKey)),
    )
    .map(({ id }) => id);
}

function placeOf({ assetId, port }: ExaminedPort): string {
  return `${assetId} ${port}`;
}
