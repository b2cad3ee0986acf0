import type { ProtectionHealth } from '@wardgrid/wire';
import { judgeProtection, type ProtectionReport } from '../devices/index.ts';
import type { ExchangeItem } from './exchange-item.ts';
import { numberOf } from './facts.ts';

/** Tells which devices say something about their protection that is worth a write. */
export interface ProtectionFilter {
  readonly changedOf: (items: readonly ExchangeItem[], nowMs: number) => ProtectionReport[];
  /** To be told after the commit. */
  readonly remember: (reports: readonly ProtectionReport[], nowMs: number) => void;
}

/** Devices that are remembered, about a hundred bytes each; the others cost one statement. */
const DEVICES_MAX = 200_000;
/** Counters alone are written this often: they move with every heartbeat. */
const COUNTERS_EVERY_MS = 5 * 60_000;

export function createProtectionFilter(): ProtectionFilter {
  const known = new Map<string, { readonly number: number; readonly atMs: number }>();
  return {
    changedOf: (items, nowMs) =>
      items.flatMap(({ claims: { deviceId }, request }) => {
        const health = request.heartbeat.protection;
        if (!health) return [];
        const last = known.get(deviceId);
        const isFresh = last !== undefined && nowMs - last.atMs < COUNTERS_EVERY_MS;
        if (isFresh && last.number === numberOf(textOf(health))) return [];
        return [{ deviceId, health, ...judgeProtection(health) }];
      }),
    remember(reports, nowMs) {
      for (const { deviceId, health } of reports) {
        if (known.size >= DEVICES_MAX) known.delete(known.keys().next().value ?? '');
        known.set(deviceId, { number: numberOf(textOf(health)), atMs: nowMs });
      }
    },
  };
}

/** What is told at once when it changes: everything but the counters. */
function textOf(health: ProtectionHealth): string {
  const parts = [...health.sensors, ...health.engines].map(
    ({ name, state, reason }) => `${name} ${state} ${reason ?? ''}`,
  );
  return [
    health.mode,
    health.policyVersion,
    health.contentDigest,
    health.quarantined,
    ...parts,
  ].join('\n');
}
