import { boundedText, type NewId } from '@wardgrid/base';
import type { DeviceEvent, DeviceFinding, ProcessNode } from '@wardgrid/wire';
import type { Match } from './evaluate.ts';
import { isRecent } from './recency.ts';
import { keptEvent } from './kept-event.ts';
import type { Rule } from './rule.ts';

/** A finding as an engine makes it. What the agent did about it comes from the agent. */
export interface EngineFinding extends Omit<DeviceFinding, 'actions'> {
  /** The rule reports but nothing acts on it. */
  readonly isReportOnly: boolean;
  /** Told before under the same id, with a lower count. */
  readonly isRepeat: boolean;
}

/** What a rule says about an event; costly parts are made only for findings that are told. */
export interface Sighting {
  readonly rule: Rule;
  readonly contentDigest: string | null;
  readonly subject: string;
  readonly event: DeviceEvent | null;
  readonly matches: () => readonly Match[];
  readonly processes: () => readonly ProcessNode[];
  readonly isReportOnly: boolean;
}

/** A finding as it was told last, before this engine began. */
export interface FoundBefore {
  readonly id: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  readonly count: number;
}

/** What was told before this engine began: its findings go on under their ids. */
export interface FindingMemory {
  readonly find: (ruleId: string, subject: string) => FoundBefore | undefined;
  /** Whether the event only tells again of what this rule counted: a process that still runs. */
  readonly isCounted: (ruleId: string, event: DeviceEvent) => boolean;
}

/** Most findings that are told apart; the one that was quiet longest is forgotten first. */
const FINDINGS_MAX = 2_000;
/** A subject that was quiet so long is a new finding. */
const QUIET_MS = 86_400_000;
/** The same finding is told at most so often. */
const REPEAT_MS = 60_000;
/** A rule that finds more different subjects in a window floods, and is told no further in it. */
const FLOOD_SUBJECTS_MAX = 100;
const FLOOD_WINDOW_MS = 3_600_000;

interface Entry {
  finding: EngineFinding;
  toldAt: number;
  isPending: boolean;
}

interface Window {
  startedAt: number;
  subjects: number;
  withheld: number;
}

/** Tells findings once, repeats with a count, and rules that flood as a finding about the rule. */
export class FindingLog {
  readonly #newId: NewId;
  readonly #memory: FindingMemory | undefined;
  readonly #entries = new Map<string, Entry>();
  readonly #windows = new Map<string, Window>();
  #withheld = 0;
  #evicted = 0;

  constructor(newId: NewId, memory?: FindingMemory) {
    this.#newId = newId;
    this.#memory = memory;
  }

  /** What to tell now of a sighting: nothing, the finding, or that the rule floods. */
  sight(sighting: Sighting, now: number): readonly EngineFinding[] {
    const key = `${sighting.rule.id}\n${sighting.subject}`;
    const entry = this.#entries.get(key);
    if (!entry || !isRecent(entry.finding.lastSeenAt, now, QUIET_MS)) {
      return this.#begin(sighting, key, now);
    }
    // Moved to the end: the first in the map is the one that was quiet longest.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return this.#isCounted(sighting) ? [] : repeat(entry, now);
  }

  /** The id of what was found so far; null when it was withheld. */
  idOf({ rule, subject }: Pick<Sighting, 'rule' | 'subject'>): string | null {
    return this.#entries.get(`${rule.id}\n${subject}`)?.finding.id ?? null;
  }

  /** Repeats that were held back. */
  tick(now: number): readonly EngineFinding[] {
    const due = [...this.#entries.values()].filter(
      ({ isPending, toldAt }) => isPending && !isRecent(toldAt, now, REPEAT_MS),
    );
    for (const entry of due) {
      entry.isPending = false;
      entry.toldAt = now;
    }
    return due.map(({ finding }) => finding);
  }

  isFlooding(ruleId: string, now: number): boolean {
    const window = this.#windows.get(ruleId);
    const isNow = window !== undefined && isRecent(window.startedAt, now, FLOOD_WINDOW_MS);
    return isNow && window.withheld > 0;
  }

