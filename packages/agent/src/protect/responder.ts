import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { RuleSighting } from '@wardgrid/detection';
import type { ProcessNode, ProtectionPolicy, ResponseAction } from '@wardgrid/wire';
import type { KillOutcome, ProcessKiller } from '../processes/index.ts';
import type { Quarantine } from '../quarantine/index.ts';
import { createExclusions, liesIn } from '../sensors/files/exclusions.ts';
import { runsHere } from '../sensors/files/lies-here.ts';
import type { FindingBook } from './finding-book.ts';
import { isKilled } from './policy.ts';

/** What responding needs. */
export interface ResponderOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly book: Pick<FindingBook, 'addAction'>;
  readonly killer: ProcessKiller;
  readonly quarantine: Pick<Quarantine, 'seal'>;
  readonly policy: () => ProtectionPolicy;
  /** Only programs on these file systems are ended; null for all. */
  readonly mountPoints: readonly string[] | null;
}

/** Does what a finding calls for, and says how it went. */
export interface Responder {
  /** Ends the tree of the process that a rule saw, when the policy says so. */
  readonly answer: (
    sighting: Omit<RuleSighting, 'event'>,
    process: ProcessNode | undefined,
  ) => Promise<void>;
  /** Seals the file of a descriptor, which stays the caller's; whether it can do no harm any more. */
  readonly seal: (
    fd: number,
    about: {
      readonly findingId: string;
      readonly rule: string;
      readonly path: string;
      readonly pid: number | null;
    },
  ) => Promise<boolean>;
  /** Says of a finding what was done already. */
  readonly note: (findingId: string, action: Omit<ResponseAction, 'at'>) => void;
}

/** The responder of a device. */
export function createResponder(options: ResponderOptions): Responder {
  const { clock, log, book, killer, quarantine } = options;
  const ending = new Set<string>();

  function note(findingId: string, action: Omit<ResponseAction, 'at'>): void {
    const { kind, outcome } = action;
    log.info('responded to a finding', { findingId, kind, outcome });
    book.addAction(findingId, { ...action, at: clock.now() });
  }

  function isLetBe({ executable, pid }: ProcessNode): boolean {
    const { mountPoints, policy } = options;
    const isOurs = mountPoints?.some((mountPoint) => liesIn(mountPoint, executable)) ?? true;
    const exclusions = createExclusions(policy().exclusions);
    const isExcluded = exclusions.isProcessExcluded(executable, clock.now());
    return !isOurs || (isExcluded && runsHere(executable, pid));
  }

  return {
    note,
    async answer({ rule, findingId, isReportOnly }, process) {
      const { severity, confidence } = rule;
      if (!process || !isKilled(options.policy(), { severity, confidence, isReportOnly })) return;
      if (isLetBe(process)) return;
      // Several rules may see the same process: it is ended once.
      if (ending.has(process.entityId)) return;
      ending.add(process.entityId);
      const outcome = await killer.killTree(process);
      ending.delete(process.entityId);
      if (findingId === null) return;
      note(findingId, { kind: 'kill', target: nameOf(process), ...killed(outcome) });
    },
    async seal(fd, { findingId, rule, path, pid }) {
      const action = { kind: 'quarantine' as const, target: path };
      try {
        const { file, isHarmless } = await quarantine.seal(fd, { findingId, rule, pid });
        const outcome = isHarmless ? 'done' : 'failed';
        note(findingId, { ...action, outcome, detail: file.note });
        return isHarmless;
      } catch (error) {
        note(findingId, { ...action, outcome: 'failed', detail: messageOf(error).slice(0, 500) });
        return false;
      }
    },
  };
}

function nameOf({ pid, executable }: ProcessNode): string {
  return `${pid} ${executable}`.slice(0, 4_096);
}

function killed(outcome: KillOutcome): Pick<ResponseAction, 'outcome' | 'detail'> {
  switch (outcome.kind) {
    case 'killed': {
      const { pids, survivors } = outcome;
      const detail = `${pids.length} processes${survivors > 0 ? `, ${survivors} not yet gone` : ''}`;
      return { outcome: survivors > 0 ? 'failed' : 'done', detail };
    }
    case 'gone':
      return { outcome: 'not-needed', detail: 'it had ended already' };
    case 'protected':
      return { outcome: 'not-allowed', detail: outcome.reason };
    case 'failed':
      return { outcome: 'failed', detail: outcome.reason };
  }
}
