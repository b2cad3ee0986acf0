import { sql, type RawBuilder } from 'kysely';
import { opOfText, textOfOp, type SealedOp } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import { bigintColumn, jsonColumn, textColumn } from './columns-repository.ts';
import { inSight, type Sight } from './row-repository.ts';

/** Why an op is kept. */
export type OpKind = 'pending' | 'archive' | 'relay' | 'foreign';

/** An op with where its row lies, or null when nobody here knows. */
export interface PlacedOp {
  readonly sealed: SealedOp;
  readonly place: string | null;
}

/** An op as it is stored. */
export interface StoredOp {
  readonly op: string;
  readonly previousHead: string;
  readonly head: string;
  readonly signature: string | null;
}

/** Which ops of a stream an upstream does not have. */
export interface OpRange {
  readonly kind: OpKind;
  readonly stream: string;
  readonly after: number;
  readonly extra: readonly number[];
}

/** A place in a stream. */
type Place = readonly [stream: string, q: number];

/** An op of elsewhere, as its text. */
export interface ForeignOp {
  readonly stream: string;
  readonly q: number;
  readonly rowId: string;
  readonly type: string;
  readonly text: string;
  readonly head: string;
  readonly signature: string;
}

function placesList(places: readonly Place[]) {
  return sql`unnest(${textColumn(places.map(([stream]) => stream))}, ${bigintColumn(places.map(([, q]) => q))})`;
}

/** The columns of a stored op. */
export const OP = sql`o.op, o.previous_head as "previousHead", o.head, o.signature`;

/** An op as it was stored. */
export function sealedOf({ op, previousHead, head, signature }: StoredOp): SealedOp {
  return {
    op: opOfText(op),
    previousHead,
    head,
    ...(signature === null ? {} : { signature }),
  };
}

/** Ops where a condition holds, in the order of their streams. */
export async function selectOps(
  given: { readonly tx: Transaction; readonly tenantId: string; readonly name?: string },
  where: RawBuilder<unknown>,
  limit?: number,
): Promise<SealedOp[]> {
  const rows = await given.tx.rows(
    sql<StoredOp>`select ${OP} from sync_op o where o.tenant_id = ${given.tenantId} and ${where}
      order by o.stream, o.q limit ${limit ?? null}::int`,
    given.name,
  );
  return rows.map((row) => sealedOf(row));
}

/** Ops of one tenant, of this controller and of others. */
export function opRepository(tx: Transaction, tenantId: string) {
  return {
    ...opReads(tx, tenantId),
    ...opRanges(tx, tenantId),
    ...opWrites(tx, tenantId),
    ...opKeeping(tx, tenantId),
    ...opCounts(tx, tenantId),
  };
}

function opReads(tx: Transaction, tenantId: string) {
  return {
    /** Ops of these kinds at these places. */
    at: async (kinds: readonly OpKind[], places: readonly Place[]): Promise<SealedOp[]> => {
      if (places.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredOp>`select ${OP} from ${placesList(places)} as x (stream, q)
          cross join lateral (select * from sync_op o where o.tenant_id = ${tenantId}
            and o.kind = any (${kinds}::text[]) and o.stream = x.stream and o.q = x.q) o
          order by o.stream, o.q`,
        'sync ops at',
      );
      return rows.map((row) => sealedOf(row));
    },
    /** Relayed ops behind what is whole of their streams. */
    beyond: async (streams: readonly string[]): Promise<SealedOp[]> => {
      if (streams.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredOp>`select ${OP} from sync_stream s join sync_op o on o.tenant_id = s.tenant_id and o.kind = 'relay'
            and o.stream = s.stream and o.q > s.relay_up_to
          where s.tenant_id = ${tenantId} and s.stream = any (${streams}::text[]) and s.relay_up_to is not null`,
        'sync ops beyond',
      );
      return rows.map((row) => sealedOf(row));
    },
    /** Undecided ops of these rows. */
    undecidedOf: async (rowIds: readonly string[]): Promise<SealedOp[]> => {
      if (rowIds.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredOp>`select ${OP} from sync_op o
          left join sync_stream s on s.tenant_id = ${tenantId} and s.stream = o.stream
          where o.tenant_id = ${tenantId} and o.row_id = any (${textColumn(rowIds)}) and o.kind <> 'archive'
            and o.q > coalesce(s.q, 0)`,
        'sync undecided of rows',
      );
      return rows.map((row) => sealedOf(row));
    },
    /** Ops of these rows that wait here, also those that a history knows whose rows did not come yet. */
    waitingOf: (rowIds: readonly string[]): Promise<SealedOp[]> =>
      selectOps(
        { tx, tenantId },
        sql`o.row_id = any (${textColumn(rowIds)}) and o.kind <> 'archive'`,
      ),
    /** Undecided ops of this controller and those above it in sight of one below. */
    foreignFor: async (given: {
      readonly sight: Sight;
      readonly streams: readonly string[];
      readonly limit: number;
    }): Promise<SealedOp[]> => {
      if (given.streams.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredOp>`select ${OP} from (select u.*, u.place as scope from sync_op u
            where u.tenant_id = ${tenantId} and u.kind in ('pending', 'foreign') and u.stream = any (${given.streams}::text[])) o
          left join sync_stream s on s.tenant_id = ${tenantId} and s.stream = o.stream
          where ${inSight('o', given.sight)} and o.q > coalesce(s.q, 0)
          order by o.stream, o.q limit ${given.limit}`,
        given.sight.root === undefined ? 'sync foreign' : 'sync foreign in sight',
      );
      return rows.map((row) => sealedOf(row));
    },
  };
}

