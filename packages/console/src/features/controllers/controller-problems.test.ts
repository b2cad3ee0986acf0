import { expect, test } from 'vitest';
import type { Controller } from '@wardgrid/wire';
import { controllerTone, countTroubled, problemsOf } from './controller-problems.ts';

const NOW = Date.parse('2026-11-27T12:00:00Z');

/** A controller as it should be, but for what is given. */
const made = (given: Partial<Controller>): Controller =>
  ({
    state: 'active',
    layer: 2,
    isOnline: true,
    upstream: 'parent',
    clockOffsetMs: 40,
    queueUp: 0,
    certificateExpiresAt: '2027-11-27T12:00:00Z',
    ...given,
  }) as Controller;

test.each([
  [{}, []],
  [{ isOnline: false }, ['silent']],
  [{ upstream: 'cut-off' as const, isOnline: false }, ['silent', 'cutOff']],
  [{ upstream: 'direct' as const }, ['detour']],
  [{ upstream: 'ancestor' as const, clockOffsetMs: -86_400_000 }, ['detour', 'clock']],
  [{ certificateExpiresAt: '2026-12-01T12:00:00Z' }, ['certificate']],
  [{ queueUp: 20_000 }, ['backlog']],
  [{ state: 'revoked' as const, isOnline: false }, []],
])('%o has the problems %o', (given, problems) => {
  expect(problemsOf(made(given), NOW)).toEqual(problems);
});

test('whoever stands right below the cloud talks with it directly as it should', () => {
  expect(problemsOf(made({ layer: 1, upstream: 'direct' }), NOW)).toEqual([]);
});

test('a controller looks as its worst problem does, or as its state', () => {
  expect(controllerTone(made({ isOnline: false, queueUp: 9_999 }), NOW)).toBe('bad');
  expect(controllerTone(made({}), NOW)).toBe('ok');
  expect(controllerTone(made({ state: 'revoked' }), NOW)).toBe('none');
});

test('those that were revoked are no trouble', () => {
  const grid = [made({}), made({ isOnline: false }), made({ state: 'revoked', isOnline: false })];
  expect(countTroubled(grid, NOW)).toBe(1);
});
