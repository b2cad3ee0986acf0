import { sql } from 'kysely';
import type { Catchup, DecidedUpTo } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import type { BaselinePlace } from '../deps.ts';
import type { Declarations } from '../types/index.ts';

/** What an upstream said it has of a stream. */
export type StoredReceipts = Readonly<
  Record<string, readonly [upTo: number, extra: readonly number[]]>
>;

/** A snapshot under way, as it is stored. */
export type StoredCatchup = Omit<Catchup, 'seen' | 'decided' | 'turn'> & {
  readonly decided: readonly (readonly [string, StoredDecided])[];
  readonly turn: StoredTurn | null;
};
/** Of rows that arrived, the row knows: it came with a later snapshot than this. */
interface StoredTurn {
  readonly before: readonly (readonly [stream: string, q: number])[];
  readonly snapshotNumber: number;
}
type StoredDecided = Omit<DecidedUpTo, 'holes'> & { readonly holes: readonly number[] };

/** How a tenant stands here. */
export interface TenantState {
  readonly tenantId: string;
  readonly node: string;
  readonly epoch: number;
  readonly cursor: number;
  readonly floor: number;
  readonly scopeVersion: number;
  readonly stream: string;
  readonly q: number;
  readonly head: string;
  readonly hlc: string;
  readonly lastRef: number;
  readonly catchup: StoredCatchup | null;
  readonly snapshotNumber: number;
  readonly upstream: string;
  readonly receipts: StoredReceipts;
  readonly requestNumber: number;
  /** When relays were believed that this database is a copy. Epoch milliseconds. */
  readonly relayForks: readonly number[];
  /** At the cloud: wishes decided up to here are no longer known by name. */
  readonly wishFloor: number;
  /** Null when all rows were read for the first time. */
  readonly baseline: { readonly after: BaselinePlace | null } | null;
}

const STATE = sql`tenant_id as "tenantId", node, epoch, cursor, floor, scope_version as "scopeVersion", stream, q,
  head, hlc, last_ref as "lastRef", catchup, snapshot_number as "snapshotNumber", upstream, receipts,
  request_number as "requestNumber", relay_forks as "relayForks", wish_floor as "wishFloor", baseline`;

/** The tenants that sync here. Who holds a tenant's lock is alone with it until the commit. */
export function tenantRepository(tx: Transaction) {
  return {
    lock: (tenantId: string): Promise<TenantState | undefined> =>
      tx.row(
        sql<TenantState>`select ${STATE} from sync_tenant where tenant_id = ${tenantId} for update`,
        'sync tenant lock',
      ),
    find: (tenantId: string): Promise<TenantState | undefined> =>
      tx.row(sql<TenantState>`select ${STATE} from sync_tenant where tenant_id = ${tenantId}`),
    ids: async (): Promise<string[]> => {
      const rows = await tx.rows(
        sql<{ id: string }>`select tenant_id as id from sync_tenant order by 1`,
      );
      return rows.map(({ id }) => id);
    },
    /** From now on changes of typed rows are captured, of tenants that sync. */
    beginCapture: (): Promise<number> => tx.run(sql`select sync_begin_capture()`),
    /** Takes up a tenant; nothing happens when it is known. */
    insert: (
      given: Pick<
        TenantState,
        'tenantId' | 'node' | 'scopeVersion' | 'stream' | 'head' | 'hlc' | 'baseline'
      > & { readonly declarations: Declarations },
    ): Promise<number> =>
      tx.run(sql`insert into sync_tenant (tenant_id, node, scope_version, stream, head, hlc, baseline, declarations)
        values (${given.tenantId}, ${given.node}, ${given.scopeVersion}, ${given.stream}, ${given.head}, ${given.hlc},
          ${json(given.baseline)}::jsonb, ${JSON.stringify(given.declarations)}::jsonb) on conflict do nothing`),
    /** What was known of the types when their tables were last written as a whole; null from before that was kept. */
    async declared(tenantId: string): Promise<Declarations | null> {
      const row = await tx.row(
        sql<{ declarations: Declarations | null }>`select declarations from sync_tenant
          where tenant_id = ${tenantId}`,
      );
      return row?.declarations ?? null;
    },
    declare: (tenantId: string, declarations: Declarations): Promise<number> =>
      tx.run(sql`update sync_tenant set declarations = ${JSON.stringify(declarations)}::jsonb
        where tenant_id = ${tenantId}`),
    /** Nothing of this transaction is missed if the machine loses power right after it. */
    needNotLast: (): Promise<number> => tx.run(sql`set local synchronous_commit = off`),
    save: (state: TenantState): Promise<number> =>
      tx.run(
        sql`update sync_tenant set epoch = ${state.epoch}, cursor = ${state.cursor}, floor = ${state.floor},
          scope_version = ${state.scopeVersion}, stream = ${state.stream}, q = ${state.q}, head = ${state.head},
          hlc = ${state.hlc}, last_ref = ${state.lastRef}, catchup = ${json(state.catchup)}::jsonb,
          snapshot_number = ${state.snapshotNumber}, upstream = ${state.upstream},
          receipts = ${JSON.stringify(state.receipts)}::jsonb, request_number = ${state.requestNumber},
          relay_forks = ${JSON.stringify(state.relayForks)}::jsonb, wish_floor = ${state.wishFloor},
          baseline = ${json(state.baseline)}::jsonb
        where tenant_id = ${state.tenantId}`,
        'sync tenant save',
      ),
  };
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
