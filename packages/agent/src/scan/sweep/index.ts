/**
 * Many TCP connections: which ports of which hosts accept, refuse or stay silent. It owns the pace,
 * the timeouts and the sockets; it must not know what a service is or how a host was found.
 */
import type { Clock } from '@wardgrid/base';
import { readConnectionBudget, type ScanLimits } from '../limits.ts';
import { sweepNatively } from './native.ts';
import type { SweepCounts, SweepEvents, SweepPlan } from './plan.ts';
import { sweepPortably } from './portable.ts';

export type { SweepAnswer, SweepCounts, SweepEvents } from './plan.ts';

/** The ways of making connections: by system calls in a thread, or by `node:net`. */
export type SweepEngine = 'native' | 'portable';

/** What to sweep, and within which bounds. */
export interface SweepRequest {
  readonly mode: SweepPlan['mode'];
  readonly hosts: Uint32Array;
  readonly ports: Uint16Array;
  readonly limits: ScanLimits;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Without it the native engine where it works, else the portable one. */
  readonly engine?: SweepEngine;
}

/** Sweeps until all is tried or the signal fires. @throws ScanError `scan-engine-failed`. */
export async function sweep(request: SweepRequest, events: SweepEvents): Promise<SweepCounts> {
  const { mode, hosts, ports, limits } = request;
  const plan: SweepPlan = {
    mode,
    hosts,
    ports,
    connectionsMax: Math.min(
      readConnectionBudget(limits.connectionsMax),
      Math.max(1, hosts.length * ports.length),
    ),
    packetsPerSecond: limits.packetsPerSecond,
  };
  if (request.engine !== 'portable' && process.platform === 'linux') {
    const end = await sweepNatively(plan, request, events);
    if (end.kind === 'done') return end.counts;
  }
  return sweepPortably(plan, request, events);
}
