import * as z from 'zod';
import type { DeviceEvent } from '@wardgrid/wire';
import { firstValueReader, type KeyReader, type TreeOf } from '../group-key.ts';
import {
  createCountedGroups,
  groupMatches,
  readyMembers,
  subjectOfGroup,
  type CountedGroups,
  type ReadyMember,
} from '../grouping.ts';
import { GROUPS_MAX } from '../groups.ts';
import { topics, type Firing, type Machine, type MachineCounts, type Signal } from '../machine.ts';
import { isRecent, isSilent } from '../recency.ts';
import type { Rule, SequenceBody, Step } from '../rule.ts';

/** One thing a step counted: a value, or an event by its number. */
const Counted = z.tuple([z.string().max(512), z.number()]);

const StepState = z.strictObject({
  /** When the latest run began that this step completed; null: none. */
  began: z.number().nullable(),
  /** What it counted, the oldest first. */
  counted: z.array(Counted).max(100_000),
});

const State = z.strictObject({
  steps: z.array(StepState).max(16),
  silentUntil: z.number(),
});

const Snapshot = z.array(z.tuple([z.string().max(512), State])).max(GROUPS_MAX);

interface StepProgress {
  began: number | null;
  readonly counted: Map<string, number>;
}

interface Progress {
  readonly steps: readonly StepProgress[];
  silentUntil: number;
}

/** Most things all groups of one machine count: about 5 MB. */
const COUNTED_TOTAL_MAX = 50_000;

/** Steps that follow each other; a threshold is a sequence of one step. */
export function createSequence(rule: Rule, body: SequenceBody, treeOf: TreeOf): Machine {
  return new Sequence(rule, body, treeOf);
}

class Sequence implements Machine {
  readonly rule: Rule;
  readonly wants: ReadonlySet<string>;
  readonly #body: SequenceBody;
  readonly #members: ReadonlyMap<string, readonly ReadyMember[]>;
  readonly #stoppers: ReadonlyMap<string, readonly ReadyMember[]>;
  readonly #distinct: readonly (KeyReader | null)[];
  readonly #groups: CountedGroups<Progress>;
  /** Numbers of events, for steps that count events. */
  #events = 0;
  /** What all groups count together. */
  #total = 0;

