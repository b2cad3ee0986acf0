import { assert } from '@wardgrid/base';
import type { WatchLimits } from './watch.ts';

/** Where the guardian finds the memory that it shares with the agent: after the three standard ones. */
export const HEARTBEAT_FD = 3;

/** What a guardian is started with. */
export interface GuardianOrder {
  readonly agentPid: number;
  /** Where it leaves word. */
  readonly folder: string;
  readonly limits: WatchLimits;
}

/** The order as words of a command line. */
export function wordsOf({ agentPid, limits, folder }: GuardianOrder): string[] {
  return [String(agentPid), String(limits.lookMs), String(limits.stallMs), folder];
}

/** Reads them back, without a schema: the guardian is to be small. @throws AssertionError */
export function parseOrder([pid, lookMs, stallMs, folder = '']: readonly string[]): GuardianOrder {
  const order = {
    agentPid: Number(pid),
    folder,
    limits: { lookMs: Number(lookMs), stallMs: Number(stallMs) },
  };
  const numbers = [order.agentPid, order.limits.lookMs, order.limits.stallMs];
  assert(
    folder !== '' && numbers.every((number) => Number.isSafeInteger(number) && number > 0),
    'a guardian is started by an agent',
  );
  return order;
}