function opRanges(tx: Transaction, tenantId: string) {
  return {
    /** Rows with undecided ops that name one of these ids: a look through all of them, for a rare event. */
    naming: async (ids: readonly string[]): Promise<{ id: string; type: string }[]> => {
      if (ids.length === 0) return [];
      return tx.rows(sql<{
        id: string;
        type: string;
      }>`select distinct o.row_id as id, o.type from sync_op o
        where o.tenant_id = ${tenantId} and o.kind <> 'archive' and exists (
          select from unnest(${ids}::text[]) as x (id) where position(to_json(x.id)::text in o.op) > 0)`);
    },
    /** Own streams with undecided ops. */
    pendingStreams: async (): Promise<string[]> => {
      const first = (after: ReturnType<typeof sql>) => sql`(select p.stream from sync_op p
        where p.tenant_id = ${tenantId} and p.kind = 'pending' and p.stream > ${after} order by p.stream limit 1)`;
      const rows = await tx.rows(
        sql<{ stream: string }>`with recursive own (stream) as (
            select ${first(sql`''`)} union all select ${first(sql`own.stream`)} from own where own.stream is not null
          ) select stream from own where stream is not null`,
        'sync pending streams',
      );
      return rows.map(({ stream }) => stream);
    },
    /** Ranges in which there is something. */
    nonEmpty: async (ranges: readonly OpRange[]): Promise<OpRange[]> => {
      if (ranges.length === 0) return [];
      const rows = await tx.rows(
        sql<{ place: number }>`select x.place from json_to_recordset(${JSON.stringify(
          ranges.map((range, place) => ({ ...range, place })),
        )}::json) as x (place int, kind text, stream text, after bigint, extra bigint[])
          cross join lateral (select from sync_op o where o.tenant_id = ${tenantId} and o.kind = x.kind
            and o.stream = x.stream and o.q > x.after and not o.q = any (x.extra) order by o.q limit 1) o
          order by x.place`,
        'sync op ranges filled',
      );
      return rows.flatMap(({ place }) => ranges[place] ?? []);
    },
    /** The first ops of each range. */
    ranges: async (ranges: readonly OpRange[], limit: number): Promise<SealedOp[]> => {
      if (ranges.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredOp>`select o.* from json_to_recordset(${JSON.stringify(ranges)}::json)
            as x (kind text, stream text, after bigint, extra bigint[])
          cross join lateral (select ${OP} from sync_op o where o.tenant_id = ${tenantId} and o.kind = x.kind
            and o.stream = x.stream and o.q > x.after and not o.q = any (x.extra) order by o.q limit ${limit}) o`,
        'sync op ranges',
      );
      return rows.map((row) => sealedOf(row));
    },
  };
}

