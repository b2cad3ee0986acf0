import { nodeOf, type Entry, type Lost, type Op } from '@wardgrid/sync';
import type { NewId } from '@wardgrid/base';
import type { SyncTopology } from './deps.ts';
import type { NewConflict } from './store/conflict-repository.ts';

interface Judging {
  readonly newId: NewId;
  readonly topology: SyncTopology;
  /** The op that was decided, where it is known here. */
  readonly op: Op | undefined;
}

/** Values that a decision took from somebody, as people are shown them: one conflict a change. */
export function conflictsOf(entry: Entry, given: Judging): NewConflict[] {
  // What went with a deleted row is one loss, whoever wrote which part of it.
  if (entry.row?.isDeleted) return goneWith(entry, given) ?? [];
  const changes = Map.groupBy(entry.lost, ({ stream, q }) => `${stream} ${q}`);
  return [...changes.values()].flatMap((lost) => conflictOf(entry, lost, given) ?? []);
}

function goneWith(entry: Entry, { newId, op }: Judging): NewConflict[] | undefined {
  const { row, lost, stream, q } = entry;
  const newest = lost.toSorted((left, right) => right.q - left.q)[0];
  if (!row || !newest) return undefined;
  return [
    {
      id: newId(),
      scope: row.home,
      kind: 'lost',
      reason: 'gone',
      type: entry.type,
      rowId: row.id,
      node: nodeOf(newest.stream),
      opId: op?.opId ?? `${stream} ${q}`,
      opKind: 'patch',
      changedBy: '',
      lost: Object.fromEntries(lost.map(({ field, value }) => [field, value])),
      kept: {},
    },
  ];
}

function conflictOf(
  entry: Entry,
  lost: readonly Lost[],
  { newId, topology, op }: Judging,
): NewConflict | undefined {
  const [first] = lost;
  if (!first) return undefined;
  const isOwn = first.stream === entry.stream && first.q === entry.q;
  return {
    id: newId(),
    scope: scopeOf(entry, topology),
    ...verdictOn(entry, isOwn),
    type: entry.type,
    rowId: entry.row?.id ?? op?.id ?? '',
    node: nodeOf(first.stream),
    ...wishOf(first, isOwn ? op : undefined),
    lost: Object.fromEntries(lost.map(({ field, value }) => [field, value])),
    kept: Object.fromEntries(lost.map(({ field, to }) => [field, to])),
  };
}

/** Of somebody else's change that lost by this one nothing but its place is known. */
function verdictOn({ reason }: Entry, isOwn: boolean): Pick<NewConflict, 'kind' | 'reason'> {
  if (!isOwn || reason === null) return { kind: 'lost', reason: 'concurrent-older' };
  return { kind: 'rejected', reason };
}

function wishOf(
  { stream, q }: Lost,
  op: Op | undefined,
): Pick<NewConflict, 'opId' | 'opKind' | 'changedBy'> {
  if (!op) return { opId: `${stream} ${q}`, opKind: 'patch', changedBy: '' };
  return { opId: op.opId, opKind: op.kind, changedBy: op.by };
}

/** Who is to see it: whoever sees the row, or else whoever sees its author. */
function scopeOf({ row, home, stream }: Entry, topology: SyncTopology): string {
  if (row) return row.home;
  return home === '' ? (topology.scopeRootOf(nodeOf(stream)) ?? '') : home;
}
