import * as z from 'zod';
import type { TreeOf } from '../group-key.ts';
import {
  createCountedGroups,
  groupMatches,
  readyMembers,
  subjectOfGroup,
  type ReadyMember,
} from '../grouping.ts';
import { GROUPS_MAX } from '../groups.ts';
import { topics, type Machine } from '../machine.ts';
import type { CorrelationBody, Rule } from '../rule.ts';
import { isRecent, isSilent } from '../recency.ts';
import { meets } from './conditions.ts';

const State = z.strictObject({
  /**
   * By position: without order, when the rule matched last; with order, when the latest chain began that
   * reaches up to here. Null: never.
   */
  at: z.array(z.number().nullable()).max(64),
  silentUntil: z.number(),
});
type State = z.infer<typeof State>;

const Snapshot = z.array(z.tuple([z.string().max(512), State])).max(GROUPS_MAX);

/** `temporal` and `temporal_ordered`: several rules match within a span. */
export function createTemporal(rule: Rule, body: CorrelationBody, treeOf: TreeOf): Machine {
  const members = readyMembers(body.members, treeOf);
  const groups = createCountedGroups<State>(() => ({
    at: body.members.map(() => null),
    silentUntil: 0,
  }));
  const note = body.type === 'temporal' ? noteAny : noteOrdered;

  return {
    rule,
    wants: new Set([...members.keys()].map((id) => topics.rule(id))),
    accept(signal) {
      if (signal.kind !== 'rule') return undefined;
      const now = signal.event.at;
      // From the last position to the first, so that one event is never two steps of a chain.
      for (const ready of (members.get(signal.rule.id) ?? []).toReversed()) {
        const isBeginning = ready.index === 0 || body.type === 'temporal';
        const group = (isBeginning ? groups.of : groups.among)(ready.keyOf, signal.event);
        if (!group) continue;
        note(group.state, ready, { now, spanMs: body.spanMs });
        if (isSilent(group.state.silentUntil, now, body.spanMs)) continue;
        if (!isComplete(body, group.state, now)) continue;
        group.state.at.fill(null);
        group.state.silentUntil = now + body.spanMs;
        return {
          rule,
          event: signal.event,
          subject: subjectOfGroup(ready.member, group.key),
          matches: [
            ...groupMatches(ready.member, group.key),
            ...body.members.map((member) => ({
              selection: body.type,
              field: 'rule',
              value: member.rule,
            })),
          ],
        };
      }
      return undefined;
    },
    counts: groups.counts,
    snapshot: groups.entries,
    restore(state) {
      const parsed = Snapshot.safeParse(state);
      if (!parsed.success) return;
      groups.load(parsed.data.filter(([, { at }]) => at.length === body.members.length));
    },
  };
}

interface Moment {
  readonly now: number;
  readonly spanMs: number;
}

function noteAny(state: State, { index }: ReadyMember, { now }: Moment): void {
  state.at[index] = now;
}

/** The chain up to here began when the chain up to the position before began. */
function noteOrdered(state: State, { index }: ReadyMember, { now, spanMs }: Moment): void {
  const began = index === 0 ? now : (state.at[index - 1] ?? null);
  if (began !== null && isRecent(began, now, spanMs)) state.at[index] = began;
}

function isComplete(body: CorrelationBody, state: State, now: number): boolean {
  const isWithin = (at: number | null): boolean => at !== null && isRecent(at, now, body.spanMs);
  if (body.type === 'temporal_ordered') return isWithin(state.at.at(-1) ?? null);
  const count = state.at.filter((at) => isWithin(at)).length;
  return body.conditions.length === 0
    ? count === body.members.length
    : meets(body.conditions, count);
}
