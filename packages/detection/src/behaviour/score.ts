import * as z from 'zod';
import type { Match } from '../evaluate.ts';
import { PROCESS_TREE } from '../fields.ts';
import { keyReaderOf, type KeyReader, type TreeOf } from '../group-key.ts';
import { createCountedGroups, groupMatches, type CountedGroups } from '../grouping.ts';
import { GROUPS_MAX } from '../groups.ts';
import { topics, type Firing, type Machine, type MachineCounts, type Signal } from '../machine.ts';
import { isRecent, isSilent } from '../recency.ts';
import type { Rule, ScoreBody, Signal as Weighted } from '../rule.ts';

/** Most different causes that one group remembers; the oldest makes room. */
const CAUSES_MAX = 64;

const State = z.strictObject({
  score: z.number(),
  at: z.number(),
  silentUntil: z.number(),
  /** What added to the score, and when last. */
  causes: z.array(z.tuple([z.string().max(400), z.number()])).max(CAUSES_MAX),
});
type Stored = z.infer<typeof State>;

const Snapshot = z.array(z.tuple([z.string().max(512), State])).max(GROUPS_MAX);

interface Score {
  score: number;
  at: number;
  silentUntil: number;
  readonly causes: Map<string, number>;
}

/** Weak signals add up in a group, and fade: the sum halves in a half-life. */
export function createScore(rule: Rule, body: ScoreBody, treeOf: TreeOf): Machine {
  return new ScoreMachine(rule, body, treeOf);
}

class ScoreMachine implements Machine {
  readonly rule: Rule;
  readonly wants: ReadonlySet<string>;
  readonly #body: ScoreBody;
  readonly #keyOf: KeyReader;
  readonly #groups: CountedGroups<Score>;

  constructor(rule: Rule, body: ScoreBody, treeOf: TreeOf) {
    this.rule = rule;
    this.#body = body;
    this.#keyOf = keyReaderOf(body.by, treeOf);
    this.wants = new Set(body.signals.map((signal) => topicOf(signal)));
    this.#groups = createCountedGroups<Score>(() => ({
      score: 0,
      at: 0,
      silentUntil: 0,
      causes: new Map(),
    }));
  }

  accept(signal: Signal): Firing | undefined {
    // A score that counted scores, its own too, would never end.
    if (signal.kind === 'rule' && signal.rule.body.kind === 'score') return undefined;
    const weighted = this.#body.signals.filter((one) => isAbout(one, signal));
    const group = weighted.length > 0 ? this.#groups.of(this.#keyOf, signal.event) : undefined;
    if (!group) return undefined;
    const { state } = group;
    const now = signal.event.at;
    for (const one of weighted) this.#add(state, one, { cause: causeOf(signal), now });
    if (state.score < this.#body.threshold) return undefined;
    if (isSilent(state.silentUntil, now, this.#body.halfLifeMs)) return undefined;
    const matches = this.#explain(state, group.key);
    state.score = 0;
    state.causes.clear();
    state.silentUntil = now + this.#body.halfLifeMs;
    const isTree = this.#body.by.includes(PROCESS_TREE) || group.key === '';
    const subject = isTree ? null : group.key.replaceAll('\u0000', ', ');
    return { rule: this.rule, event: signal.event, subject, matches };
  }

  counts(): MachineCounts {
    return this.#groups.counts();
  }

  snapshot(): unknown {
    return this.#groups
      .entries()
      .map(([key, state]) => [key, { ...state, causes: [...state.causes] } satisfies Stored]);
  }

  restore(state: unknown): void {
    const parsed = Snapshot.safeParse(state);
    if (!parsed.success) return;
    this.#groups.load(
      parsed.data.map(([key, stored]) => [key, { ...stored, causes: new Map(stored.causes) }]),
    );
  }

  #add(state: Score, one: Weighted, given: { readonly cause: string; readonly now: number }): void {
    const { halfLifeMs } = this.#body;
    const seenAt = state.causes.get(given.cause);
    const isRepeat = seenAt !== undefined && isRecent(seenAt, given.now, halfLifeMs);
    if (isRepeat && !one.repeats) return;
    state.causes.delete(given.cause);
    state.causes.set(given.cause, given.now);
    if (state.causes.size > CAUSES_MAX) {
      const [oldest] = state.causes.keys();
      if (oldest !== undefined) state.causes.delete(oldest);
    }
    // A clock set back counts as time that passed: a score of a moment to come would never fade.
    const passedMs = Math.abs(given.now - state.at);
    state.score = state.score * 2 ** (-passedMs / halfLifeMs) + one.weight;
    state.at = given.now;
  }

  #explain(state: Score, key: string): readonly Match[] {
    const causes = [...state.causes.keys()].map((cause) => ({
      selection: 'signal',
      field: 'rule',
      value: cause,
    }));
    const total = { selection: 'score', field: 'score', value: state.score.toFixed(1) };
    const member = { rule: '', by: this.#body.by.filter((field) => field !== PROCESS_TREE) };
    return [total, ...(member.by.length > 0 ? groupMatches(member, key) : []), ...causes].slice(
      0,
      16,
    );
  }
}

function topicOf(signal: Weighted): string {
  if (signal.rule !== null) return topics.rule(signal.rule);
  return signal.level === null
    ? topics.anomaly(signal.anomaly ?? 'first-seen-program')
    : topics.level(signal.level);
}

function isAbout(weighted: Weighted, signal: Signal): boolean {
  if (signal.kind === 'anomaly') return weighted.anomaly === signal.anomaly;
  return weighted.rule === signal.rule.id || weighted.level === signal.rule.severity;
}

function causeOf(signal: Signal): string {
  return (signal.kind === 'anomaly' ? signal.anomaly : signal.rule.title).slice(0, 400);
}
