import type { DeviceEvent } from '@wardgrid/wire';
import type { Match } from './evaluate.ts';
import type { AnomalyKind, Rule } from './rule.ts';

/** What state machines are fed with: a rule matched an event, or something was seen for the first time. */
export type Signal =
  | { readonly kind: 'rule'; readonly rule: Rule; readonly event: DeviceEvent }
  | { readonly kind: 'anomaly'; readonly anomaly: AnomalyKind; readonly event: DeviceEvent };

/** A state machine that reached its end. */
export interface Firing {
  readonly rule: Rule;
  /** The event that completed it. */
  readonly event: DeviceEvent;
  /** What its group has in common, for people; null when that is a process tree. */
  readonly subject: string | null;
  readonly matches: readonly Match[];
}

/** A rule about several events: a pure reducer with bounded memory. */
export interface Machine {
  readonly rule: Rule;
  /** The topics it wants to hear of. */
  readonly wants: ReadonlySet<string>;
  /** Takes a signal; a firing when it completed the machine. */
  readonly accept: (signal: Signal) => Firing | undefined;
  /** Groups thrown out for want of room, events without what they are grouped by. */
  readonly counts: () => MachineCounts;
  readonly snapshot: () => unknown;
  /** Takes a snapshot back; one that does not fit is left aside. */
  readonly restore: (state: unknown) => void;
}

export interface MachineCounts {
  readonly groups: number;
  readonly evicted: number;
  readonly ungrouped: number;
}

/** What a machine may want to hear of. */
export const topics = {
  rule: (id: string) => `rule:${id}`,
  level: (severity: string) => `level:${severity}`,
  anomaly: (kind: AnomalyKind) => `anomaly:${kind}`,
};
