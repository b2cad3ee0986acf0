import type { Clock } from '@wardgrid/base';
import { readNames } from '../../platform/linux/files.ts';
import { isKernelThread, readProcessStat } from '../../platform/linux/process-files.ts';
import { createThrottle } from '../../platform/linux/source.ts';
import { readExecFact } from './proc-facts.ts';
import type { ExecFact } from './source.ts';

/** Entries of `/proc` looked at: processes are not all of them. */
const NAMES_MAX = 33_000;
/** Told at once, so that nobody waits long behind them. */
const BATCH_MAX = 64;

/** Where and when running processes are read. */
export interface SnapshotOptions {
  readonly rootPath: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Tells the programs that run now, parents before children as far as numbers go, a little at a time.
 * Ends early, without a word, when aborted.
 */
export async function readSnapshot(
  options: SnapshotOptions,
  onFacts: (facts: readonly ExecFact[]) => void,
): Promise<void> {
  const { rootPath, clock, signal } = options;
  const throttle = createThrottle(clock, signal);
  const pids = readNames(`${rootPath}proc`, NAMES_MAX).filter((name) => /^\d{1,10}$/.test(name));
  let facts: ExecFact[] = [];
  const tell = (): void => {
    if (facts.length > 0 && !signal.aborted) onFacts(facts);
    facts = [];
  };
  for (const pid of pids.map(Number).toSorted((left, right) => left - right)) {
    const stat = readProcessStat(`${rootPath}proc/${pid}`);
    const isProgram = stat !== null && !isKernelThread(stat);
    const fact = isProgram ? readExecFact(rootPath, pid, clock.now()) : null;
    if (fact !== null) facts.push(fact);
    if (facts.length >= BATCH_MAX) tell();
    const isOn = await throttle().then(
      () => true,
      () => false,
    );
    if (!isOn) return;
  }
  tell();
}