function opWrites(tx: Transaction, tenantId: string) {
  return {
    /** Keeps ops that are not kept under this kind yet: whoever writes looked for them under the tenant's lock. */
    write: async (kind: OpKind, ops: readonly PlacedOp[]): Promise<void> => {
      if (ops.length === 0) return;
      const sealed = ops.map((one) => one.sealed);
      const texts = [
        sealed.map(({ op }) => op.stream),
        sealed.map(({ op }) => op.opId),
        sealed.map(({ op }) => op.id),
        sealed.map(({ op }) => op.type),
        ops.map(({ place }) => place),
        sealed.map(({ previousHead }) => previousHead),
        sealed.map(({ head }) => head),
        sealed.map(({ signature }) => signature ?? null),
      ].map((column) => textColumn(column));
      const numbers = bigintColumn(sealed.map(({ op }) => op.q));
      await tx.run(
        sql`insert into sync_op (tenant_id, kind, stream, op_id, row_id, type, place, previous_head, head, signature, q, op)
          select ${tenantId}::uuid, ${kind}, stream, op_id, row_id, type, place::ltree, previous_head, head, signature, q, op
          from unnest(${sql.join(texts)}, ${numbers}, ${jsonColumn(sealed.map(({ op }) => textOfOp(op)))})
            as x (stream, op_id, row_id, type, place, previous_head, head, signature, q, op)`,
        'sync ops write',
      );
    },
    remove: (kinds: readonly OpKind[], places: readonly Place[]): Promise<number> =>
      tx.run(sql`delete from sync_op o using ${placesList(places)} as x (stream, q)
        where o.tenant_id = ${tenantId} and o.kind = any (${kinds}::text[]) and o.stream = x.stream and o.q = x.q`),
    /**
     * Forgets what is decided behind these places of streams: own ops go into the archive. Null: of all
     * streams, from their beginnings, where those that went long ago are met again. The rows it was about.
     */
    forgetDecided: (
      places: readonly Place[] | null,
    ): Promise<{ readonly id: string; readonly type: string }[]> => {
      const of =
        places === null
          ? sql`(select stream, 0 from sync_stream where tenant_id = ${tenantId})`
          : placesList(places);
      // Stream by stream, from where it was to where it is: joined as a whole, all that waits would be read.
      const decided = (kind: OpKind) => sql`array(select d.place from ${of} as x (stream, after)
        join sync_stream s on s.tenant_id = ${tenantId} and s.stream = x.stream
        cross join lateral (select w.ctid as place from sync_op w where w.tenant_id = ${tenantId} and w.kind = ${kind}
          and w.stream = x.stream and w.q > x.after and w.q <= s.q offset 0) d)`;
      return tx.rows(
        sql<{ id: string; type: string }>`with gone as (
            delete from sync_op o where o.ctid = any (${decided('relay')}) returning o.row_id, o.type
          ), kept as (
            update sync_op o set kind = 'archive', at = now() where o.ctid = any (${decided('pending')})
            returning o.row_id, o.type
          ) select row_id as id, type from (select * from gone union all select * from kept) as x (row_id, type)`,
        places === null ? 'sync forget decided of all' : 'sync forget decided',
      );
    },
  };
}

function opKeeping(tx: Transaction, tenantId: string) {
  return {
    /** Undecided ops of moved rows are where the rows are. */
    follow: (rows: readonly { readonly id: string; readonly home: string }[]): Promise<number> =>
      tx.run(
        sql`update sync_op o set place = x.home::ltree
          from unnest(${textColumn(rows.map(({ id }) => id))}, ${textColumn(rows.map(({ home }) => home))}) as x (id, home)
          where o.tenant_id = ${tenantId} and o.row_id = x.id and o.kind <> 'archive'
            and o.place is distinct from x.home::ltree`,
        'sync ops follow',
      ),
    foreignOps: (): Promise<ForeignOp[]> =>
      tx.rows(
        sql<ForeignOp>`select stream, q, row_id as "rowId", type, op as text, head, signature from sync_op
          where tenant_id = ${tenantId} and kind = 'foreign'`,
        'sync foreign ops',
      ),
    clearForeign: (): Promise<{ rowId: string; type: string }[]> =>
      tx.rows(
        sql<{
          rowId: string;
          type: string;
        }>`delete from sync_op where tenant_id = ${tenantId} and kind = 'foreign'
          returning row_id as "rowId", type`,
        'sync foreign clear',
      ),
    pruneArchive: (before: Date): Promise<number> =>
      tx.run(
        sql`delete from sync_op where tenant_id = ${tenantId} and kind = 'archive' and at < ${before}`,
      ),
  };
}

function opCounts(tx: Transaction, tenantId: string) {
  return {
    hasUndecided: async (): Promise<boolean> => {
      const row = await tx.row(
        sql<{
          has: boolean;
        }>`select exists (select from sync_op where tenant_id = ${tenantId} and kind = 'pending')
          or exists (select from sync_op where tenant_id = ${tenantId} and kind = 'relay') as has`,
        'sync has undecided',
      );
      return row?.has === true;
    },
    countUndecided: async (): Promise<number> => {
      const row = await tx.row(sql<{ count: number }>`select count(*) as count from sync_op
        where tenant_id = ${tenantId} and kind in ('pending', 'relay')`);
      return row?.count ?? 0;
    },
  };
}
