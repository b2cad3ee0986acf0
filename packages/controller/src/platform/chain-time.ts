import { sql } from 'kysely';
import * as z from 'zod';
import type { Clock } from '@wardgrid/base';
import type { Database } from './database.ts';

/** Puts the machine's clock right by the cloud's where it is far off: a site's may be wrong by years. */
export interface ChainTime {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How far the machine's clock is known to be ahead; 0 while it is right as far as is known. */
  readonly offsetMs: () => number;
  /**
   * Takes over how far the machine's clock was ahead. What is within the tolerance counts for nothing:
   * it is the network's as likely as the clock's.
   */
  readonly correct: (offsetMs: number) => void;
  /** Takes up what was known before a restart. */
  readonly recall: (known: Correction | null) => void;
  /** To be kept over a restart; null while the clock is right. */
  readonly known: () => Correction | null;
}

/** How far a clock may be off before it is put right. */
const TOLERANCE_MS = 60_000;

/** What is known of a clock that is wrong. */
export const Correction = z.object({
  offsetMs: z.int(),
  /** The latest moment that was true; epoch milliseconds. */
  latestMs: z.int(),
});
export type Correction = z.infer<typeof Correction>;

export function createChainTime(clock: Pick<Clock, 'now'>): ChainTime {
  let known: Correction | null = null;

  function now(): number {
    const wallMs = clock.now();
    if (known === null) return wallMs;
    const nowMs = trueTimeOf(wallMs, known);
    known = { ...known, latestMs: Math.max(known.latestMs, nowMs) };
    return nowMs;
  }

  return {
    now,
    offsetMs: () => clock.now() - now(),
    correct(offsetMs) {
      // Moments are whole numbers; an offset is the mean of two.
      const whole = Math.round(offsetMs);
      const isOff = Math.abs(whole) > TOLERANCE_MS;
      known = isOff ? { offsetMs: whole, latestMs: clock.now() - whole } : null;
    },
    recall(before) {
      known = before;
    },
    known: () => known,
  };
}

/** The machine's clock, put right. What is waited for is not touched: it is measured without a calendar. */
export function correctedClock(clock: Clock, chainTime: ChainTime): Clock {
  return { ...clock, now: chainTime.now };
}

/**
 * What a clock that was wrong shows now. Somebody may have set it right meanwhile, which nobody tells:
 * of the two readings the one holds that does not lie before what was true already, and is nearer to it.
 */
export function trueTimeOf(wallMs: number, { offsetMs, latestMs }: Correction): number {
  const corrected = wallMs - offsetMs;
  const earliest = latestMs - TOLERANCE_MS;
  if (wallMs < earliest || corrected < earliest) return Math.max(wallMs, corrected);
  return Math.min(wallMs, corrected);
}

const NAME = 'chain-time';

/** What was known of the clock when it was kept last. */
export async function readCorrection(database: Database): Promise<Correction | null> {
  const row = await database.transact({ kind: 'auth' }, (tx) =>
    tx.row(sql<{ value: unknown }>`select value from platform_setting where name = ${NAME}`),
  );
  return row ? Correction.nullable().parse(row.value) : null;
}

export async function keepCorrection(database: Database, known: Correction | null): Promise<void> {
  await database.transact({ kind: 'auth' }, (tx) =>
    tx.run(sql`insert into platform_setting (name, value)
      values (${NAME}, ${JSON.stringify(known)}::jsonb)
      on conflict (name) do update set value = excluded.value, changed_at = now()`),
  );
}
