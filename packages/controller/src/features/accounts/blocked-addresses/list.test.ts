import { expect, test } from 'vitest';
import { createBlockedAddressList } from './list.ts';

function listOf(...cidrs: readonly string[]) {
  const list = createBlockedAddressList();
  list.replace(cidrs.map((cidr) => ({ cidr, expiresAt: null })));
  return (address: string): boolean => list.blockOf(address, 0) !== undefined;
}

test('addresses inside a blocked network are blocked, their neighbours are not', () => {
  const isBlocked = listOf('203.0.113.9/32', '198.51.100.0/24', '2001:db8:1:2::/64');
  expect(['203.0.113.9', '198.51.100.255', '2001:db8:1:2:ffff::1'].map(isBlocked)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['203.0.113.8', '198.51.101.0', '2001:db8:1:3::1', '::1'].map(isBlocked)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

test('loopback is not blocked, whatever the list says', () => {
  const isBlocked = listOf('127.0.0.0/8', '::/20');
  expect(['127.0.0.1', '127.9.9.9', '::1'].map(isBlocked)).toEqual([false, false, false]);
});

test('a block ends when its time is over, the longest of several', () => {
  const list = createBlockedAddressList();
  list.replace([
    { cidr: '203.0.113.9/32', expiresAt: 100 },
    { cidr: '203.0.113.0/24', expiresAt: 200 },
  ]);
  expect(list.blockOf('203.0.113.9', 50)).toEqual({ expiresAt: 200 });
  expect(list.blockOf('203.0.113.9', 150)).toEqual({ expiresAt: 200 });
  expect(list.blockOf('203.0.113.9', 200)).toBeUndefined();
});
