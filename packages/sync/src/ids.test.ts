import { expect, test } from 'vitest';
import { isProvisionalRef, isTmpId, lastingIdOf, meantBy, provisionalRefOf, refOf } from './ids.ts';

test('a temporary id means what its own node made under it', () => {
  expect(meantBy({ stream: 'a/1/ctl' }, 'tmp:7')).toBe('a/tmp:7');
  expect(meantBy({ stream: 'a/2/ctl' }, 'tmp:7')).toBe('a/tmp:7');
  expect(meantBy({ stream: 'b/1/ctl' }, 'tmp:7')).not.toBe('a/tmp:7');
  expect(meantBy({ stream: 'a/1/ctl' }, 'lasting')).toBe('lasting');
});

test('a row under a temporary id is named by the wish that made it', () => {
  expect(lastingIdOf({ id: 'tmp:7', opId: 'op' })).toBe('op');
  expect(lastingIdOf({ id: 'lasting', opId: 'op' })).toBe('lasting');
  expect(isTmpId('atmp:7')).toBe(false);
});

test('names are padded, and a site marks its own', () => {
  expect(refOf('DEV', 4_217)).toBe('DEV-004217');
  expect(refOf('DEV', 12_345_678)).toBe('DEV-12345678');
  expect(provisionalRefOf('BER2', 7)).toBe('~BER2-0007');
  expect(isProvisionalRef('~BER2-0007')).toBe(true);
  expect(isProvisionalRef('DEV-004217')).toBe(false);
});
