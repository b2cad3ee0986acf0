import { expect, test } from 'vitest';
import type { Json } from '@wardgrid/base';
import { hlcOf } from './hlc.ts';
import { createHistory, rowsOf } from './log.ts';
import { applyOp, CASCADE, type MergeContext } from './merge.ts';
import type { Op } from './op.ts';
import type { Registry } from './registry.ts';
import type { RowSet } from './row.ts';

const registry: Registry = {
  device: {
    isInherited: false,
    tellsLoss: true,
    naturalKey: 'hardware',
    fields: {
      alias: { merge: 'lww' },
      isolated: { merge: 'protective', protects: true },
      hits: { merge: 'counter' },
      seat: { merge: 'cloud-only' },
      hardware: { merge: 'once' },
      lock: { merge: 'lww', layerMax: 1 },
    },
  },
  record: { isInherited: false, isPermanent: true, fields: {} },
  job: {
    isInherited: false,
    fields: {
      phase: { merge: 'state-machine', phases: [['open'], ['running'], ['done', 'cancelled']] },
      result: { merge: 'lww', follows: 'phase' },
    },
  },
  task: { isInherited: false, fields: { deviceId: { merge: 'lww', refersTo: 'device' } } },
};

let serial = 0;

function op(given: Partial<Op>): Op {
  serial += 1;
  return {
    opId: `op${serial}`,
    stream: 'a/1/ctl',
    q: serial,
    hlc: hlcOf(1_000),
    kind: 'patch',
    type: 'device',
    id: 'd',
    home: null,
    fields: {},
    seen: 0,
    by: 'someone',
    schemaVersion: 1,
    ...given,
  };
}

interface Given {
  readonly value: Json;
  readonly hlcMs?: number;
  readonly seen?: number;
  readonly stream?: string;
}

/** The value of a field after a first write and two that did or did not see each other. */
function race(field: string, first: Given, second: Given): Json | undefined {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x' } }), at(1));
  let g = 2;
  for (const { value, hlcMs = 1_000, seen = 1, stream = `n${g}/1/ctl` } of [first, second]) {
    applyOp(rows, op({ stream, hlc: hlcOf(hlcMs), seen, fields: { [field]: value } }), at(g));
    g += 1;
  }
  return rows.get('d')?.fields[field]?.value;
}

function fresh(): RowSet {
  const history = createHistory();
  const live = () => [...history.rows.values()].filter((row) => !row.isDeleted);
  return {
    ...rowsOf(history, 'a'),
    liveByKey: (type, key) =>
      live().find((row) => row.type === type && row.fields['hardware']?.value === key)?.id,
    referringTo: (id) =>
      live().flatMap((row) =>
        row.fields['deviceId']?.value === id ? [{ row, field: 'deviceId' }] : [],
      ),
  };
}

function at(g: number, layer = 2): MergeContext {
  return { registry, g, layer };
}

test('of two writes that did not see each other the later clock wins, in whichever order they come', () => {
  const early = { value: 'early', hlcMs: 1_000 };
  const late = { value: 'late', hlcMs: 2_000 };
  expect(race('alias', early, late)).toBe('late');
  expect(race('alias', late, early)).toBe('late');
});

test('what its author had seen a write replaces, though its clock is slow', () => {
  expect(
    race('alias', { value: 'first', hlcMs: 9_000 }, { value: 'then', hlcMs: 1, seen: 2 }),
  ).toBe('then');
});

test('the same clock is decided by the stream, alike on every node', () => {
  const left = { value: 'left', stream: 'm/1/ctl' };
  const right = { value: 'right', stream: 'z/1/ctl' };
  expect(race('note', left, right)).toBe('right');
  expect(race('note', right, left)).toBe('right');
});

test('of two that did not see each other the protecting value wins; who saw it may take it back', () => {
  const isolate = { value: true, hlcMs: 1 };
  const release = { value: false, hlcMs: 9_000 };
  expect(race('isolated', isolate, release)).toBe(true);
  expect(race('isolated', release, isolate)).toBe(true);
  expect(race('isolated', isolate, { ...release, seen: 2 })).toBe(false);
});

test('increments add up, a first value stays', () => {
  expect(race('hits', { value: 2 }, { value: 3 })).toBe(5);
  expect(race('hardware', { value: 'one' }, { value: 'two', seen: 9 })).toBe('one');
});

test('what a layer may not write is left out, and alone it is refused', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x', seat: 3 } }), at(1));
  expect(Object.keys(rows.get('d')?.fields ?? {})).toEqual(['alias']);
  const outcome = applyOp(rows, op({ seen: 1, fields: { seat: 4 } }), at(2));
  expect(outcome).toMatchObject({ kind: 'rejected', reason: 'authority' });
  applyOp(rows, op({ seen: 1, fields: { lock: true, alias: 'y' } }), at(3, 2));
  expect(rows.get('d')?.fields['lock']).toBeUndefined();
  expect(rows.get('d')?.fields['alias']?.value).toBe('y');
  applyOp(rows, op({ seen: 3, fields: { lock: true } }), at(4, 1));
  expect(rows.get('d')?.fields['lock']?.value).toBe(true);
});