  counts(): { readonly withheld: number; readonly evicted: number } {
    return { withheld: this.#withheld, evicted: this.#evicted };
  }

  #begin(sighting: Sighting, key: string, now: number): readonly EngineFinding[] {
    const goneOn = this.#goOn(sighting, key, now);
    if (goneOn) return goneOn;
    const window = this.#windowOf(sighting.rule.id, now);
    window.subjects += 1;
    if (window.subjects > FLOOD_SUBJECTS_MAX) {
      window.withheld += 1;
      this.#withheld += 1;
      return window.withheld === 1 ? [floodOf(sighting, this.#newId(), now)] : [];
    }
    const finding = findingOf(sighting, this.#newId(), now);
    this.#keep(key, { finding: keptFinding(finding), toldAt: now, isPending: false });
    return [finding];
  }

  /** Goes on with what was told before this engine began; undefined when nothing was. */
  #goOn(sighting: Sighting, key: string, now: number): readonly EngineFinding[] | undefined {
    const before = this.#memory?.find(sighting.rule.id, boundedText(sighting.subject, SUBJECT_MAX));
    if (!before) return undefined;
    const isCounted = this.#isCounted(sighting);
    if (!isCounted && !isRecent(before.lastSeenAt, now, QUIET_MS)) return undefined;
    const { id, firstSeenAt, lastSeenAt, count } = before;
    const known = { id, firstSeenAt, lastSeenAt, count, isRepeat: true };
    const finding = keptFinding({ ...findingOf(sighting, id, now), ...known });
    const entry: Entry = { finding, toldAt: lastSeenAt, isPending: false };
    this.#keep(key, entry);
    return isCounted ? [] : repeat(entry, now);
  }

  #isCounted({ rule, event }: Sighting): boolean {
    return event !== null && (this.#memory?.isCounted(rule.id, event) ?? false);
  }

  #keep(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= FINDINGS_MAX) break;
      this.#entries.delete(oldest);
      this.#evicted += 1;
    }
  }

  /** There is one window a rule, so that their number is bounded by the rules'. */
  #windowOf(ruleId: string, now: number): Window {
    const window = this.#windows.get(ruleId);
    if (window && isRecent(window.startedAt, now, FLOOD_WINDOW_MS)) return window;
    const fresh = { startedAt: now, subjects: 0, withheld: 0 };
    this.#windows.set(ruleId, fresh);
    return fresh;
  }
}

const SUBJECT_MAX = 1_024;
/** Processes told with a repeat. */
const KEPT_PROCESSES_MAX = 8;

/** A finding cut for keeping: what was told first was whole. */
function keptFinding(finding: EngineFinding): EngineFinding {
  return {
    ...finding,
    event: finding.event && keptEvent(finding.event),
    processes: finding.processes.slice(0, KEPT_PROCESSES_MAX),
  };
}

function repeat(entry: Entry, now: number): readonly EngineFinding[] {
  entry.finding = {
    ...entry.finding,
    count: entry.finding.count + 1,
    lastSeenAt: Math.max(now, entry.finding.lastSeenAt),
    isRepeat: true,
  };
  entry.isPending = isRecent(entry.toldAt, now, REPEAT_MS);
  if (entry.isPending) return [];
  entry.toldAt = now;
  return [entry.finding];
}

function findingOf(sighting: Sighting, id: string, now: number): EngineFinding {
  const { rule } = sighting;
  return {
    id,
    rule: rule.id,
    title: boundedText(rule.title, 300),
    engine: rule.engine,
    severity: rule.severity,
    confidence: rule.confidence,
    techniques: [...rule.techniques],
    contentDigest: sighting.contentDigest,
    subject: boundedText(sighting.subject, SUBJECT_MAX),
    remedy: rule.remedy,
    author: rule.author,
    firstSeenAt: now,
    lastSeenAt: now,
    count: 1,
    matches: sighting.matches().map((match) => ({
      selection: boundedText(match.selection, 120),
      field: boundedText(match.field.replace(/^~/, ''), 120),
      value: boundedText(match.value, 1_024),
    })),
    event: sighting.event,
    processes: [...sighting.processes()],
    isReportOnly: sighting.isReportOnly,
    isRepeat: false,
  };
}

function floodOf(sighting: Sighting, id: string, now: number): EngineFinding {
  const { rule } = sighting;
  return {
    ...findingOf({ ...sighting, matches: () => [], processes: () => [] }, id, now),
    rule: `flood:${rule.id}`.slice(0, 200),
    title: boundedText(`The rule '${rule.title}' floods`, 300),
    severity: 'low',
    confidence: 100,
    techniques: [],
    subject: rule.id,
    remedy:
      'Look at a few of its findings. Write an exception for what is harmless, or switch the rule off; further findings of it are withheld for an hour.',
    isReportOnly: true,
  };
}
