import { join } from 'node:path';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { JobProgress, MalwareScanArguments, ProtectionPolicy } from '@wardgrid/wire';
import {
  createMalwareScan,
  keepSchedule,
  type ScanHit,
  type ScanSummary,
} from '../malware-scan/index.ts';
import type { Content } from './content.ts';
import { withOwnFolder } from './policy.ts';

/** What scans on order and on schedule need. */
export interface OrderedScanOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly dataPath: string;
  readonly policy: () => ProtectionPolicy;
  readonly content: () => Content;
  readonly onHit: (hit: ScanHit) => Promise<void>;
}

/** Scans of this device, one after the other: those that are ordered and those that are due. */
export interface OrderedScans {
  readonly run: (request: MalwareScanArguments, events: OrderedScanEvents) => Promise<ScanSummary>;
  /** The next scan begins anew. */
  readonly forget: () => void;
  /** Runs what is scheduled, until aborted. */
  readonly keepSchedule: (signal: AbortSignal) => Promise<void>;
}

/** What an ordered scan tells. */
export interface OrderedScanEvents {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: JobProgress) => void;
}

export function createOrderedScans(options: OrderedScanOptions): OrderedScans {
  const { clock, log, dataPath, policy, content, onHit } = options;
  const folder = join(dataPath, 'scans');
  const scan = createMalwareScan({
    clock,
    log,
    folder,
    content: () => ({ ...content().signatures, digest: content().digest ?? 'none' }),
  });
  let last: Promise<unknown> = Promise.resolve();

  function run(request: MalwareScanArguments, events: OrderedScanEvents): Promise<ScanSummary> {
    const { exclusions } = withOwnFolder(policy(), dataPath);
    const next = last.then(() => scan.run({ ...request, exclusions }, { ...events, onHit }));
    last = next.catch(() => undefined);
    return next;
  }

  async function runDue(scope: 'quick' | 'full' | 'memory', signal: AbortSignal): Promise<void> {
    const cpuPercentMax = policy().scanCpuPercentMax;
    try {
      const onProgress = (): void => undefined;
      const summary = await run({ scope, paths: [], cpuPercentMax }, { signal, onProgress });
      log.info('a scheduled scan ended', { scope, end: summary.end, ...summary.counts });
    } catch (error) {
      log.warn('a scheduled scan failed', { scope, reason: messageOf(error) });
    }
  }

  return {
    run,
    forget: scan.forget,
    keepSchedule: (signal) =>
      keepSchedule(
        {
          clock,
          folder,
          schedules: () => (policy().mode === 'off' ? [] : policy().schedules),
          run: runDue,
        },
        signal,
      ),
  };
}