test('a deleted row stays deleted, and its id is never made again', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a' }), at(1));
  applyOp(rows, op({ kind: 'delete', seen: 1 }), at(2));
  const patched = applyOp(rows, op({ seen: 2, fields: { alias: 'y' } }), at(3));
  expect(patched).toMatchObject({ kind: 'rejected', reason: 'gone' });
  const again = applyOp(rows, op({ kind: 'create', home: 'a' }), at(4));
  expect(again).toMatchObject({ kind: 'rejected', reason: 'exists' });
});

test('one machine under two ids becomes one row, and what named the other id names it', () => {
  const rows = fresh();
  const hardware = { hardware: 'serial 7' };
  applyOp(rows, op({ kind: 'create', home: 'a', id: 'd', fields: hardware }), at(1));
  const task = op({ kind: 'create', type: 'task', id: 't', fields: { deviceId: 'twin' } });
  applyOp(rows, task, at(2));
  const merged = applyOp(
    rows,
    op({ kind: 'create', home: 'b', id: 'twin', fields: hardware }),
    at(3),
  );
  expect(merged).toMatchObject({ kind: 'applied', alias: { from: 'twin', to: 'd' } });
  expect(rows.get('t')?.fields['deviceId']?.value).toBe('d');
  applyOp(rows, op({ id: 'twin', seen: 3, fields: { alias: 'by its old name' } }), at(4));
  expect(rows.get('d')?.fields['alias']?.value).toBe('by its old name');
});

test('names of JavaScript are names like any other', () => {
  const rows = fresh();
  const fields = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}');
  applyOp(rows, op({ kind: 'create', type: 'constructor', home: 'a', fields }), at(1));
  expect(Object.keys(rows.get('d')?.fields ?? {})).toEqual(Object.keys(fields));
  const patched = op({ type: 'constructor', seen: 1, fields: { hasOwnProperty: 1, valueOf: 2 } });
  expect(applyOp(rows, patched, at(2))).toMatchObject({ kind: 'applied' });
  expect(rows.get('d')?.fields['__proto__']?.value).toBe('a');
});

test('what does not hold is told: what lost, and what was replaced unseen', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x' } }), at(1));
  const first = op({ stream: 'm/1/ctl', seen: 1, hlc: hlcOf(2_000), fields: { alias: 'y' } });
  expect(applyOp(rows, first, at(2))).toMatchObject({ kind: 'applied', lost: [] });
  const later = op({
    stream: 'n/1/ctl',
    seen: 1,
    hlc: hlcOf(3_000),
    fields: { alias: 'z', seat: 1 },
  });
  const lost = [
    { field: 'alias', value: 'y', to: 'z', stream: 'm/1/ctl', q: first.q },
    { field: 'seat', value: 1, to: null, stream: 'n/1/ctl', q: later.q },
  ];
  expect(applyOp(rows, later, at(3))).toMatchObject({ kind: 'applied', lost });
  const older = op({ stream: 'o/1/ctl', seen: 1, fields: { alias: 'w' } });
  expect(applyOp(rows, older, at(4))).toMatchObject({
    kind: 'rejected',
    reason: 'concurrent-older',
    lost: [{ field: 'alias', value: 'w', to: 'z' }],
  });
});

test('nobody writes outside its scope, names what it does not see, or anything when revoked', () => {
  const rows = fresh();
  const authority = {
    isRevoked: (node: string) => node === 'thief',
    isHomeWithin: (home: string, node: string) => home === node,
    sees: (node: string, { home }: { readonly home: string }) => home === node,
  };
  const apply = (given: Partial<Op>, layer = 1) =>
    applyOp(rows, op(given), { ...at(9, layer), authority });
  expect(apply({ kind: 'create', home: 'a', fields: { alias: 'x' } })).toMatchObject({
    kind: 'applied',
  });
  const elsewhere = apply({ kind: 'create', id: 'e', home: 'b', fields: { alias: 'y' } });
  expect(elsewhere).toMatchObject({ reason: 'out-of-scope', lost: [{ value: 'y', to: null }] });
  const fields = { alias: 'z' };
  expect(apply({ stream: 'b/1/ctl', fields })).toMatchObject({
    reason: 'out-of-scope',
    // What the row holds is not told to whom it is none of.
    lost: [{ value: 'z', to: null }],
  });
  expect(apply({ stream: 'b/1/ctl', kind: 'delete' })).toMatchObject({ reason: 'out-of-scope' });
  expect(apply({ stream: 'thief/1/ctl', fields })).toMatchObject({ reason: 'revoked' });
  const task = { kind: 'create', type: 'task', fields: { deviceId: 'd' } } as const;
  const named = apply({ ...task, stream: 'b/1/ctl', id: 't', home: 'b' });
  expect(named).toMatchObject({ reason: 'bad-ref' });
  const early = apply({
    ...task,
    stream: 'b/1/ctl',
    id: 'u',
    home: 'b',
    fields: { deviceId: 'later' },
  });
  expect(early).toMatchObject({ kind: 'applied' });
  expect(apply({ stream: 'cloud/1/ctl', fields }, 0)).toMatchObject({ kind: 'applied' });
});

