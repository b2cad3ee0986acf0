import * as z from 'zod';
import type { Anomalies } from './anomaly.ts';
import type { Machine } from './machine.ts';

/** Raised when an engine cannot read states of older ones any more: they begin anew. */
const SNAPSHOT_FORMAT = 1;
/** Largest state that is read: more than bounded machines write. */
const SNAPSHOT_LENGTH_MAX = 64 * 1_024 * 1_024;

const Snapshot = z.strictObject({
  format: z.literal(SNAPSHOT_FORMAT),
  anomalies: z.unknown(),
  machines: z.record(z.string(), z.unknown()),
});

/** What outlives a restart. */
export interface SnapshotParts {
  readonly machines: readonly Machine[];
  readonly anomalies: Anomalies;
}

/** The state of all parts as JSON text. */
export function snapshotOf(parts: SnapshotParts): string {
  return JSON.stringify({
    format: SNAPSHOT_FORMAT,
    anomalies: parts.anomalies.snapshot(),
    machines: Object.fromEntries(
      parts.machines.map((machine) => [machine.rule.id, machine.snapshot()]),
    ),
  });
}

/** Gives parts their state back. A state that does not fit is left aside: its part begins anew. */
export function restoreSnapshot(parts: SnapshotParts, text: string): void {
  if (text.length > SNAPSHOT_LENGTH_MAX) return;
  const parsed = Snapshot.safeParse(jsonOf(text));
  if (!parsed.success) return;
  parts.anomalies.restore(parsed.data.anomalies);
  for (const machine of parts.machines) machine.restore(parsed.data.machines[machine.rule.id]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
