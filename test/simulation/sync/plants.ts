import {
  CLOUD,
  streamOf,
  type Entry,
  type LogPage,
  type Op,
  type Row,
  type SealedOp,
  type SyncResponse,
} from '@wardgrid/sync';
import { signed } from './seals.ts';
import { CALM, type Plant, type Torment } from './story.ts';

/** A fault that is planted, and the invariant that must notice it before any other does. */
interface PlantedFault {
  readonly name: string;
  readonly noticedBy: string;
  readonly plant: Plant;
  /** Where the world's own faults would let another invariant notice it first. */
  readonly torment?: Torment;
}

const FAR_FUTURE = 'ffffffffffff0000';

/** What a relay says in place of what the cloud decided, or those above it wrote. */
interface Liar {
  readonly name: string;
  readonly tells: NonNullable<Plant['response']>;
  /** It breaks no proof, and still nobody does what it says. */
  readonly isProved?: boolean;
}

/** A lie about the decisions of a page; the cloud tells none. */
function lying(change: (page: LogPage) => Partial<LogPage>): Liar['tells'] {
  return (response) =>
    response.from !== CLOUD && response.page && response.page.upTo > response.page.from
      ? { ...response, page: { ...response.page, ...change(response.page) } }
      : response;
}

function altered(entry: Entry | undefined): Entry[] {
  if (!entry?.row) return entry ? [entry] : [];
  const fields = Object.entries(entry.row.fields).map(
    ([name, field]) => [name, { ...field, value: 'altered' }] as const,
  );
  return [{ ...entry, row: { ...entry.row, ref: 'altered', fields: Object.fromEntries(fields) } }];
}

function invented(entry: Entry): Entry {
  return { ...entry, row: entry.row && { ...entry.row, id: `${entry.row.id}-invented` } };
}

/** Rows as a whole, in which a relay can leave out whatever it likes. */
function asSnapshot(response: SyncResponse): SyncResponse {
  const { page } = response;
  if (response.from === CLOUD || !page) return response;
  const snapshot = {
    at: page.upTo,
    after: null,
    next: null,
    rows: page.entries.flatMap(({ row }) => row ?? []),
    aliases: [],
    decided: [],
  };
  return { ...response, page: null, snapshot };
}

/** A lie about what is undecided above; the cloud shows nothing. */
function showing(
  change: (shown: readonly SealedOp[], response: SyncResponse) => readonly SealedOp[],
): Liar['tells'] {
  return (response) =>
    response.from !== CLOUD && response.foreign
      ? { ...response, foreign: change(response.foreign, response) }
      : response;
}

/** A change that somebody made of the first row with fields that a page brings. */
function orderOf(author: string, row: Pick<Row, 'id' | 'type'>): Op {
  return {
    opId: `invented-${author}-${row.id}`,
    stream: streamOf(author, 'invented'),
    q: 1,
    hlc: '018bcfe568000000',
    kind: 'patch',
    type: row.type,
    id: row.id,
    home: null,
    fields: { name: 'invented' },
    seen: 1_000_000_000,
    by: 'nobody',
    schemaVersion: 1,
  };
}

/** Rows that a relay sees and does not serve: those that it inherits. */
const inheritedBy: (...given: Parameters<Liar['tells']>) => Row | undefined = (response, world) => {
  const relay = world.machines.find(({ replica }) => replica.node === response.from)?.replica;
  return [...(relay?.history.rows.values() ?? [])].find(
    ({ type, home, isDeleted }) =>
      type === 'policy' && !isDeleted && !world.tree.isHomeWithin(home, response.from),
  );
};

