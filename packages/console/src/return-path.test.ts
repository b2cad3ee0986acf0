import { expect, test } from 'vitest';
import { safeReturnPath, signInPath } from './return-path.ts';

const ORIGIN = 'https://grid.example.test';

test('a path of this origin is returned to, with its search and fragment', () => {
  expect(safeReturnPath('/devices?filter=status%3Aonline#x', ORIGIN)).toBe(
    '/devices?filter=status%3Aonline#x',
  );
});

test('whatever leads to another origin leads home instead', () => {
  for (const path of [
    '//evil.test',
    '/\\evil.test',
    '/\\/evil.test',
    'https://evil.test/',
    'javascript:alert(1)',
    '/\t/evil.test',
    '/ /evil.test',
    'devices',
    '',
    '/a'.repeat(2_000),
  ]) {
    expect(safeReturnPath(path, ORIGIN), path).toBe('/');
  }
  expect(safeReturnPath(null, ORIGIN)).toBe('/');
});

test('sign-in does not return to sign-in, nor to the API', () => {
  expect(safeReturnPath('/sign-in?next=/x', ORIGIN)).toBe('/');
  expect(safeReturnPath('/setup', ORIGIN)).toBe('/');
  expect(safeReturnPath('/api/v1/devices', ORIGIN)).toBe('/');
});

test('the sign-in address carries where to return and why', () => {
  expect(signInPath('/devices?x=1', 'expired')).toBe(
    '/sign-in?next=%2Fdevices%3Fx%3D1&reason=expired',
  );
  expect(signInPath('/')).toBe('/sign-in');
});
