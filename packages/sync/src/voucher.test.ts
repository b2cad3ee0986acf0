import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Entry, Field, LogPage, PageWord, Row, SyncResponse, Voucher } from './index.ts';
import { doubtOf, pageDigest } from './voucher.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

const name: Field = { value: { b: 1, a: [2] }, g: 6, hlc: '0', stream: 'n/1/ctl', q: 2 };
const row: Row = {
  id: 'x',
  type: 'device',
  home: 'a.b',
  g: 6,
  ref: null,
  isDeleted: false,
  fields: { name },
};
const entry: Entry = {
  g: 6,
  row,
  previousHome: null,
  alias: null,
  rewritten: [],
  stream: 'n/1/ctl',
  q: 2,
  home: 'a.b',
  type: 'device',
  reason: null,
  lost: [],
};
const mark = { g: 6, stream: 'n/1/ctl', q: 2, head: 'ab', holes: null };
const page: LogPage = { from: 5, upTo: 6, entries: [entry], marks: [mark], vouchers: [] };

const word: PageWord = {
  node: 'me',
  epoch: 1,
  from: 5,
  upTo: 6,
  scopeVersion: 3,
  digest: pageDigest(page, sha256),
  at: 7,
};
/** Sealed by the cloud is what begins so. */
const sealed = (said: PageWord): Voucher => ({
  word: said,
  sealed: `cloud ${JSON.stringify(said)}`,
});
const openVoucher = (text: string): PageWord | null =>
  text.startsWith('cloud ') ? (JSON.parse(text.slice(6)) as PageWord) : null;

const answer = (change: Partial<LogPage> = {}, more: Partial<SyncResponse> = {}): SyncResponse => ({
  from: 'relay',
  requestNumber: 1,
  epoch: 1,
  scopeVersion: 3,
  status: 'ok',
  received: [],
  page: { ...page, vouchers: [sealed(word)], ...change },
  snapshot: null,
  reset: null,
  foreign: null,
  ...more,
});
const doubt = (response: SyncResponse): string | null =>
  doubtOf(response, { node: 'me', sha256, openVoucher });

test('what the cloud vouches for is taken, and what it says itself', () => {
  expect(doubt(answer())).toBeNull();
  expect(doubt(answer({ vouchers: [] }, { from: 'cloud' }))).toBeNull();
  expect(doubt(answer({ from: 6, entries: [], marks: [], vouchers: [] }))).toBeNull();
});

describe('a relay is not believed', () => {
  const changed = (fields: Row['fields']): Entry => ({ ...entry, row: { ...row, fields } });
  test.each<readonly [string, Partial<LogPage>]>([
    ['about another value', { entries: [changed({ name: { ...name, value: 1 } })] }],
    ['about another author', { entries: [changed({ name: { ...name, q: 3 } })] }],
    ['about a field more', { entries: [changed({ ...row.fields, more: name })] }],
    ['about another place', { entries: [{ ...entry, row: { ...row, home: 'a.c' } }] }],
    ['about a deletion', { entries: [{ ...entry, row: { ...row, isDeleted: true } }] }],
    ['about where a row was', { entries: [{ ...entry, previousHome: 'a' }] }],
    [
      'about what an id became',
      { entries: [{ ...entry, alias: { from: 'x', to: 'y', home: 'a' } }] },
    ],
    ['about rewritten rows', { entries: [{ ...entry, rewritten: [row] }] }],
    ['about why something was refused', { entries: [{ ...entry, reason: 'gone' }] }],
    [
      'about what lost',
      { entries: [{ ...entry, lost: [{ field: 'f', value: 1, to: 2, stream: 's', q: 1 }] }] },
    ],
    ['without a decision', { entries: [] }],
    ['with a decision twice', { entries: [entry, entry] }],
    ['about how far a stream is decided', { marks: [{ ...mark, q: 3 }] }],
    ['about given up numbers', { marks: [{ ...mark, holes: [1] }] }],
    ['without marks', { marks: [] }],
    ['about an earlier stretch', { from: 4 }],
    ['about a longer stretch', { upTo: 7 }],
    ['that says that a stretch is none', { upTo: 5 }],
    ['without a word of the cloud', { vouchers: [] }],
    ['with a word for another', { vouchers: [sealed({ ...word, node: 'sibling' })] }],
    ['with a word of another epoch', { vouchers: [sealed({ ...word, epoch: 2 })] }],
    ['with a word for another sight', { vouchers: [sealed({ ...word, scopeVersion: 2 })] }],
    ['with a word that it made', { vouchers: [{ word, sealed: `relay ${JSON.stringify(word)}` }] }],
    ['with a word that nobody sealed', { vouchers: [{ word, sealed: null }] }],
  ])('%s', (_, change) => {
    expect(doubt(answer(change))).not.toBeNull();
  });

  test('with rows as a whole', () => {
    const snapshot = { at: 6, after: null, rows: [row], next: null, aliases: [], decided: [] };
    expect(doubt(answer({}, { page: null, snapshot }))).not.toBeNull();
  });
});

test('the digest is of what is said, not of how it is written', () => {
  const turned = { name: { ...name, value: { a: [2], b: 1 } } };
  const other = { ...page, entries: [{ ...entry, row: { ...row, fields: turned } }] };
  expect(pageDigest(other, sha256)).toBe(word.digest);
});

test('the digest of a page is what every version says it is', () => {
  const field = (value: Field['value'], more: Partial<Field> = {}): Field => ({
    ...name,
    value,
    ...more,
  });
  const full: Row = {
    ...row,
    ref: 'DEV-1',
    fields: {
      name: field('Größe "1"\n'),
      labels: field(['b', 'a'], { members: { '"a"': { g: 1, isIn: true, stream: 's', q: 1 } } }),
      count: field(3, { g: 4, q: 1 }),
      __proto__x: field(null),
      constructor: field({ b: 1, a: [2] }, { g: 4, q: 1 }),
    },
  };
  const merged: Entry = {
    ...entry,
    row: full,
    previousHome: 'a.c',
    alias: { from: 'y', to: 'x', home: 'a.b' },
    rewritten: [
      { ...full, id: 'z', fields: {} },
      { ...full, id: 'w' },
    ],
    lost: [{ field: 'name', value: 'v', to: null, stream: 'm/1/ctl', q: 9 }],
  };
  const refused: Entry = { ...entry, g: 7, row: null, reason: 'gone' };
  const told = { entries: [merged, refused], marks: [{ ...mark, holes: [1] }] };
  expect(pageDigest(told, sha256)).toBe(
    'e71b03def02f37497faa584e565a502f2642ce4d6fb438624575298c9f71615f',
  );
});
