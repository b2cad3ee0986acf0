import type { JobProgress } from '@wardgrid/wire';
import type * as scan from '../../scan/index.ts';
import type { Whereabouts } from '../guards.ts';
import { JobError } from '../job.ts';

/** The part of the scan engine that jobs use. */
export interface ScanEngine {
  readonly discoverHosts: typeof scan.discoverHosts;
  readonly scanPorts: typeof scan.scanPorts;
  readonly parsePorts: typeof scan.parsePorts;
}

/** What scanning jobs need. */
export interface ScanDeps {
  /** Where the device is now. */
  readonly whereabouts: () => Promise<Whereabouts>;
  /** Loads the engine when it is first needed: most agents never scan. */
  readonly loadEngine: () => Promise<ScanEngine>;
}

/** Progress as the wire names it. */
export function progressOf(progress: scan.ScanProgress): JobProgress {
  const { phase, done, total, found, etaMs } = progress;
  const whole = (value: number): number => Math.max(0, Math.round(value));
  return {
    phase: phase === 'discover' || phase === 'verify' ? 'hosts' : phase,
    done: whole(done),
    total: whole(total),
    found: whole(found),
    etaMs: etaMs === undefined ? null : whole(etaMs),
  };
}

/** Ports of an order. @throws JobError `ports-invalid`. */
export function portsOf(engine: ScanEngine, text: string): Uint16Array {
  try {
    return engine.parsePorts(text);
  } catch (cause) {
    throw new JobError('ports-invalid', `the ports '${text.slice(0, 64)}' do not fit`, { cause });
  }
}