/** Every way in which a relay may say other than the cloud. */
export const LIARS: readonly Liar[] = [
  {
    name: 'it alters rows',
    tells: lying(({ entries: [first, ...rest] }) => ({ entries: [...altered(first), ...rest] })),
  },
  {
    name: 'it leaves out a decision',
    tells: lying(({ entries }) => ({ entries: entries.slice(1) })),
  },
  { name: 'it leaves out all', tells: lying(() => ({ entries: [], marks: [] })) },
  {
    name: 'it invents a decision',
    tells: lying(({ entries }) => ({
      entries: entries.map((entry, index) => (index === 0 ? invented(entry) : entry)),
    })),
  },
  {
    name: 'it turns the order',
    tells: lying(({ entries }) => ({ entries: entries.toReversed() })),
  },
  {
    name: 'it says that more of a stream is decided',
    tells: lying(({ marks }) => ({ marks: marks.map((mark) => ({ ...mark, q: mark.q + 1 })) })),
  },
  { name: 'it goes further than it was told', tells: lying(({ upTo }) => ({ upTo: upTo + 1 })) },
  {
    name: 'it hands on no word of the cloud',
    tells: lying(() => ({ vouchers: [] })),
  },
  {
    name: 'it changes the word of the cloud',
    tells: lying(({ vouchers, entries }) => ({
      entries: entries.slice(1),
      vouchers: vouchers.map(({ word, sealed }) => ({
        word,
        sealed: sealed && sealed.replace(word.digest, '0'.repeat(64)),
      })),
    })),
  },
  { name: 'it hands on rows as a whole', tells: asSnapshot },
  {
    name: 'it shows a change that the cloud did not make',
    tells: showing((shown) => [
      ...shown,
      signed({ ...orderOf(CLOUD, { id: 'anything', type: 'policy' }), kind: 'create', home: 'C' }),
    ]),
  },
  {
    name: 'it alters what it shows',
    tells: showing((shown) =>
      shown.map((sealed) => ({
        ...sealed,
        op: { ...sealed.op, fields: { ...sealed.op.fields, name: 'altered' } },
      })),
    ),
  },
  {
    name: 'it shows a change in the name of another',
    tells: showing((shown, { from }) => [
      ...shown,
      {
        ...signed(orderOf(from, { id: 'anything', type: 'policy' })),
        op: orderOf('n0', { id: 'anything', type: 'policy' }),
      },
    ]),
  },
  {
    name: 'it says that its child is a copy',
    isProved: true,
    tells: (response) =>
      response.from === CLOUD || response.status !== 'ok'
        ? response
        : { ...response, status: 'fork', page: null, snapshot: null, foreign: null },
  },
  {
    name: 'it orders what is not its to order',
    isProved: true,
    tells: (response, world, machine) => {
      const row = inheritedBy(response, world, machine);
      const order = row && signed(orderOf(response.from, row));
      return response.foreign && order
        ? { ...response, foreign: [...response.foreign, order] }
        : response;
    },
  },
  {
    name: 'it says that what its child sees has changed',
    tells: (response) =>
      response.from === CLOUD ? response : { ...response, scopeVersion: response.scopeVersion + 1 },
  },
];

