import type { Clock, NewId } from '@wardgrid/base';
import type { FindingMemory } from '@wardgrid/detection';
import type { ToldFinding } from './finding-book.ts';

/** What an engine found, before it is known whether that was said already. */
export type NewFinding = Omit<ToldFinding, 'id' | 'count' | 'firstSeenAt' | 'lastSeenAt'>;

/** What the ledger needs. */
export interface FindingLedgerOptions {
  readonly clock: Clock;
  readonly newId: NewId;
  /** What was told before this start. */
  readonly memory: Pick<FindingMemory, 'find'>;
  /** Tells the controller, by a record that is not lost. */
  readonly tell: (finding: ToldFinding) => void;
}

/** What was found on this device: the same rule about the same subject is one finding with a count. */
export interface FindingLedger {
  /** Counts a finding and tells it when it is new. Its id, or that of the flood it drowned in. */
  readonly note: (finding: NewFinding) => string;
  /** Tells what came again and is due. Called on a beat. */
  readonly tellDue: () => void;
}

/** Findings remembered, so that a repeat is known: the least recent goes. */
const REMEMBERED_MAX = 4_096;
/** A repeat is told after a minute, then ever more rarely: a finding a day costs a dozen records. */
const TELL_AGAIN_MS = 60_000;
const TELL_AGAIN_MS_MAX = 6 * 3_600_000;
/** New subjects of one rule and of all rules in an hour; more say something about the rule. */
const RULE_SUBJECTS_PER_HOUR = 50;
const SUBJECTS_PER_HOUR = 500;
const HOUR_MS = 3_600_000;

interface Entry {
  finding: ToldFinding;
  /** The count as it was told last. */
  toldCount: number;
  dueAtMs: number;
  pauseMs: number;
}

/** An empty ledger. */
export function createFindingLedger(options: FindingLedgerOptions): FindingLedger {
  const { clock, memory } = options;
  const entries = new Map<string, Entry>();
  const isWithinRate = createRate(clock);

  function tell(entry: Entry): void {
    entry.toldCount = entry.finding.count;
    entry.dueAtMs = clock.monotonic() + entry.pauseMs;
    entry.pauseMs = Math.min(entry.pauseMs * 2, TELL_AGAIN_MS_MAX);
    options.tell(entry.finding);
  }

  function remember(key: string, finding: NewFinding): Entry {
    const entry: Entry = {
      finding: counted(finding, options),
      toldCount: 0,
      dueAtMs: 0,
      pauseMs: TELL_AGAIN_MS,
    };
    if (entries.size >= REMEMBERED_MAX) forgetOldest();
    entries.set(key, entry);
    tell(entry);
    return entry;
  }

  function forgetOldest(): void {
    const [oldest] = entries;
    if (!oldest) return;
    const [key, entry] = oldest;
    if (entry.toldCount < entry.finding.count) tell(entry);
    entries.delete(key);
  }

  function repeat(key: string, entry: Entry): Entry {
    const { finding } = entry;
    entry.finding = { ...finding, count: finding.count + 1, lastSeenAt: clock.now() };
    // The most recent stands last.
    entries.delete(key);
    entries.set(key, entry);
    if (clock.monotonic() >= entry.dueAtMs) tell(entry);
    return entry;
  }

  function note(finding: NewFinding): string {
    const key = keyOf(finding);
    const known = entries.get(key);
    if (known) return repeat(key, known).finding.id;
    const isTold = memory.find(finding.rule, finding.subject) !== undefined;
    if (isTold || isWithinRate(finding.rule)) return remember(key, finding).finding.id;
    const flood = floodOf(finding);
    const floodKey = keyOf(flood);
    const old = entries.get(floodKey);
    return (old ? repeat(floodKey, old) : remember(floodKey, flood)).finding.id;
  }

  return {
    note,
    tellDue() {
      const nowMs = clock.monotonic();
      for (const entry of entries.values()) {
        if (entry.toldCount < entry.finding.count && nowMs >= entry.dueAtMs) tell(entry);
      }
    },
  };
}

/** The finding under its own id, or going on under the one it was told by before this start. */
function counted(finding: NewFinding, { clock, newId, memory }: FindingLedgerOptions): ToldFinding {
  const at = clock.now();
  const before = memory.find(finding.rule, finding.subject);
  const { id, firstSeenAt, count } = before ?? { id: newId(), firstSeenAt: at, count: 0 };
  return { ...finding, id, firstSeenAt, lastSeenAt: at, count: count + 1 };
}

function keyOf({ rule, subject }: Pick<NewFinding, 'rule' | 'subject'>): string {
  return `${rule}\n${subject}`;
}

/** Whether another new subject of a rule may be told in this hour. */
function createRate(clock: Pick<Clock, 'monotonic'>): (rule: string) => boolean {
  const counts = new Map<string, number>();
  let total = 0;
  let startMs = clock.monotonic();
  return (rule) => {
    if (clock.monotonic() - startMs >= HOUR_MS) {
      counts.clear();
      total = 0;
      startMs = clock.monotonic();
    }
    const count = (counts.get(rule) ?? 0) + 1;
    counts.set(rule, count);
    total += 1;
    return count <= RULE_SUBJECTS_PER_HOUR && total <= SUBJECTS_PER_HOUR;
  };
}

/** What is said instead when a rule finds ever new subjects. Counted like any other finding. */
function floodOf(finding: NewFinding): NewFinding {
  return {
    rule: 'rule-flood',
    title: 'A rule finds too much to tell',
    engine: 'sensor',
    severity: finding.severity,
    confidence: finding.confidence,
    techniques: [],
    contentDigest: finding.contentDigest,
    subject: finding.rule,
    remedy: 'Look at what the rule finds here: except what is harmless, or switch the rule off.',
    author: null,
    matches: [],
    event: finding.event,
    processes: [],
  };
}
