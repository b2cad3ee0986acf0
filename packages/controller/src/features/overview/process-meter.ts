import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SystemHealth } from '@wardgrid/wire';

/** How this process is doing. */
export interface ProcessMeter {
  readonly read: () => Pick<SystemHealth, 'residentBytes' | 'eventLoopDelayMs'>;
  readonly close: () => void;
}

/** How often the event loop is asked whether it is late. */
const RESOLUTION_MS = 20;
const NANOSECONDS_IN_MS = 1_000_000;

/** Measures memory and how late the event loop runs: the 99th percentile since the last reading. */
export function createProcessMeter(): ProcessMeter {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  return {
    read() {
      // The measure contains the time it waits by itself.
      const lateMs = delay.percentile(99) / NANOSECONDS_IN_MS - RESOLUTION_MS;
      delay.reset();
      return {
        residentBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: Number.isFinite(lateMs) ? Math.max(0, Math.round(lateMs * 10) / 10) : 0,
      };
    },
    close: () => void delay.disable(),
  };
}
