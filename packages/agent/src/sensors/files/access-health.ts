import type { ProtectionPolicy, SensorHealth } from '@wardgrid/wire';
import { boundedText, visibleText } from '@wardgrid/base';
import { latencyQuantileUs } from './latency.ts';
import { levelOf } from './levels.ts';
import { CELLS } from './shared-state.ts';

/** What the health of the sensor is told from. */
export interface AccessFacts {
  readonly cells: Int32Array;
  readonly policy: ProtectionPolicy;
  readonly offReason: string | null;
  readonly trouble: string | null;
  readonly blindMs: number;
  /** Filesystems that could not be watched, with the kernel's reason. */
  readonly refused: ReadonlyMap<string, string>;
}

const REASON_MAX = 300;
const BLIND_SPOT_MAX = 200;
const BLIND_SPOTS_MAX = 8;

/** How the sensor is, from the counters of its threads. */
export function accessHealth(facts: AccessFacts): SensorHealth {
  const { cells, offReason, trouble } = facts;
  const count = (cell: number): number => Atomics.load(cells, cell) >>> 0;
  const overflows = count(CELLS.overflows);
  const dropped = count(CELLS.lost) + count(CELLS.blind) + overflows;
  const isDegraded = trouble !== null || overflows > 0 || facts.refused.size > 0;
  const reason = offReason ?? trouble ?? reasonOfLosses(overflows, facts.refused.size);
  return {
    name: 'file-access',
    state: offReason === null ? (isDegraded ? 'degraded' : 'on') : 'off',
    source: 'fanotify',
    reason: reason === null ? null : boundedText(reason, REASON_MAX),
    events: count(CELLS.events),
    dropped,
    p50Us: latencyQuantileUs(cells, 0.5),
    p99Us: latencyQuantileUs(cells, 0.99),
    blindMs: Math.round(facts.blindMs),
    blindSpots: blindSpotsOf(facts),
  };
}

function reasonOfLosses(overflows: number, refusedCount: number): string | null {
  if (overflows > 0) return 'the queue of the kernel overflowed';
  return refusedCount > 0 ? `${refusedCount} filesystems cannot be watched` : null;
}

function blindSpotsOf({ policy, refused }: AccessFacts): string[] {
  const spots = ['programs that run from memory alone (memfd)'];
  const level = levelOf(policy);
  if (level === 'balanced') spots.push('files that are read, until they are run or written');
  if (level === 'detect') spots.push('nothing is held: what is found has already run');
  for (const [mountPoint, reason] of refused) {
    spots.push(`files on ${visibleText(mountPoint)}: ${reason}`);
  }
  return spots.slice(0, BLIND_SPOTS_MAX).map((spot) => boundedText(spot, BLIND_SPOT_MAX));
}