test('a permanent row is not deleted', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', type: 'record', home: 'a' }), at(1));
  expect(applyOp(rows, op({ kind: 'delete', seen: 1 }), at(2))).toMatchObject({
    reason: 'permanent',
  });
});

test('what goes with a phase holds or falls with it', () => {
  const rows = fresh();
  const job = { type: 'job' };
  const fields = { result: null, phase: 'open' };
  applyOp(rows, op({ ...job, kind: 'create', home: 'a', fields }), at(1));
  const cancelled = { phase: 'cancelled', result: 'by a person' };
  applyOp(rows, op({ ...job, stream: 'b/1/ctl', seen: 1, fields: cancelled }), at(2));
  const late = op({
    ...job,
    stream: 'c/1/ctl',
    seen: 1,
    hlc: hlcOf(9_000),
    fields: { result: 'half', phase: 'running' },
  });
  expect(applyOp(rows, late, at(3))).toMatchObject({ kind: 'rejected' });
  expect(rows.get('d')?.fields['result']?.value).toBe('by a person');
  // Alone it is a field like any other.
  applyOp(rows, op({ ...job, seen: 3, fields: { result: 'explained' } }), at(4));
  expect(rows.get('d')?.fields['result']?.value).toBe('explained');
});

test('below the cloud a row is moved within what its author serves', () => {
  const rows = fresh();
  const authority = {
    isRevoked: () => false,
    isHomeWithin: (home: string, node: string) => home.startsWith(node),
    sees: () => true,
  };
  applyOp(rows, op({ kind: 'create', home: 'a.1', fields: { alias: 'x' } }), at(1));
  const move = { kind: 'move', stream: 'a/1/ctl', seen: 1 } as const;
  const context = { ...at(2, 1), authority };
  expect(applyOp(rows, op({ ...move, home: 'a.2' }), context)).toMatchObject({
    kind: 'applied',
    previousHome: 'a.1',
  });
  expect(applyOp(rows, op({ ...move, home: 'b' }), context)).toMatchObject({
    reason: 'authority',
  });
});

test('what was changed of a row goes with it, and who deletes it unseen is told so', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x', isolated: true } }), at(1));
  applyOp(rows, op({ stream: 'b/1/ctl', seen: 1, fields: { alias: 'y' } }), at(2));
  const outcome = applyOp(rows, op({ stream: 'c/1/ctl', kind: 'delete', seen: 1 }), at(3));
  expect(outcome.lost.map(({ field, value, to }) => [field, value, to])).toEqual([
    ['alias', 'y', null],
  ]);
  const again = applyOp(rows, op({ stream: 'c/1/ctl', kind: 'delete', seen: 3 }), at(4));
  expect(again).toMatchObject({ kind: 'rejected', reason: 'gone', lost: [] });
});

test('of a row that goes with another, which nobody asked for, everything is told as lost', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x', isolated: true } }), at(1));
  const fields = { [CASCADE]: true };
  const outcome = applyOp(rows, op({ kind: 'delete', seen: 1, fields }), at(2));
  expect(outcome.lost.map(({ field }) => field).toSorted()).toEqual(['alias', 'isolated']);
  expect(rows.get('d')?.isDeleted).toBe(true);
});

test('who deletes what they saw has lost nothing, and machines are told of no loss', () => {
  const rows = fresh();
  applyOp(rows, op({ kind: 'create', home: 'a', fields: { alias: 'x' } }), at(1));
  const seen = applyOp(rows, op({ stream: 'c/1/ctl', kind: 'delete', seen: 1 }), at(2));
  expect(seen.lost).toEqual([]);
  const job = { type: 'job', id: 'j' } as const;
  applyOp(rows, op({ ...job, kind: 'create', home: 'a', fields: { phase: 'open' } }), at(3));
  const ended = applyOp(rows, op({ ...job, stream: 'c/1/ctl', kind: 'delete', seen: 0 }), at(4));
  expect(ended.lost).toEqual([]);
});
