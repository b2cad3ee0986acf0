import { expect, test } from 'vitest';
import { areInside, networkOf, partOf } from './reach.ts';

test('a network is known by its first address', () => {
  expect(networkOf('192.168.1.77/24')).toBe('192.168.1.0/24');
});

test.each([
  null,
  'x',
  '10.0.0.1/32',
  '127.0.0.1/8',
  '169.254.1.0/24',
  '224.0.0.0/24',
  '255.0.0.0/9',
  '0.0.0.0/0',
  '10.0.0.0/7',
  'fd00::/64',
])('%s is no network of machines to scan', (cidr) => expect(networkOf(cidr)).toBeNull());

test('a part must lie wholly inside', () => {
  expect(partOf('10.0.0.0/16', '10.0.3.0/24')?.prefix).toBe(24);
  expect(partOf('10.0.0.0/24', '10.0.0.0/16')).toBeNull();
  expect(partOf('10.0.0.0/24', '10.0.1.0/24')).toBeNull();
  expect(partOf('10.0.0.0/24', '::/0')).toBeNull();
  expect(areInside('10.0.0.0/24', ['10.0.0.1', '10.0.0.255'])).toBe(true);
  expect(areInside('10.0.0.0/24', ['10.0.0.1', '10.0.1.0'])).toBe(false);
});
