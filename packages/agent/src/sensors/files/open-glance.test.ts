import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import { FAN } from '../../platform/linux/fanotify.ts';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { GLANCE_BYTES_MAX } from '../../signatures/glance.ts';
import { OpenGlance, type GlanceOrder } from './open-glance.ts';
import { CELLS, createSharedState, SCANNER_CELLS, type SharedState } from './shared-state.ts';
import { EICAR } from './testing/eicar.ts';

const folder = mkdtempSync(join(tmpdir(), 'wardgrid-glance-'));
const path = join(folder, 'file');
/** No group: what is remembered there is not looked at here. */
const NO_GROUP = -1;
const ORDER: GlanceOrder = {
  epoch: 1,
  rules: { beginnings: [Buffer.from('#!')], literals: [[['evil mark'], ['second']]] },
  cacheMask: 0,
  judgesPlaces: false,
};

let state: SharedState;
let glance: OpenGlance;

beforeEach(() => {
  state = createSharedState();
  glance = new OpenGlance(systemCalls(), { group: NO_GROUP, state, now: systemClock.now });
  glance.learn(ORDER);
  Atomics.store(state.cells, CELLS.glanceEpoch, ORDER.epoch);
});

afterAll(() => rmSync(folder, { recursive: true }));

function isClean(content: string | Buffer, mask: number = FAN.OPEN_PERM): boolean {
  writeFileSync(path, content);
  const fd = openSync(path, 'r');
  const answer = glance.isClean(fd, mask);
  closeSync(fd);
  return answer;
}

test.each([
  ['ordinary text', true],
  ['', true],
  ['has an Evil MARK alone', true],
  ['has an evil mark and a second', false],
  ['#! begins as what more rules look at', false],
  [EICAR, false],
  [Buffer.concat([Buffer.from('1f8b08', 'hex'), Buffer.alloc(40)]), false],
  [Buffer.concat([Buffer.from('a program '), Buffer.from('PK\x05\x06'), Buffer.alloc(18)]), false],
  [Buffer.alloc(GLANCE_BYTES_MAX, 'a'), true],
  [Buffer.alloc(GLANCE_BYTES_MAX + 1, 'a'), false],
])('a look at a file: %#', (content, isPassed) => {
  expect(isClean(content)).toBe(isPassed);
});

test('nothing is passed over by an order that no longer counts, or without one', () => {
  Atomics.store(state.cells, CELLS.glanceEpoch, 2);
  expect([glance.isCurrent, isClean('ordinary')]).toEqual([false, false]);
  glance.learn({ ...ORDER, epoch: 2, rules: null });
  expect([glance.isCurrent, isClean('ordinary')]).toEqual([true, false]);
  glance.learn({ ...ORDER, epoch: 2, rules: { beginnings: [], literals: [[]] } });
  expect(isClean('a rule that needs no text may match')).toBe(false);
});

test('nothing is passed over while a scanner asks a program beside ours', () => {
  Atomics.store(state.scanners, SCANNER_CELLS.asksOthers, 1);
  expect(isClean('ordinary')).toBe(false);
  Atomics.store(state.scanners, SCANNER_CELLS.asksOthers, 0);
  expect(isClean('ordinary')).toBe(true);
});

test('a start is not passed over when its place counts', () => {
  glance.learn({ ...ORDER, judgesPlaces: true });
  expect(isClean('ordinary', FAN.OPEN_EXEC_PERM)).toBe(false);
  expect(isClean('ordinary')).toBe(true);
});

test('what is no file is not passed over', () => {
  const fd = openSync(folder, 'r');
  expect(glance.isClean(fd, FAN.OPEN_PERM)).toBe(false);
  closeSync(fd);
});
