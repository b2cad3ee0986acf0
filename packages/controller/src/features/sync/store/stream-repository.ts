import { sql } from 'kysely';
import type { DecidedUpTo, LivingStream } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';

/** What is known of one author's stream. */
export interface StoredStream {
  readonly stream: string;
  /** Null when nothing of it is decided. */
  readonly q: number | null;
  readonly head: string | null;
  readonly holes: readonly number[];
  readonly gapSince: number | null;
  /** The highest that it gave of the numbers that were lent to it; null without any. */
  readonly usedNumber: number | null;
  /** Null when this is no relay for it. */
  readonly relayUpTo: number | null;
  readonly relayHead: string | null;
}

/** Holes leave the database as JSON: its driver reads no arrays of large numbers. */
const STREAM = sql`stream, q, head, to_json(holes) as holes, gap_since as "gapSince",
  used_number as "usedNumber", relay_up_to as "relayUpTo", relay_head as "relayHead"`;

/** How far streams are decided and relayed, and in which one each controller writes now. */
export function streamRepository(tx: Transaction, tenantId: string) {
  return {
    ...streamPlaces(tx, tenantId),
    ...leftStreams(tx, tenantId),
    ...livingStreams(tx, tenantId),
  };
}

function streamPlaces(tx: Transaction, tenantId: string) {
  return {
    byNames: async (streams: readonly string[]): Promise<StoredStream[]> => {
      if (streams.length === 0) return [];
      return tx.rows(
        sql<StoredStream>`select ${STREAM} from sync_stream
          where tenant_id = ${tenantId} and stream = any (${streams}::text[])`,
        'sync streams by name',
      );
    },
    /** Streams of these names, and all that are relayed. */
    namedOrRelayed: (streams: readonly string[]): Promise<StoredStream[]> =>
      tx.rows(
        sql<StoredStream>`select ${STREAM} from sync_stream
          where tenant_id = ${tenantId} and (stream = any (${streams}::text[]) or relay_up_to is not null)`,
        'sync streams named or relayed',
      ),
    relayed: (): Promise<StoredStream[]> =>
      tx.rows(
        sql<StoredStream>`select ${STREAM} from sync_stream
          where tenant_id = ${tenantId} and relay_up_to is not null order by stream`,
        'sync streams relayed',
      ),
    /** All that are decided in part. */
    decided: async (): Promise<(readonly [string, DecidedUpTo])[]> => {
      const rows = await tx.rows(sql<StoredStream>`select ${STREAM} from sync_stream
        where tenant_id = ${tenantId} and q is not null order by stream`);
      return rows.flatMap(({ stream, q, head, holes }) =>
        q === null || head === null ? [] : [[stream, { q, head, holes: new Set(holes) }] as const],
      );
    },
    write: async (streams: readonly StoredStream[]): Promise<void> => {
      if (streams.length === 0) return;
      await tx.run(
        sql`insert into sync_stream (tenant_id, stream, q, head, holes, gap_since, used_number, relay_up_to, relay_head)
          select ${tenantId}::uuid, stream, q, head, holes, "gapSince", "usedNumber", "relayUpTo", "relayHead"
          from json_to_recordset(${JSON.stringify(streams)}::json) as x (stream text, q bigint, head text,
            holes bigint[], "gapSince" bigint, "usedNumber" bigint, "relayUpTo" bigint, "relayHead" text)
          on conflict (tenant_id, stream) do update set q = excluded.q, head = excluded.head, holes = excluded.holes,
            gap_since = excluded.gap_since, used_number = excluded.used_number, relay_up_to = excluded.relay_up_to, relay_head = excluded.relay_head`,
        'sync streams write',
      );
    },
    /** How far streams are decided is another history's: forgotten, before the new one is written. */
    clearDecided: (): Promise<number> =>
      tx.run(
        sql`update sync_stream set q = null, head = null, holes = '{}' where tenant_id = ${tenantId}`,
      ),
    /** What was relayed is told anew from the beginning. */
    rewindRelayed: (): Promise<number> =>
      tx.run(sql`update sync_stream set relay_up_to = 0, relay_head = null
        where tenant_id = ${tenantId} and relay_up_to is not null`),
    clearGaps: (): Promise<number> =>
      tx.run(sql`update sync_stream set gap_since = null where tenant_id = ${tenantId}`),
  };
}

function leftStreams(tx: Transaction, tenantId: string) {
  return {
    /** Those of which something was written anew in another. */
    leftOf: async (streams: readonly string[]): Promise<string[]> => {
      if (streams.length === 0) return [];
      const rows = await tx.rows(
        sql<{ stream: string }>`select stream from sync_stream
          where tenant_id = ${tenantId} and stream = any (${streams}::text[]) and is_left`,
        'sync streams left',
      );
      return rows.map(({ stream }) => stream);
    },
    noteLeft: async (streams: readonly string[]): Promise<void> => {
      if (streams.length === 0) return;
      await tx.run(sql`insert into sync_stream (tenant_id, stream, is_left)
        select ${tenantId}::uuid, stream, true from unnest(${streams}::text[]) as x (stream)
        on conflict (tenant_id, stream) do update set is_left = true`);
    },
  };
}

function livingStreams(tx: Transaction, tenantId: string) {
  return {
    /** Streams that are decided as far as they came are no longer relayed. */
    endRelayed: (): Promise<number> =>
      tx.run(
        sql`update sync_stream s set relay_up_to = null, relay_head = null
          where s.tenant_id = ${tenantId} and s.relay_up_to is not null and s.relay_up_to <= coalesce(s.q, 0)
            and not exists (select from sync_op o where o.tenant_id = ${tenantId} and o.kind = 'relay'
              and o.stream = s.stream)`,
        'sync streams end relayed',
      ),
    livingOf: async (nodes: readonly string[]): Promise<Map<string, LivingStream>> => {
      if (nodes.length === 0) return new Map();
      const rows = await tx.rows(
        sql<LivingStream & { readonly node: string }>`select node, stream, at from sync_living
          where tenant_id = ${tenantId} and node = any (${nodes}::text[])`,
        'sync living by node',
      );
      return new Map(rows.map(({ node, stream, at }) => [node, { stream, at }]));
    },
    living: async (): Promise<Map<string, LivingStream>> => {
      const rows = await tx.rows(
        sql<LivingStream & { readonly node: string }>`select node, stream, at from sync_living
          where tenant_id = ${tenantId} order by node`,
        'sync living',
      );
      return new Map(rows.map(({ node, stream, at }) => [node, { stream, at }]));
    },
    writeLiving: async (living: readonly (readonly [string, LivingStream])[]): Promise<void> => {
      if (living.length === 0) return;
      await tx.run(
        sql`insert into sync_living (tenant_id, node, stream, at)
          select ${tenantId}::uuid, node, stream, at
          from unnest(${living.map(([node]) => node)}::text[], ${living.map(([, one]) => one.stream)}::text[],
            ${living.map(([, one]) => one.at)}::text[]) as x (node, stream, at)
          on conflict (tenant_id, node) do update set stream = excluded.stream, at = excluded.at`,
        'sync living write',
      );
    },
  };
}
