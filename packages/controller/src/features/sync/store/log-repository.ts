import { sql } from 'kysely';
import type { DecidedMark, Entry } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import { firstWithin } from './bounds.ts';
import { bigintColumn, jsonColumn, listText, textColumn } from './columns-repository.ts';
import { entryText, unpackEntry, type PackedEntry } from './packed.ts';
import { inSight, type Sight } from './row-repository.ts';

interface StoredEntry {
  readonly g: number;
  readonly stream: string;
  readonly q: number;
  readonly type: string;
  readonly text: string;
}

/** Decisions in sight, and how much room they take. */
export interface EntryPage {
  readonly entries: readonly Entry[];
  /** Behind the last of these there may be more. */
  readonly isCut: boolean;
}

/** The log of one tenant's decisions. */
export function logRepository(tx: Transaction, tenantId: string) {
  return {
    ...logPages(tx, tenantId),
    ...logKeeping(tx, tenantId),
  };
}

function logPages(tx: Transaction, tenantId: string) {
  return {
    /** Decisions in sight with `from < g ≤ upTo`, in order, bounded in number and bytes. */
    page: async (given: {
      readonly sight: Sight;
      /** Streams of which the reader hears what was refused. */
      readonly refused: readonly string[];
      readonly from: number;
      readonly upTo: number;
      readonly limit: number;
      readonly bytesMax: number;
    }): Promise<EntryPage> => {
      const { sight, from, upTo, limit } = given;
      const seen =
        sight.root === undefined
          ? sql`true`
          : sql`(${inSight('l', sight)} or l.scopes <@ ${sight.root}::ltree or (l.scopes @> ${sight.root}::ltree
              and (l.type = any (${sight.inheritedTypes}::text[]) or l.entry -> 'also' is not null))
            or (l.scope is null and l.entry -> 'lost' is not null and l.stream = any (${given.refused}::text[])))`;
      const rows = await tx.rows(
        sql<StoredEntry>`select l.g, l.stream, l.q, l.type, l.entry::text as text from sync_log l
          where l.tenant_id = ${tenantId} and l.g > ${from} and l.g <= ${upTo} and l.entry is not null and ${seen}
          order by l.g limit ${limit}`,
        sight.root === undefined ? 'sync log page' : 'sync log page in sight',
      );
      const fitting = firstWithin(rows, {
        bytesMax: given.bytesMax,
        sizeOf: ({ text }) => text.length,
      });
      return {
        entries: fitting.map(({ text, ...place }) =>
          unpackEntry(JSON.parse(text) as PackedEntry, place),
        ),
        isCut: rows.length === limit || fitting.length < rows.length,
      };
    },
    /** Streams of which something was refused with `from < g ≤ upTo`. */
    refusedStreams: async (from: number, upTo: number): Promise<string[]> => {
      const rows = await tx.rows(
        sql<{ stream: string }>`select distinct stream from sync_log where tenant_id = ${tenantId}
          and g > ${from} and g <= ${upTo} and scope is null and entry is not null`,
        'sync log refused',
      );
      return rows.map(({ stream }) => stream);
    },
    /** The last mark of each stream with `from < g ≤ upTo`. */
    marks: async (from: number, upTo: number): Promise<DecidedMark[]> =>
      tx.rows(
        sql<DecidedMark>`with passed as (
            select stream, max(g) as g, max(g) filter (where holes is not null) as holes_g from sync_log
            where tenant_id = ${tenantId} and g > ${from} and g <= ${upTo} and head is not null group by stream
          )
          select l.g, l.stream, l.q, l.head, to_json(h.holes) as holes
          from passed p join sync_log l on l.tenant_id = ${tenantId} and l.g = p.g
          left join sync_log h on h.tenant_id = ${tenantId} and h.g = p.holes_g
          order by l.g`,
        'sync log marks',
      ),
  };
}

function logKeeping(tx: Transaction, tenantId: string) {
  return {
    append: async (entries: readonly Entry[], marks: readonly DecidedMark[]): Promise<void> => {
      const records = recordsOf(entries, marks);
      if (records.length === 0) return;
      const texts = [
        records.map(({ stream }) => stream),
        records.map(({ type }) => type),
        records.map(({ head }) => head),
        records.map(({ holes }) => listText(holes)),
        records.map(({ scope }) => scope),
        records.map(({ scopes }) => listText(scopes)),
      ].map((column) => textColumn(column));
      const numbers = [records.map(({ g }) => g), records.map(({ q }) => q)].map((column) =>
        bigintColumn(column),
      );
      const decisions = records.map(({ entry }) => (entry ? entryText(entry) : null));
      await tx.run(
        sql`insert into sync_log (tenant_id, g, stream, q, head, holes, scope, scopes, type, entry)
          select ${tenantId}::uuid, g, stream, q, head, holes::bigint[], scope::ltree, scopes::ltree[], type, entry::json
          from unnest(${sql.join(texts)}, ${sql.join(numbers)}, ${jsonColumn(decisions)})
            as x (stream, type, head, holes, scope, scopes, g, q, entry)`,
        'sync log append',
      );
    },
    /** Forgets what lies at or below a decision. */
    forget: (floor: number): Promise<number> =>
      tx.run(sql`delete from sync_log where tenant_id = ${tenantId} and g <= ${floor}`),
    clear: (): Promise<number> => tx.run(sql`delete from sync_log where tenant_id = ${tenantId}`),
    /** The newest decision that is older than a moment; zero without any. */
    newestBefore: async (at: Date): Promise<number> => {
      const row = await tx.row(sql<{
        g: number;
      }>`select coalesce(max(g), 0)::bigint as g from sync_log
        where tenant_id = ${tenantId} and at < ${at}`);
      return row?.g ?? 0;
    },
  };
}

interface LogRecord {
  g: number;
  stream: string;
  q: number;
  head: string | null;
  holes: readonly number[] | null;
  scope: string | null;
  scopes: readonly string[] | null;
  type: string;
  entry: Entry | null;
}

/** One record a decision: with what it came to, how far its stream is decided by it, or both. */
function recordsOf(entries: readonly Entry[], marks: readonly DecidedMark[]): LogRecord[] {
  const records = new Map<number, LogRecord>();
  for (const entry of entries) {
    const { g, stream, q, type } = entry;
    records.set(g, {
      g,
      stream,
      q,
      type,
      head: null,
      holes: null,
      ...placesOf(entry),
      entry,
    });
  }
  for (const { g, stream, q, head, holes } of marks) {
    const record = records.get(g);
    if (record) Object.assign(record, { head, holes });
    else
      records.set(g, {
        g,
        stream,
        q,
        head,
        holes,
        scope: null,
        scopes: null,
        type: '',
        entry: null,
      });
  }
  return [...records.values()];
}

function placesOf({
  row,
  previousHome,
  alias,
  rewritten,
}: Entry): Pick<LogRecord, 'scope' | 'scopes'> {
  const places = [
    ...(row ? [row.home] : []),
    ...(previousHome === null ? [] : [previousHome]),
    ...(alias ? [alias.home] : []),
    ...rewritten.map(({ home }) => home),
  ];
  return { scope: places[0] ?? null, scopes: places.length > 1 ? places : null };
}
