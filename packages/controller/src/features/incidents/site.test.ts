import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSiteBack, isSiteDark } from './site.ts';

test('a site is dark when all its devices went together', () => {
  expect(isSiteDark({ online: 0, darkTogether: 40, darkToday: 40 })).toBe(true);
  expect(isSiteDark({ online: 0, darkTogether: 2, darkToday: 2 })).toBe(true);
});

test('a site with one device left online is not dark', () => {
  expect(isSiteDark({ online: 1, darkTogether: 39, darkToday: 39 })).toBe(false);
});

test('one device alone is no site', () => {
  expect(isSiteDark({ online: 0, darkTogether: 1, darkToday: 1 })).toBe(false);
});

test('the last two of ten machines that are switched off in the evening are no dark site', () => {
  expect(isSiteDark({ online: 0, darkTogether: 2, darkToday: 10 })).toBe(false);
  expect(isSiteDark({ online: 0, darkTogether: 8, darkToday: 10 })).toBe(true);
});

test('a site is back when half of its devices are', () => {
  expect(isSiteBack({ online: 19, devices: 40 })).toBe(false);
  expect(isSiteBack({ online: 20, devices: 40 })).toBe(true);
  expect(isSiteBack({ online: 1, devices: 3 })).toBe(false);
  expect(isSiteBack({ online: 2, devices: 3 })).toBe(true);
});

test('a device that stays online always keeps its site from being dark', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.nat(), fc.nat(), (online, darkTogether, darkToday) => {
      expect(isSiteDark({ online, darkTogether, darkToday })).toBe(false);
    }),
  );
});
