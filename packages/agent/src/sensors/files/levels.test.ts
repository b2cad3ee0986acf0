import { expect, test } from 'vitest';
import { DEFAULT_PROTECTION, type ProtectionPolicy } from '@wardgrid/wire';
import { FAN, FAN_HELD } from '../../platform/linux/fanotify.ts';
import { cacheMaskOf, isOpenStrict, levelOf, maskOf } from './levels.ts';

const policy = (more: Partial<ProtectionPolicy>): ProtectionPolicy => ({
  ...DEFAULT_PROTECTION,
  ...more,
});

test('each mode holds what it says, and who only reports holds nobody', () => {
  const held = (more: Partial<ProtectionPolicy>): number => maskOf(policy(more), false) & FAN_HELD;
  expect(held({ mode: 'off' })).toBe(0);
  expect(held({ mode: 'detect' })).toBe(0);
  expect(held({ mode: 'balanced' })).toBe(FAN.OPEN_EXEC_PERM);
  expect(held({ mode: 'strict' })).toBe(FAN.OPEN_EXEC_PERM | FAN.OPEN_PERM);
  expect(held({ mode: 'strict', malwareAction: 'report' })).toBe(0);
  expect(levelOf(policy({ mode: 'off' }))).toBeNull();
});

test('a strict path makes its filesystem hold opens, and only those below it wait', () => {
  const strict = policy({ strictPaths: ['/srv/www'] });
  expect(maskOf(strict, true) & FAN.OPEN_PERM).toBe(FAN.OPEN_PERM);
  expect(maskOf(strict, false) & FAN.OPEN_PERM).toBe(0);
  expect(isOpenStrict(strict, '/srv/www/index.php')).toBe(true);
  expect(isOpenStrict(strict, '/srv/wwwother')).toBe(false);
  expect(isOpenStrict(strict, null)).toBe(true);
});

test('where a place decides, a start is never kept as clean', () => {
  expect(cacheMaskOf(policy({})) & FAN.OPEN_EXEC_PERM).toBe(FAN.OPEN_EXEC_PERM);
  const placed = policy({ mode: 'strict', denyExecFromWorldWritable: true });
  expect(cacheMaskOf(placed)).toBe(FAN.OPEN_PERM);
  expect(cacheMaskOf(policy({ mode: 'off' }))).toBe(0);
});
