import { sql, type RawBuilder } from 'kysely';
import type { SealedOp, Stretch } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import type { SignedPlace } from '../deps.ts';
import { OP, sealedOf, selectOps, type OpKind, type StoredOp } from './op-repository.ts';

/** What is held of an own stream, as it is read; null for what is not there. */
export interface StoredHeld {
  readonly stream: string;
  readonly decided: number | null;
  readonly decidedHead: string | null;
  readonly head: string | null;
  readonly link: string | null;
  readonly wholeUpTo: number;
  readonly last: number;
  readonly holes: readonly number[];
}

/** Own ops of one tenant, where they are written anew or recalled. */
export function ownOpRepository(tx: Transaction, tenantId: string) {
  return { ...heldOps(tx, tenantId), ...ownPages(tx, tenantId) };
}

function heldOps(tx: Transaction, tenantId: string) {
  const own = sql`o.tenant_id = ${tenantId} and o.kind in ('pending', 'archive')`;
  return {
    /** Own streams of which anything is held, and this one, next to what is known to be decided of them. */
    heldStreams: async (present: string): Promise<StoredHeld[]> => {
      const first = (
        kind: OpKind,
        after: RawBuilder<unknown>,
      ) => sql`(select p.stream from sync_op p
        where p.tenant_id = ${tenantId} and p.kind = ${kind} and p.stream > ${after} order by p.stream limit 1)`;
      const next = (after: RawBuilder<unknown>) =>
        sql`least(${first('pending', after)}, ${first('archive', after)})`;
      return tx.rows(sql<StoredHeld>`with recursive names (stream) as (
          select ${next(sql`''`)} union all select ${next(sql`names.stream`)} from names where names.stream is not null
        ), streams (stream) as (select stream from names where stream is not null union select ${present}),
        known as (select x.stream, s.q as decided, coalesce(s.q, 0) as q, s.head, coalesce(s.holes, '{}') as holes
          from streams x left join sync_stream s on s.tenant_id = ${tenantId} and s.stream = x.stream)
        select k.stream, k.decided, k.head as "decidedHead",
          (select o.head from sync_op o where ${own} and o.stream = k.stream and o.q = k.q) as head,
          (select o.previous_head from sync_op o where ${own} and o.stream = k.stream and o.q = k.q + 1) as link,
          (select coalesce(max(w.q), k.q) from (select o.q, row_number() over (order by o.q) as place from sync_op o
            where ${own} and o.stream = k.stream and o.q > k.q) w where w.q = k.q + w.place) as "wholeUpTo",
          (select coalesce(max(o.q), 0) from sync_op o where ${own} and o.stream = k.stream) as last,
          (select coalesce(json_agg(o.q), '[]') from sync_op o where ${own} and o.stream = k.stream
            and o.q = any (k.holes)) as holes
        from known k order by k.stream`);
    },
  };
}

function ownPages(tx: Transaction, tenantId: string) {
  const own = sql`o.tenant_id = ${tenantId} and o.kind in ('pending', 'archive')`;
  return {
    /** The first undecided own op of each of these streams. */
    firstPending: async (streams: readonly string[]): Promise<SealedOp[]> => {
      const rows = await tx.rows(
        sql<StoredOp>`select o.* from unnest(${streams}::text[]) as x (stream)
          cross join lateral (select ${OP} from sync_op o where o.tenant_id = ${tenantId} and o.kind = 'pending'
            and o.stream = x.stream order by o.q limit 1) o`,
        'sync first pending ops',
      );
      return rows.map((row) => sealedOf(row));
    },
    /** Archived ops of these stretches are undecided again. */
    recall: (
      stretches: readonly {
        readonly stream: string;
        readonly after: number;
        readonly upTo: number;
      }[],
    ): Promise<number> =>
      tx.run(sql`update sync_op o set kind = 'pending'
        from json_to_recordset(${JSON.stringify(stretches)}::json) as x (stream text, after bigint, "upTo" bigint)
        where o.tenant_id = ${tenantId} and o.kind = 'archive' and o.stream = x.stream and o.q > x.after and o.q <= x."upTo"`),
    /** Vouches for everything up to a place. */
    sign: ({ stream, q }: SignedPlace, signature: string): Promise<number> =>
      tx.run(sql`update sync_op o set signature = ${signature}
        where ${own} and o.stream = ${stream} and o.q = ${q}`),
    /** Own ops of a stretch behind a number, in their order. */
    ownAfter: (
      { stream, upTo, isArchiveToo }: Stretch,
      after: number,
      limit: number,
    ): Promise<SealedOp[]> => {
      const kinds = isArchiveToo ? ['pending', 'archive'] : ['pending'];
      const end = Number.isFinite(upTo) ? sql`o.q <= ${upTo}` : sql`true`;
      return selectOps(
        { tx, tenantId },
        sql`o.kind = any (${kinds}::text[]) and o.stream = ${stream} and o.q > ${after} and ${end}`,
        limit,
      );
    },
    /** Rows that are not here and that somebody wishes otherwise in what was decided once, behind an id. */
    missingRows: (
      before: readonly (readonly [stream: string, q: number])[],
      after: string,
      limit: number,
    ): Promise<{ id: string; type: string }[]> =>
      tx.rows(sql<{ id: string; type: string }>`select o.row_id as id, min(o.type) as type
        from unnest(${before.map(([stream]) => stream)}::text[], ${before.map(([, q]) => q)}::bigint[]) as x (stream, q)
        join sync_op o on o.tenant_id = ${tenantId} and o.kind in ('pending', 'relay') and o.stream = x.stream and o.q <= x.q
        where o.row_id > ${after}
          and not exists (select from sync_row r where r.tenant_id = ${tenantId} and r.row_id = o.row_id)
        group by o.row_id order by o.row_id limit ${limit}`),
  };
}
