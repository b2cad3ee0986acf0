import { canonicalJson } from '@wardgrid/base';
import { unpackEntry, unpackFields } from '@wardgrid/controller/features/sync/store/packed';
import type { Cloud, DecidedUpTo, Entry, History, Op, Replica, Row } from '@wardgrid/sync';
import { rowsIn, type Disk } from './database-side.ts';

/* The state of a site as text, told by the model and by its disk: the same words, or one of them errs. */

/** Sections of a state by name, each with its items in order. */
export type Told = Readonly<Record<string, readonly string[] | string>>;

function items<Item>(list: Iterable<Item>, textOf: (item: Item) => unknown): string[] {
  return [...list].map((item) => canonicalJson(textOf(item))).toSorted();
}

function decidedText([stream, { q, head, holes }]: readonly [string, DecidedUpTo]) {
  return [stream, q, head, [...holes].toSorted((left, right) => left - right)];
}

function entryText({ rewritten, ...entry }: Entry) {
  return {
    ...entry,
    rewritten: rewritten.toSorted((left, right) => (left.id < right.id ? -1 : 1)),
  };
}

function historyTold(history: History): Told {
  const { epoch, cursor, floor } = history;
  return {
    place: canonicalJson({ epoch, cursor, floor }),
    rows: items(history.rows.values(), (row) => row),
    aliases: items(history.aliases.values(), (alias) => alias),
    entries: items(history.entries, entryText),
    marks: items(history.marks, ({ g, stream, q, head, holes }) => [g, stream, q, head, holes]),
    decided: items(history.decided, decidedText),
    vouchers: items(history.vouchers, ({ sealed }) => sealed),
  };
}

/** A cloud as the model has it. */
export function cloudTold(cloud: Cloud, own: { stream: string; q: number; head: string }): Told {
  return {
    ...historyTold(cloud.history),
    own: canonicalJson({ ...own, lastRef: cloud.lastRef }),
    wishes: items(cloud.opIds.keys(), (id) => id),
    wishFloor: String(cloud.wishFloor),
    left: items(cloud.left, (stream) => stream),
    gaps: items(cloud.gapSince, (gap) => gap),
    living: items(cloud.streams, (one) => one),
    numbers: items(cloud.usedNumbers, (one) => one),
  };
}

/** A controller below the cloud as the model has it. */
export function replicaTold(replica: Replica): Told {
  const { stream, q, head, hlc, lastRef, scopeVersion, catchup, soft } = replica;
  return {
    ...historyTold(replica.history),
    own: canonicalJson({ stream, q, head, hlc, lastRef, scopeVersion }),
    catchup: canonicalJson(
      catchup && {
        at: catchup.at,
        after: catchup.after,
        scopeVersion: catchup.scopeVersion,
        decided: items(catchup.decided, decidedText),
        turn: catchup.turn && items(catchup.turn.before, (one) => one),
      },
    ),
    pending: items(replica.pending, ({ op, previousHead, head: at }) => [op, previousHead, at]),
    archive: items(replica.archive, ({ op, previousHead, head: at }) => [op, previousHead, at]),
    relay: items(
      [...replica.relay.values()].flatMap(({ ops }) => [...ops.values()]),
      ({ op, previousHead, head: at }) => [op, previousHead, at],
    ),
    relayed: items(replica.relay, ([name, relayed]) => [name, relayed.upTo, relayed.head]),
    foreign: items(soft.foreign, ({ op, previousHead, head: at, signature }) => [
      op,
      previousHead,
      at,
      signature,
    ]),
    living: items(replica.streams, (one) => one),
    upstream: soft.receipts.upstream,
    receipts: items(soft.receipts.received, ([name, { upTo, extra }]) => [name, upTo, [...extra]]),
    requestNumber: String(soft.requestNumber),
    relayForks: items(replica.relayForks, (at) => at),
  };
}

function rowOnDisk(row: Readonly<Record<string, unknown>>): Row {
  return {
    id: String(row['row_id']),
    type: String(row['type']),
    home: String(row['scope']),
    g: Number(row['g']),
    ref: row['ref'] as string | null,
    isDeleted: row['is_deleted'] === true,
    fields: unpackFields(row['fields'] as Parameters<typeof unpackFields>[0]),
  };
}

function entryOnDisk(row: Readonly<Record<string, unknown>>): Entry {
  return unpackEntry(row['entry'] as Parameters<typeof unpackEntry>[0], {
    g: Number(row['g']),
    stream: String(row['stream']),
    q: Number(row['q']),
    type: String(row['type']),
  });
}

