import type { Clock } from '@wardgrid/base';
import { ProblemError } from '@wardgrid/wire';
import { createHistogram, type Quantiles } from '../histogram.ts';

/** What a stage of a simulation measured. Latencies are milliseconds from the moment that was planned. */
export interface StageReport {
  readonly done: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly latencyMs: Quantiles;
  /** How late the generator itself was at worst: above some milliseconds the figures are its own. */
  readonly maxLagMs: number;
  /** Failures by problem code, or by the system's error code. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Collects what a stage measures. */
export interface StageMeter {
  readonly started: (plannedMs: number) => void;
  readonly succeeded: (plannedMs: number) => void;
  readonly failed: (error: unknown) => void;
  readonly report: () => StageReport;
}

/** A meter that begins now. */
export function createStageMeter(clock: Clock): StageMeter {
  const latency = createHistogram();
  const errors = new Map<string, number>();
  const startMs = clock.monotonic();
  let lastMs = startMs;
  let maxLagMs = 0;
  return {
    started: (plannedMs) => void (maxLagMs = Math.max(maxLagMs, clock.monotonic() - plannedMs)),
    succeeded(plannedMs) {
      lastMs = clock.monotonic();
      latency.add(lastMs - plannedMs);
    },
    failed(error) {
      const name = errorName(error);
      errors.set(name, (errors.get(name) ?? 0) + 1);
    },
    report() {
      const latencyMs = latency.quantiles();
      const seconds = Math.max(0.001, (lastMs - startMs) / 1_000);
      return {
        done: latencyMs.count,
        seconds: Math.round(seconds * 1_000) / 1_000,
        perSecond: Math.round((latencyMs.count / seconds) * 10) / 10,
        latencyMs,
        maxLagMs: Math.round(maxLagMs * 1_000) / 1_000,
        errors: Object.fromEntries(errors),
      };
    },
  };
}

function errorName(error: unknown): string {
  if (error instanceof ProblemError) return error.code;
  if (typeof error === 'object' && error !== null && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown';
}