  constructor(rule: Rule, body: SequenceBody, treeOf: TreeOf) {
    this.rule = rule;
    this.#body = body;
    this.#members = readyMembers(body.steps, treeOf);
    this.#stoppers = readyMembers(body.unless, treeOf);
    this.wants = new Set(
      [...this.#members.keys(), ...this.#stoppers.keys()].map((id) => topics.rule(id)),
    );
    this.#distinct = body.steps.map(({ distinct }) =>
      distinct === null ? null : firstValueReader(distinct, treeOf),
    );
    this.#groups = createCountedGroups<Progress>(
      () => ({
        steps: body.steps.map(() => ({ began: null, counted: new Map() })),
        silentUntil: 0,
      }),
      (gone) => this.#release(gone),
    );
  }

  accept(signal: Signal): Firing | undefined {
    if (signal.kind !== 'rule') return undefined;
    this.#stop(signal.rule.id, signal.event);
    // From the last step to the first, so that one event is never two steps.
    for (const ready of (this.#members.get(signal.rule.id) ?? []).toReversed()) {
      const firing = this.#acceptAs(ready, signal.event);
      if (firing) return firing;
    }
    return undefined;
  }

  counts(): MachineCounts {
    return this.#groups.counts();
  }

  snapshot(): unknown {
    return this.#groups.entries().map(([key, progress]) => [key, storedOf(progress)]);
  }

  restore(state: unknown): void {
    const parsed = Snapshot.safeParse(state);
    if (!parsed.success) return;
    const fitting = parsed.data.filter(([, { steps }]) => steps.length === this.#body.steps.length);
    this.#groups.load(fitting.map(([key, stored]) => [key, progressOf(stored)]));
    this.#total = fitting
      .flatMap(([, { steps }]) => steps)
      .reduce((sum, { counted }) => sum + counted.length, 0);
  }

  #stop(ruleId: string, event: DeviceEvent): void {
    for (const stopper of this.#stoppers.get(ruleId) ?? []) {
      const group = this.#groups.among(stopper.keyOf, event);
      if (group) this.#release(group.state);
    }
  }

  #acceptAs(ready: ReadyMember, event: DeviceEvent): Firing | undefined {
    // Only a first step begins a group: others would push out what began.
    const group =
      ready.index === 0
        ? this.#groups.of(ready.keyOf, event)
        : this.#groups.among(ready.keyOf, event);
    if (!group) return undefined;
    const isLast = ready.index === this.#body.steps.length - 1;
    if (!this.#count(group.state, ready, event) || !isLast) return undefined;
    if (isSilent(group.state.silentUntil, event.at, this.#body.spanMs)) return undefined;
    this.#release(group.state);
    group.state.silentUntil = event.at + this.#body.spanMs;
    return {
      rule: this.rule,
      event,
      subject: subjectOfGroup(ready.member, group.key),
      matches: [
        ...groupMatches(ready.member, group.key),
        ...this.#body.steps.map((step, index) => ({
          selection: `step ${index + 1}`,
          field: step.distinct ?? 'events',
          value: `${step.count}`,
        })),
      ],
    };
  }

  /** Counts an event for a step; true when that completed it. */
  #count(progress: Progress, { index }: ReadyMember, event: DeviceEvent): boolean {
    const step = progress.steps[index];
    const definition = this.#body.steps[index];
    const before = index === 0 ? event.at : (progress.steps[index - 1]?.began ?? null);
    if (!step || !definition || before === null) return false;
    if (!isRecent(before, event.at, this.#body.spanMs)) return false;
    const text = this.#countedBy(index, event);
    if (text === undefined) return false;
    this.#total -= step.counted.size;
    addCounted(step, definition, { text, at: event.at, spanMs: this.#body.spanMs });
    this.#total += step.counted.size;
    this.#makeRoom();
    if (step.counted.size < definition.count) return false;
    const [first] = step.counted.values();
    step.began = index === 0 ? (first ?? event.at) : before;
    return true;
  }

  /** The text a step counts an event by; undefined when the event lacks it. */
  #countedBy(index: number, event: DeviceEvent): string | undefined {
    const read = this.#distinct[index];
    if (read) return read(event)?.slice(0, 512);
    this.#events += 1;
    return String(this.#events);
  }

  #makeRoom(): void {
    this.#groups.makeRoom(() => this.#total <= COUNTED_TOTAL_MAX);
  }

  #release(progress: Progress): void {
    for (const step of progress.steps) {
      this.#total -= step.counted.size;
      step.counted.clear();
      step.began = null;
    }
  }
}

interface Addition {
  readonly text: string;
  readonly at: number;
  /** What was counted longer ago is too old. */
  readonly spanMs: number;
}

/** Counts a text anew, drops what is too old, and keeps no more than the step needs. */
function addCounted(step: StepProgress, definition: Step, addition: Addition): void {
  step.counted.delete(addition.text);
  step.counted.set(addition.text, addition.at);
  for (const [text, at] of step.counted) {
    const isKept = isRecent(at, addition.at, addition.spanMs);
    if (isKept && step.counted.size <= definition.count) break;
    step.counted.delete(text);
  }
}

function storedOf(progress: Progress): z.infer<typeof State> {
  return {
    steps: progress.steps.map(({ began, counted }) => ({ began, counted: [...counted] })),
    silentUntil: progress.silentUntil,
  };
}

function progressOf(stored: z.infer<typeof State>): Progress {
  return {
    steps: stored.steps.map(({ began, counted }) => ({ began, counted: new Map(counted) })),
    silentUntil: stored.silentUntil,
  };
}
