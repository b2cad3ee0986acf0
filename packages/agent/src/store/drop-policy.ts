import { RecordBody } from '@wardgrid/wire';

/** How much may wait on a device that cannot reach its controller. */
export interface OutboxLimits {
  readonly recordsMax: number;
  readonly sizeBytesMax: number;
}

/** A few large scans and all inventories; 64 MiB is what a small device can spare. */
export const OUTBOX_LIMITS: OutboxLimits = {
  recordsMax: 20_000,
  sizeBytesMax: 64 * 1_024 * 1_024,
};

/**
 * What goes first when there is no room: events stay in the device's own store, the inventory can be
 * collected again, the hosts of a scan can be scanned again, but how a job ended is said once and
 * nowhere else.
 */
const RANKS: Readonly<Record<RecordBody['kind'], number>> = {
  events: 0,
  inventory: 0,
  'order-refused': 1,
  'job-hosts': 2,
  'job-ports': 2,
  'job-started': 3,
  finding: 3,
  'sealed-file': 3,
  'job-finished': 4,
};

/** How much a record is worth keeping; the lowest goes first, the oldest of them before the others. */
export function rankOf(kind: RecordBody['kind']): number {
  return RANKS[kind];
}

/** Whether another record of this size no longer fits. */
export function isOver(
  limits: OutboxLimits,
  state: { readonly records: number; readonly sizeBytes: number },
): boolean {
  return state.records > limits.recordsMax || state.sizeBytes > limits.sizeBytesMax;
}

/**
 * Whether the wire carries a record. One that it does not would be refused with every exchange, and
 * all records behind it with it: it is dropped and counted instead.
 */
export function isFit(body: RecordBody): boolean {
  return RecordBody.safeParse(body).success;
}
