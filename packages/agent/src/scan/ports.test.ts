import fc from 'fast-check';
import { expect, test } from 'vitest';
import { networkOf } from './address.ts';
import { ScanError } from './errors.ts';
import { formatPorts, parsePorts } from './ports.ts';

test('numbers, ranges and named sets become rising ports, each once', () => {
  expect([...parsePorts('443,22,80-82,81')]).toEqual([22, 80, 81, 82, 443]);
  expect(parsePorts('all')).toHaveLength(65_535);
  const top = new Set(parsePorts('top'));
  expect(top.size).toBeGreaterThan(180);
  const risky = [21, 23, 445, 2375, 3389, 5900, 6379, 9100, 10250, 11211, 27017, 50000];
  expect(risky.filter((port) => !top.has(port))).toEqual([]);
});

test.each([
  '',
  '0',
  '65536',
  '80-22',
  '22;rm',
  '1-',
  '-1',
  '1,,2',
  'TOP',
  ' ',
  '1'.repeat(9000),
  '²',
])('a port list %j is refused', (spec) => {
  expect(() => parsePorts(spec)).toThrow(ScanError);
});

test('a formatted port list reads back as itself', () => {
  const ports = fc.uniqueArray(fc.integer({ min: 1, max: 65_535 }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(ports, (list) => {
      const sorted = Uint16Array.from(list).sort();
      expect(parsePorts(formatPorts(sorted))).toEqual(sorted);
    }),
  );
});

test.each([
  ['10.0.0.0/8', 'scan-network-too-large'],
  ['127.0.0.0/24', 'scan-network-invalid'],
  ['224.0.0.0/24', 'scan-network-invalid'],
  ['fd00::/64', 'scan-network-invalid'],
  ['10.0.0.0', 'scan-network-invalid'],
  ['$(id)/24', 'scan-network-invalid'],
])('the network %s is refused as %s', (text, code) => {
  expect(() => networkOf(text)).toThrow(expect.objectContaining({ code }));
});