function historyOnDisk(disk: Disk, state: Readonly<Record<string, unknown>>): Told {
  const log = rowsIn(disk, 'sync_log');
  const { epoch, cursor, floor } = state;
  return {
    place: canonicalJson({ epoch, cursor, floor }),
    rows: items(rowsIn(disk, 'sync_row'), rowOnDisk),
    aliases: items(rowsIn(disk, 'sync_alias'), (row) => ({
      from: row['from_id'],
      to: row['to_id'],
      home: row['scope'],
    })),
    entries: items(
      log.filter((row) => row['entry'] !== null),
      (row) => entryText(entryOnDisk(row)),
    ),
    marks: items(
      log.filter((row) => row['head'] !== null),
      (row) => [row['g'], row['stream'], row['q'], row['head'], row['holes']],
    ),
    decided: items(
      rowsIn(disk, 'sync_stream').filter((row) => row['q'] !== null),
      (row) => [
        row['stream'],
        row['q'],
        row['head'],
        (row['holes'] as number[]).toSorted((a, b) => a - b),
      ],
    ),
    vouchers: items(rowsIn(disk, 'sync_voucher'), (row) => row['sealed']),
  };
}

function livingOnDisk(disk: Disk): string[] {
  return items(rowsIn(disk, 'sync_living'), (row) => [
    row['node'],
    { stream: row['stream'], at: row['at'] },
  ]);
}

/** A cloud as its disk has it. */
export function cloudOnDisk(disk: Disk): Told {
  const state = rowsIn(disk, 'sync_tenant')[0] ?? {};
  const { stream, q, head, hlc, last_ref: lastRef } = state;
  return {
    ...historyOnDisk(disk, state),
    own: canonicalJson({ stream, q, head, hlc, lastRef }),
    wishes: items(rowsIn(disk, 'sync_op_id'), (row) => row['op_id']),
    wishFloor: String(state['wish_floor']),
    left: items(
      rowsIn(disk, 'sync_stream').filter((row) => row['is_left'] === true),
      (row) => row['stream'],
    ),
    numbers: items(
      rowsIn(disk, 'sync_stream').filter((row) => row['used_number'] !== null),
      (row) => [row['stream'], row['used_number']],
    ),
    gaps: items(
      rowsIn(disk, 'sync_stream').filter((row) => row['gap_since'] !== null),
      (row) => [row['stream'], row['gap_since']],
    ),
    living: livingOnDisk(disk),
  };
}

function opsOnDisk(disk: Disk, kind: string): string[] {
  const rows = rowsIn(disk, 'sync_op').filter((row) => row['kind'] === kind);
  return items(rows, (row) => {
    const op = JSON.parse(String(row['op'])) as Op;
    const chained = [op, row['previous_head'], row['head']];
    return kind === 'foreign' ? [...chained, row['signature']] : chained;
  });
}

/** A controller below the cloud as its disk has it. */
export function replicaOnDisk(disk: Disk): Told {
  const state = rowsIn(disk, 'sync_tenant')[0] ?? {};
  const { stream, q, head, hlc, last_ref: lastRef, scope_version: scopeVersion } = state;
  const catchup = state['catchup'] as {
    decided: [string, { q: number; head: string; holes: number[] }][];
    turn: { before: [string, number][] } | null;
  } | null;
  const receipts = Object.entries(state['receipts'] as Record<string, [number, number[]]>);
  return {
    ...historyOnDisk(disk, state),
    own: canonicalJson({ stream, q, head, hlc, lastRef, scopeVersion }),
    catchup: canonicalJson(
      catchup && {
        ...catchup,
        decided: items(catchup.decided, ([name, one]) =>
          decidedText([name, { ...one, holes: new Set(one.holes) }]),
        ),
        turn: catchup.turn && items(catchup.turn.before, (one) => one),
      },
    ),
    pending: opsOnDisk(disk, 'pending'),
    archive: opsOnDisk(disk, 'archive'),
    relay: opsOnDisk(disk, 'relay'),
    relayed: items(
      rowsIn(disk, 'sync_stream').filter((row) => row['relay_up_to'] !== null),
      (row) => [row['stream'], row['relay_up_to'], row['relay_head']],
    ),
    foreign: opsOnDisk(disk, 'foreign'),
    living: livingOnDisk(disk),
    upstream: String(state['upstream']),
    receipts: items(receipts, ([name, [upTo, extra]]) => [name, upTo, extra]),
    requestNumber: String(state['request_number']),
    relayForks: items(state['relay_forks'] as number[], (at) => at),
  };
}
