import {
  createReplica,
  effectiveRows,
  EMPTY_HEAD,
  lendingIdOf,
  nodeOf,
  resolveId,
  rulesOf,
  type Alias,
  type Registry,
  type Replica,
  type Row,
} from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { OnChanged, RowChange, SyncTopology } from './deps.ts';
import { opRepository } from './store/op-repository.ts';
import { rowRepository } from './store/row-repository.ts';
import { streamRepository } from './store/stream-repository.ts';
import type { TenantState } from './store/tenant-repository.ts';
import { catchupOf, fillStreams } from './store/working-replica.ts';

/** Rows that are told at once: as many as one page brings. */
const CHANGES_MAX = 1_000;

/** Rows that may be others now, with what was decided of them before. */
export type Changed = ReadonlyMap<
  string,
  { readonly type: string; readonly previous: Row | undefined }
>;

/** Tells whoever keeps typed rows what changed, inside the transaction. */
export interface Announcer {
  readonly add: (handler: OnChanged) => void;
  readonly tell: (tx: Transaction, given: Telling, changed: Changed) => Promise<void>;
}

interface Telling {
  readonly state: TenantState;
  readonly topology: SyncTopology;
  /** At the cloud, where nothing is undecided: the changed rows. */
  readonly known?: ReadonlyMap<string, Row>;
}

export function createAnnouncer(registry: Registry): Announcer {
  const handlers: OnChanged[] = [];
  return {
    add: (handler) => void handlers.push(handler),
    async tell(tx, { state, topology, known }, changed) {
      if (handlers.length === 0) return;
      const ids = [...changed.keys()];
      for (let start = 0; start < ids.length; start += CHANGES_MAX) {
        const some = new Map(ids.slice(start, start + CHANGES_MAX).map((id) => [id, id]));
        if (!known) await addReplaced(tx, state.tenantId, some);
        const rows =
          known ?? (await effectiveOf(tx, { state, topology, registry }, [...some.keys()]));
        const changes = [...some].flatMap(([id, told]) =>
          changeOf(id, rows.get(id), changed.get(changed.has(id) ? id : told)),
        );
        for (const handler of handlers) await handler(tx, changes, { tenantId: state.tenantId });
      }
    },
  };
}

/** What is wished of an id that became another's shows there: those are looked at, too. */
async function addReplaced(
  tx: Transaction,
  tenantId: string,
  ids: Map<string, string>,
): Promise<void> {
  for (const { from, to } of await rowRepository(tx, tenantId).aliasesFrom([...ids.keys()]))
    if (!ids.has(to)) ids.set(to, from);
}

function changeOf(
  id: string,
  row: Row | undefined,
  before: { readonly type: string; readonly previous: Row | undefined } | undefined,
): RowChange[] {
  if (!before) return [];
  const live = row && !row.isDeleted ? row : null;
  return [{ type: before.type, id, row: live, previous: before.previous ?? null }];
}

/** Rows as people here see them: decided ones, with what is not decided yet on top. Live ones only. */
export async function effectiveOf(
  tx: Transaction,
  given: Telling & { readonly registry: Registry },
  ids: readonly string[],
): Promise<ReadonlyMap<string, Row>> {
  const { state, topology, registry } = given;
  const { tenantId } = state;
  const rows = rowRepository(tx, tenantId);
  const aliases = await rows.aliasesOf(ids);
  const wanted = new Set([...ids, ...aliases.flatMap(({ from, to }) => [from, to])]);
  const replica = createReplica(state.node, state.scopeVersion, NO_TOOLS);
  replica.history.epoch = state.epoch;
  for (const alias of aliases) replica.history.aliases.set(alias.from, alias);
  for (const row of await rows.byIds([...wanted])) replica.history.rows.set(row.id, row);
  const ops = opRepository(tx, tenantId);
  const turn = state.catchup?.turn;
  replica.pending = turn ? await ops.waitingOf([...wanted]) : await ops.undecidedOf([...wanted]);
  if (turn) await fillTurn(tx, { state, ids: [...wanted] }, replica);
  await fillReferred(tx, { tenantId, registry, aliases: replica.history.aliases }, replica.pending);
  await fillLent(tx, tenantId, replica);
  const effective = effectiveRows(replica, { registry, layerOf: topology.layerOf });
  const found = new Map<string, Row>();
  for (const id of ids) {
    // What became another is gone under its old name.
    if (resolveId({ aliasOf: (from) => replica.history.aliases.get(from)?.to }, id) !== id)
      continue;
    const row = effective.get(id);
    if (row) found.set(id, row);
  }
  return found;
}

/** While one history takes the place of another, each row says which of them it is of. */
async function fillTurn(
  tx: Transaction,
  { state, ids }: { readonly state: TenantState; readonly ids: readonly string[] },
  replica: Replica,
): Promise<void> {
  const { catchup, tenantId } = state;
  if (!catchup?.turn) return;
  const streams = [...new Set(replica.pending.map(({ op }) => op.stream))];
  fillStreams(replica, await streamRepository(tx, tenantId).byNames(streams));
  const rows = rowRepository(tx, tenantId);
  const arrived = await rows.arrivedSince(ids, catchup.turn.snapshotNumber);
  const turn = { before: new Map(catchup.turn.before), arrived: new Set(arrived) };
  replica.catchup = { ...catchupOf(catchup), turn };
}

/** Undecided writes may name ids that became others. */
async function fillReferred(
  tx: Transaction,
  given: {
    readonly tenantId: string;
    readonly registry: Registry;
    readonly aliases: Map<string, Alias>;
  },
  pending: readonly { readonly op: { readonly type: string; readonly fields: object } }[],
): Promise<void> {
  const ids = new Set<string>();
  for (const { op } of pending) {
    for (const [name, { refersTo }] of Object.entries(
      rulesOf(given.registry, op.type)?.fields ?? {},
    )) {
      const value: unknown = refersTo === undefined ? undefined : Reflect.get(op.fields, name);
      if (typeof value === 'string') ids.add(value);
    }
  }
  for (const alias of await rowRepository(tx, given.tenantId).aliasesFrom([...ids]))
    given.aliases.set(alias.from, alias);
}

/** By which names things go that somebody numbered out of what was lent to him. */
async function fillLent(
  tx: Transaction,
  tenantId: string,
  { history, pending }: Replica,
): Promise<void> {
  const numbered = pending.filter(({ op }) => op.number !== undefined);
  const ids = new Set(numbered.map(({ op }) => lendingIdOf(nodeOf(op.stream))));
  for (const row of await rowRepository(tx, tenantId).byIds([...ids]))
    history.rows.set(row.id, row);
}

/** Looking at rows writes nothing. */
const NO_TOOLS = {
  wallMs: () => 0,
  newId: () => '',
  newIncarnation: () => '',
  sha256: () => new TextEncoder().encode(EMPTY_HEAD),
};
