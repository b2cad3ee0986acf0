import type { Clock, Random } from '@wardgrid/base';
import { jitteredMs, waitAfterMs } from '../link/index.ts';
import type { SimulatedDevice } from './device.ts';
import type { StageMeter } from './stage.ts';

/** As the agent: records that come together travel together. */
const URGENT_MS = 200;
/** The generator looks at what is due this often when it is told a rate. */
const TICK_MS = 1;

/** When devices have their turns. */
export interface Turns {
  /** A device has something to say before its next turn. */
  readonly hurry: (device: SimulatedDevice) => void;
  /** Lets every device exchange until `endMs`; then waits for what is under way. */
  readonly run: (endMs: number, ratePerSecond: number | null) => Promise<void>;
}

interface Turn {
  readonly device: SimulatedDevice;
  cancel: (() => void) | undefined;
  dueMs: number;
  isUnderWay: boolean;
  isHurried: boolean;
  failures: number;
}

/** What taking turns needs. */
export interface TurnOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly devices: readonly SimulatedDevice[];
  readonly meter: StageMeter;
}

/**
 * Turns on an open-loop schedule: when a turn is due does not depend on how long others take, and
 * latency counts from then, so that a slow controller cannot hide behind its own slowness. Without a
 * rate each device keeps the interval that the controller asks for, as agents do.
 */
export function createTurns(options: TurnOptions): Turns {
  const { clock, random, meter, signal } = options;
  const turns = new Map(options.devices.map((device) => [device, newTurn(device)]));
  const underWay = new Set<Promise<void>>();
  let endMs = 0;
  let isPaced = false;

  function plan(turn: Turn, delayMs: number): void {
    turn.cancel?.();
    turn.dueMs = clock.monotonic() + delayMs;
    if (turn.dueMs >= endMs || signal.aborted) return;
    turn.cancel = clock.after(delayMs, () => take(turn, turn.dueMs));
  }

  function take(turn: Turn, plannedMs: number): void {
    turn.cancel?.();
    turn.cancel = undefined;
    turn.isUnderWay = true;
    const work = exchange(turn, plannedMs).finally(() => underWay.delete(work));
    underWay.add(work);
  }

  async function exchange(turn: Turn, plannedMs: number): Promise<void> {
    meter.started(plannedMs);
    const nextMs = await nextTurnMs(options, turn, { plannedMs, isPaced });
    turn.isUnderWay = false;
    const dueInMs = turn.isHurried ? Math.min(URGENT_MS, nextMs) : nextMs;
    turn.isHurried = false;
    if (dueInMs < Infinity) plan(turn, dueInMs);
  }

  return {
    hurry(device) {
      const turn = turns.get(device);
      if (!turn) return;
      if (turn.isUnderWay) turn.isHurried = true;
      else if (!turn.cancel || turn.dueMs > clock.monotonic() + URGENT_MS) plan(turn, URGENT_MS);
    },
    async run(until, ratePerSecond) {
      endMs = until;
      isPaced = ratePerSecond !== null;
      if (ratePerSecond === null) {
        for (const turn of turns.values()) {
          plan(turn, random.fraction() * turn.device.intervalMs());
        }
        await clock.sleep(Math.max(0, endMs - clock.monotonic()), signal).catch(() => undefined);
      } else {
        await paceTurns(options, [...turns.values()], { endMs, ratePerSecond, take });
      }
      for (const turn of turns.values()) turn.cancel?.();
      await Promise.all(underWay);
    },
  };
}

/** Exchanges, and says when the device's next turn is; `Infinity` where the pace decides. */
async function nextTurnMs(
  { meter, random, signal }: TurnOptions,
  turn: Turn,
  given: { readonly plannedMs: number; readonly isPaced: boolean },
): Promise<number> {
  try {
    const outcome = await turn.device.exchange();
    meter.succeeded(given.plannedMs);
    turn.failures = 0;
    if (outcome.hasMore) return 0;
    return given.isPaced ? Infinity : jitteredMs(outcome.nextExchangeMs, random);
  } catch (error) {
    if (!signal.aborted) meter.failed(error);
    turn.failures += 1;
    return waitAfterMs(error, turn.failures - 1, random);
  }
}

/** Gives turns round the ring at a fixed rate until the end. */
async function paceTurns(
  { clock, signal }: TurnOptions,
  ring: readonly Turn[],
  given: {
    readonly endMs: number;
    readonly ratePerSecond: number;
    readonly take: (turn: Turn, plannedMs: number) => void;
  },
): Promise<void> {
  const startMs = clock.monotonic();
  const turnMs = 1_000 / given.ratePerSecond;
  let sent = 0;
  let place = 0;
  while (clock.monotonic() < given.endMs && !signal.aborted) {
    const due = Math.floor((clock.monotonic() - startMs) / turnMs);
    for (let turn = nextFree(ring, place); turn && sent < due; turn = nextFree(ring, place)) {
      place = (turn.device.index + 1) % ring.length;
      given.take(turn, startMs + sent * turnMs);
      sent += 1;
    }
    await clock.sleep(TICK_MS, signal).catch(() => undefined);
  }
}

function newTurn(device: SimulatedDevice): Turn {
  return {
    device,
    cancel: undefined,
    dueMs: Infinity,
    isUnderWay: false,
    isHurried: false,
    failures: 0,
  };
}

/** The next device in the ring that is not talking; undefined when all are. */
function nextFree(ring: readonly Turn[], place: number): Turn | undefined {
  for (let step = 0; step < ring.length; step += 1) {
    const turn = ring[(place + step) % ring.length];
    if (turn && !turn.isUnderWay) return turn;
  }
  return undefined;
}
