import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { addressReader, isLoopback, networkOfClient } from './client-address.ts';

function requestOf(peer: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return { socket: { remoteAddress: peer }, headers } as unknown as IncomingMessage;
}

test('who is no trusted proxy speaks for nobody', () => {
  const read = addressReader(['10.0.0.0/8']);
  expect(read(requestOf('203.0.113.5', '1.2.3.4'))).toBe('203.0.113.5');
  expect(addressReader([])(requestOf('127.0.0.1', '1.2.3.4'))).toBe('127.0.0.1');
});

test('behind trusted proxies the last untrusted hop counts, whatever stands before it', () => {
  const read = addressReader(['10.0.0.0/8']);
  expect(read(requestOf('10.0.0.1', '203.0.113.5'))).toBe('203.0.113.5');
  expect(read(requestOf('10.0.0.1', '127.0.0.1, 1.2.3.4, 203.0.113.5, 10.0.0.2'))).toBe(
    '203.0.113.5',
  );
  expect(read(requestOf('10.0.0.1', '203.0.113.5, nonsense'))).toBe('10.0.0.1');
  expect(read(requestOf('10.0.0.1'))).toBe('10.0.0.1');
});

test('an IPv4 address in an IPv6 coat is the IPv4 address', () => {
  expect(addressReader([])(requestOf('::ffff:203.0.113.5'))).toBe('203.0.113.5');
});

test('a client is its address in IPv4 and its /64 in IPv6, in one spelling', () => {
  expect(networkOfClient('203.0.113.5')).toBe('203.0.113.5/32');
  expect(networkOfClient('::ffff:203.0.113.5')).toBe('203.0.113.5/32');
  expect(networkOfClient('2001:DB8:0:1:aaaa::1')).toBe('2001:db8:0:1::/64');
  expect(networkOfClient('2001:db8:0:1:bbbb::2')).toBe('2001:db8:0:1::/64');
  expect(networkOfClient('fe80::1%eth0')).toBe('fe80::/64');
});

test('loopback is 127.0.0.0/8 and ::1, in any coat', () => {
  expect(['127.0.0.1', '127.255.0.1', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['128.0.0.1', '::2', '10.0.0.1', ''].map(isLoopback)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
