import type { DeviceEvent } from '@wardgrid/wire';
import type { Match } from './evaluate.ts';
import { PROCESS_TREE } from './fields.ts';
import { createGroups, type Groups } from './groups.ts';
import { keyReaderOf, type KeyReader, type TreeOf } from './group-key.ts';
import type { MachineCounts } from './machine.ts';
import type { Member } from './rule.ts';

/** One member of a machine, ready to read the group of an event. */
export interface ReadyMember {
  /** Its position among the members. */
  readonly index: number;
  readonly member: Member;
  readonly keyOf: KeyReader;
}

/** The members of a machine by rule: the same rule may stand at several positions. */
export function readyMembers(
  members: readonly Member[],
  treeOf: TreeOf,
): ReadonlyMap<string, readonly ReadyMember[]> {
  const ready = members.map((member, index) => ({
    index,
    member,
    keyOf: keyReaderOf(member.by, treeOf),
  }));
  return Map.groupBy(ready, ({ member }) => member.rule);
}

/** What a group has in common, as a person reads it; null when that is a process tree. */
export function subjectOfGroup(member: Member, key: string): string | null {
  return key === '' || member.by.includes(PROCESS_TREE) ? null : key.replaceAll('\u0000', ', ');
}

/** The fields of a group, as matches of a finding. */
export function groupMatches(member: Member, key: string): readonly Match[] {
  const parts = key.split('\u0000');
  return member.by.map((field, index) => ({
    selection: 'group',
    field,
    value: parts[index] ?? '',
  }));
}

/** A group of an event. */
export interface Grouped<State> {
  readonly key: string;
  readonly state: State;
}

/** Groups together with the count of events that belong to none. */
export interface CountedGroups<State> extends Groups<State> {
  /** The state of an event's group; undefined, and counted, when the event lacks what groups it. */
  readonly of: (keyOf: KeyReader, event: DeviceEvent) => Grouped<State> | undefined;
  /** The same for an event that begins nothing: a group that is not there is not made. */
  readonly among: (keyOf: KeyReader, event: DeviceEvent) => Grouped<State> | undefined;
  readonly counts: () => MachineCounts;
}

/** No groups. */
export function createCountedGroups<State>(
  make: () => State,
  onEvict: (state: State) => void = () => undefined,
): CountedGroups<State> {
  const groups = createGroups(make, onEvict);
  let ungrouped = 0;
  return {
    ...groups,
    of(keyOf, event) {
      const key = keyOf(event);
      if (key === undefined) {
        ungrouped += 1;
        return undefined;
      }
      return { key, state: groups.touch(key) };
    },
    among(keyOf, event) {
      const key = keyOf(event);
      const state = key === undefined ? undefined : groups.find(key);
      return key === undefined || state === undefined ? undefined : { key, state };
    },
    counts: () => ({ groups: groups.size(), evicted: groups.evicted(), ungrouped }),
  };
}
