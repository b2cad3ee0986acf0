import * as z from 'zod';
import type { DeviceEvent } from '@wardgrid/wire';
import { firstValueReader, type TreeOf } from '../group-key.ts';
import {
  createCountedGroups,
  groupMatches,
  readyMembers,
  subjectOfGroup,
  type ReadyMember,
} from '../grouping.ts';
import { GROUPS_MAX } from '../groups.ts';
import { topics, type Firing, type Machine, type Signal } from '../machine.ts';
import { isSilent } from '../recency.ts';
import type { CorrelationBody, Rule } from '../rule.ts';
import { meets } from './conditions.ts';
import { EventWindow, ValueWindow, WindowEntry, type Window } from './window.ts';

/** Fewest events one group keeps, whatever it counts to: sums and ranks need them. */
const ENTRIES_LEAST = 1_000;
/** Most events one group keeps, and most of one machine: about 5 MB. */
const ENTRIES_MAX = 20_000;
const ENTRIES_TOTAL_MAX = 50_000;

const Snapshot = z
  .array(
    z.tuple([
      z.string().max(512),
      z.strictObject({
        silentUntil: z.number(),
        entries: z.array(WindowEntry).max(ENTRIES_MAX),
      }),
    ]),
  )
  .max(GROUPS_MAX);

/** Correlations that count, sum or rank what several events hold. */
export function createAggregate(rule: Rule, body: CorrelationBody, treeOf: TreeOf): Machine {
  const members = readyMembers(body.members, treeOf);
  const isOfValues = body.type === 'value_count';
  let total = 0;
  const groups = createCountedGroups<EventWindow | ValueWindow>(
    () => (isOfValues ? new ValueWindow() : new EventWindow()),
    (gone) => (total -= gone.count),
  );
  const entryOf = entryReaderOf(body, treeOf);
  const countMax = countMaxOf(body);

  /** Adds to a window and throws out quiet groups when all together keep too much. */
  function push(window: Window, entry: WindowEntry): void {
    total -= window.count;
    window.push(entry, body.spanMs, countMax);
    total += window.count;
    groups.makeRoom(() => total <= ENTRIES_TOTAL_MAX);
  }

  function acceptAs(ready: ReadyMember, { event }: Signal): Firing | undefined {
    const entry = entryOf(event);
    const group = entry && groups.of(ready.keyOf, event);
    if (!entry || !group) return undefined;
    push(group.state, entry);
    const amount = amountOf(body, group.state);
    if (isSilent(group.state.silentUntil, event.at, body.spanMs)) return undefined;
    if (!meets(body.conditions, amount)) return undefined;
    total -= group.state.count;
    group.state.clear();
    group.state.silentUntil = event.at + body.spanMs;
    return {
      rule,
      event,
      subject: subjectOfGroup(ready.member, group.key),
      matches: [
        ...groupMatches(ready.member, group.key),
        { selection: body.type, field: body.fields.join(', '), value: String(amount) },
      ],
    };
  }

  return {
    rule,
    wants: new Set([...members.keys()].map((id) => topics.rule(id))),
    accept(signal) {
      const [ready] = signal.kind === 'rule' ? (members.get(signal.rule.id) ?? []) : [];
      return ready && acceptAs(ready, signal);
    },
    counts: groups.counts,
    snapshot: () => groups.entries().map(([key, window]) => [key, storedOf(window)]),
    restore(state) {
      const parsed = Snapshot.safeParse(state);
      if (!parsed.success) return;
      for (const [key, { silentUntil, entries }] of parsed.data) {
        const window = groups.touch(key);
        window.silentUntil = silentUntil;
        for (const entry of entries) push(window, entry);
      }
    },
  };
}

function storedOf(window: Window): unknown {
  return { silentUntil: window.silentUntil, entries: window.entries() };
}

/** A counter needs no more events than it counts to. */
function countMaxOf(body: CorrelationBody): number {
  const highest = Math.max(0, ...body.conditions.map(({ value }) => value));
  return Math.min(ENTRIES_MAX, Math.max(ENTRIES_LEAST, Math.ceil(highest) + 1));
}

/** Reads what a correlation counts; undefined when the event has nothing to count. */
function entryReaderOf(
  body: CorrelationBody,
  treeOf: TreeOf,
): (event: DeviceEvent) => WindowEntry | undefined {
  const readers = body.fields.map((field) => firstValueReader(field, treeOf));
  const isNumeric = body.type !== 'event_count' && body.type !== 'value_count';
  return (event) => {
    const texts = readers.map((read) => read(event));
    if (texts.includes(undefined)) return undefined;
    const amount = isNumeric ? Number(texts[0]) : 0;
    if (!Number.isFinite(amount)) return undefined;
    const text = body.type === 'value_count' ? texts.join('\u0000').slice(0, 512) : '';
    return { at: event.at, text, amount };
  };
}

function amountOf(body: CorrelationBody, window: EventWindow | ValueWindow): number {
  if (window instanceof ValueWindow) return window.count;
  switch (body.type) {
    case 'value_sum':
      return window.sum;
    case 'value_avg':
      return window.sum / window.count;
    case 'value_percentile':
      return window.percentile(body.percentile);
    case 'event_count':
    case 'value_count':
    case 'temporal':
    case 'temporal_ordered':
      return window.count;
  }
}
