import { canonicalJson } from '@wardgrid/base';
import type { Row, SyncRequest, SyncResponse } from '@wardgrid/sync';
import type { Told } from './told.ts';

/** A row as people see it. */
export function valuesOf({ id, type, home, fields }: Row): string {
  const values = Object.entries(fields).map(([name, { value }]) => [name, value]);
  return canonicalJson([id, type, home, values.toSorted()]);
}

/** A request, as far as it says something. */
export function requestText({ ops, decided, streams, ...rest }: SyncRequest): Told {
  return {
    rest: JSON.stringify(rest, Object.keys({ ...rest, ...rest.claim, ...rest.catchup }).toSorted()),
    ops: ops.map((one) => JSON.stringify([one.op.stream, one.op.q, one.head])),
    decided: decided.map((one) => JSON.stringify(one)).toSorted(),
    streams: streams.map(({ stream, at }) => JSON.stringify([stream, at])).toSorted(),
  };
}

/** An answer, as far as it says something. */
export function responseText({
  page,
  snapshot,
  foreign,
  reset,
  received,
  ...rest
}: SyncResponse): Told {
  const texts = (list: readonly unknown[] | null | undefined): string[] =>
    (list ?? []).map((one) => JSON.stringify(one, sortedSets)).toSorted();
  return {
    rest: JSON.stringify(Object.entries(rest).toSorted()),
    received: texts(received.map(({ stream, upTo, extra }) => [stream, upTo, extra.toSorted()])),
    page: JSON.stringify(page && [page.from, page.upTo]),
    entries: texts(
      page?.entries.map(({ g, stream, q, reason, row }) => [g, stream, q, reason, row?.id]),
    ),
    marks: texts(page?.marks.map(({ g, stream, q, head, holes }) => [g, stream, q, head, holes])),
    vouchers: texts(page?.vouchers),
    snapshot: JSON.stringify(snapshot && [snapshot.at, snapshot.after, snapshot.next]),
    rows: texts(snapshot?.rows.map(({ id, g, home, isDeleted }) => [id, g, home, isDeleted])),
    aliases: texts(snapshot?.aliases.map(({ from, to, home }) => [from, to, home])),
    decided: texts(snapshot?.decided),
    reset: texts(reset),
    foreign: texts(foreign?.map(({ op: { stream, q }, head }) => [stream, q, head])),
  };
}

function sortedSets(_key: string, value: unknown): unknown {
  if (value instanceof Set) return [...value].toSorted();
  const isDecided = typeof value === 'object' && value !== null && 'holes' in value;
  if (!isDecided || !('q' in value) || !('head' in value) || 'g' in value) return value;
  return [value.q, value.head, value.holes];
}

/** What one says and the other does not. */
export function differenceOf(expected: unknown, found: unknown): string {
  if (!Array.isArray(expected) || !Array.isArray(found)) {
    return `model    ${String(expected)}\ndatabase ${String(found)}`;
  }
  const missing = expected.filter((one) => !found.includes(one));
  const more = found.filter((one) => !expected.includes(one));
  return [
    ...missing.map((one) => `only in the model:    ${String(one)}`),
    ...more.map((one) => `only in the database: ${String(one)}`),
    ...(missing.length + more.length === 0 ? ['the same, in another order'] : []),
  ].join('\n');
}
