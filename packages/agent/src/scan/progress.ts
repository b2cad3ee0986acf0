import type { Clock } from '@wardgrid/base';
import type { ScanProgress } from './shapes.ts';

/** Four a second: what a person can follow and what a job's log can bear. */
const INTERVAL_MS = 250;

/** Below this share done the remaining time would be a guess. */
const SHARE_FOR_ETA = 0.02;

/** Hands progress on at most four times a second; the last word of a phase is always said. */
export interface ProgressReporter {
  readonly report: (progress: Omit<ScanProgress, 'etaMs'>) => void;
  /** Says what was held back, if anything was. */
  readonly flush: () => void;
}

/** A progress reporter for one scan. */
export function createProgressReporter(
  clock: Clock,
  onProgress: ((progress: ScanProgress) => void) | undefined,
): ProgressReporter {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let phaseStartMs = clock.monotonic();
  let phase: ScanProgress['phase'] | undefined;
  let held: ScanProgress | undefined;

  function say(progress: ScanProgress): void {
    held = undefined;
    saidAtMs = clock.monotonic();
    onProgress?.(progress);
  }

  function withEta(progress: Omit<ScanProgress, 'etaMs'>): ScanProgress {
    const share = progress.total > 0 ? progress.done / progress.total : 0;
    if (share < SHARE_FOR_ETA || share >= 1) return progress;
    const spentMs = clock.monotonic() - phaseStartMs;
    return { ...progress, etaMs: Math.round((spentMs * (1 - share)) / share) };
  }

  return {
    report(progress) {
      if (progress.phase !== phase) {
        phase = progress.phase;
        phaseStartMs = clock.monotonic();
      }
      const whole = withEta(progress);
      if (clock.monotonic() - saidAtMs >= INTERVAL_MS) say(whole);
      else held = whole;
    },
    flush() {
      if (held) say(held);
    },
  };
}