/** One planted fault or more for every invariant. */
const FAULTS: readonly PlantedFault[] = [
  {
    name: 'a page whose cursor is saved, but not its rows',
    noticedBy: 'I1 prefix',
    plant: {
      response: (response) =>
        response.page && response.page.entries.length > 0
          ? { ...response, page: { ...response.page, entries: [] } }
          : response,
    },
  },
  {
    name: 'undecided ops of a sibling are shown',
    noticedBy: 'I2 scope',
    plant: {
      response: (response, world, { replica }) => {
        const stranger = world.machines.find(
          (one) => one.replica.node !== replica.node && world.tree.layerOf(one.replica.node) === 1,
        );
        const ops = stranger?.replica.pending.filter(({ op }) => op.type === 'task') ?? [];
        return response.foreign
          ? { ...response, foreign: ops.map(({ op }) => signed(op)) }
          : response;
      },
    },
  },
  {
    name: 'a receipt of the parent is taken for custody',
    noticedBy: 'I3 own writes',
    plant: {
      applied: ({ replica }, { received, from }) => {
        if (from === 'cloud') return;
        const upTo = new Map(received.map((receipt) => [receipt.stream, receipt.upTo]));
        replica.pending = replica.pending.filter(({ op }) => op.q > (upTo.get(op.stream) ?? 0));
      },
    },
  },
  {
    name: 'what is not decided yet is forgotten',
    noticedBy: 'I12 durability',
    torment: CALM,
    plant: {
      // A change, not a thing of one's own, which would be missed at once; and before anybody has it.
      applied: ({ replica }) => {
        const last = replica.pending.at(-1);
        if (!last || last.op.kind !== 'patch') return;
        if ((replica.soft.receipts.received.get(replica.stream)?.upTo ?? 0) >= last.op.q) return;
        replica.pending.pop();
        replica.q -= 1;
        replica.head = last.previousHead;
      },
    },
  },
  {
    name: 'a deleted row comes back to life',
    noticedBy: 'I4 finality',
    plant: {
      applied: ({ replica }) => {
        const { rows } = replica.history;
        for (const row of rows.values())
          if (row.isDeleted) rows.set(row.id, { ...row, isDeleted: false });
      },
    },
  },
  {
    name: 'a wrong clock is believed',
    noticedBy: 'I5 clock',
    plant: { applied: ({ replica }) => void (replica.hlc = FAR_FUTURE) },
  },
  {
    name: 'wishes are not told apart from their repeats',
    noticedBy: 'I6 decided once',
    plant: { decided: (_, { cloud }) => cloud.opIds.clear() },
  },
  {
    name: 'numbers of a stream are decided again',
    noticedBy: 'I7 stream order',
    plant: {
      decided: (verdict, { cloud }) => {
        if (verdict.kind !== 'decided') return;
        const { stream, q } = verdict.entry;
        const known = cloud.history.decided.get(stream);
        if (known) cloud.history.decided.set(stream, { ...known, q: q - 1 });
      },
    },
  },
  {
    name: 'a write loses against what its author had seen',
    noticedBy: 'I8 sequential update',
    plant: { decided: (verdict, { cloud }) => spoil(verdict, cloud.history.rows) },
  },
  {
    name: 'references go back with the cloud',
    noticedBy: 'I9 references',
    plant: { resumed: ({ cloud }) => void (cloud.lastRef -= 1_000_000) },
  },
  {
    name: 'a number that was lent to nobody is taken',
    noticedBy: 'I9 references',
    plant: {
      decided: (verdict, { cloud }) => {
        if (verdict.kind !== 'decided' || verdict.outcome.kind !== 'applied') return;
        const { row, isCreated } = verdict.outcome;
        if (isCreated && row.ref?.startsWith('DEV-') === true)
          cloud.history.rows.set(row.id, { ...row, ref: 'DEV-000001' });
      },
    },
  },
  {
    name: 'one machine is let in twice',
    noticedBy: 'I10 natural key',
    plant: { isBlindToKeys: true },
  },
  {
    name: 'a row changes at the cloud and nobody is told',
    noticedBy: 'I11 convergence',
    // Nobody reads the row anew, so that it stays what it was decided to be: only at rest it is another.
    torment: CALM,
    plant: {
      decided: (verdict, { cloud }) => {
        const told = verdict.kind === 'decided' ? verdict.entry.row : null;
        for (const row of cloud.history.rows.values()) {
          if (row.type === 'gadget' && row.id !== told?.id)
            cloud.history.rows.set(row.id, { ...row, ref: 'other' });
        }
      },
    },
  },
  {
    name: 'the parent of all never answers one of them',
    noticedBy: 'I13 progress',
    plant: {
      response: (response, world, machine) =>
        machine === world.machines[0]
          ? { ...response, status: 'behind', page: null, snapshot: null, foreign: null }
          : response,
    },
  },
  {
    name: 'a page holds more than was asked for',
    noticedBy: 'I14 bounds',
    plant: {
      response: (response) =>
        response.page
          ? {
              ...response,
              page: { ...response.page, entries: Array(7).fill(response.page.entries).flat() },
            }
          : response,
    },
  },
];

const LIES: readonly PlantedFault[] = LIARS.filter(
  ({ name, isProved }) => isProved !== true && !name.endsWith('has changed'),
).map(({ name, tells }) => ({
  name: `a relay lies: ${name}`,
  noticedBy: 'I16 proof',
  plant: { response: tells },
}));

/** All of them. */
export const plantedFaults: readonly PlantedFault[] = [...FAULTS, ...LIES];

type Verdict = Parameters<NonNullable<Plant['decided']>>[0];

function spoil(verdict: Verdict, rows: Map<string, Row>): void {
  if (verdict.kind !== 'decided' || verdict.outcome.kind !== 'applied') return;
  const { row } = verdict.outcome;
  const alias = row.fields['alias'];
  if (alias)
    rows.set(row.id, { ...row, fields: { ...row.fields, alias: { ...alias, value: 'old' } } });
}
