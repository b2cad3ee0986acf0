import { expect, test } from 'vitest';
import { parseGateways, parseNeighbours } from './neighbours.ts';
import { parsePing, pingAll } from './ping.ts';
import { splitProxies } from './proxy.ts';

test('only complete rows of the neighbour table have an address, and written ones are known as such', () => {
  const table = [
    'IP address       HW type     Flags       HW address            Mask     Device',
    '10.0.0.1         0x1         0x2         02:FC:00:00:00:05     *        eth0',
    '10.0.0.2         0x1         0x0         00:00:00:00:00:00     *        eth0',
    '10.0.0.3         0x1         0x6         02:fc:00:00:00:06     *        eth0',
    '10.0.0.4         0x1         0x2         00:00:00:00:00:00     *        tun0',
    'garbage',
    '',
  ].join('\n');
  expect(parseNeighbours(table)).toEqual([
    { ip: '10.0.0.1', mac: '02:fc:00:00:00:05', isStatic: false },
    { ip: '10.0.0.2', mac: null, isStatic: false },
    { ip: '10.0.0.3', mac: '02:fc:00:00:00:06', isStatic: true },
    { ip: '10.0.0.4', mac: null, isStatic: false },
  ]);
});

test('gateways are read from the routing table', () => {
  const table =
    'Iface\tDestination\tGateway\tFlags\neth0\t00000000\t0102000A\t0003\neth0\t0002000A\t00000000\t0001\n';
  expect([...parseGateways(table)]).toEqual(['10.0.2.1']);
});

test('nine silent addresses of one machine are a proxy, eight are not, and a gateway stays', () => {
  const claims = (count: number, mac: string) =>
    Array.from({ length: count }, (_, index) => ({
      ip: `10.0.0.${index + 1}`,
      mac,
      hasOtherSign: false,
    }));
  expect(splitProxies(claims(8, 'a'), new Set()).suspects).toEqual([]);
  const split = splitProxies(claims(10, 'b'), new Set(['10.0.0.1']));
  expect(split.suspects).toEqual([{ mac: 'b', addressCount: 9 }]);
  expect(split.dropped.has('10.0.0.1')).toBe(false);
  const alive = claims(20, 'c').map((claim) => ({ ...claim, hasOtherSign: true }));
  expect(splitProxies(alive, new Set()).dropped.size).toBe(0);
});

test('the round trip is read from what ping prints', () => {
  expect(parsePing('64 bytes from 10.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms')).toBe(0.042);
  expect(parsePing('1 packets transmitted, 0 received')).toBeUndefined();
});

test('a machine without ping gets no answers and no error', async () => {
  const { signal } = new AbortController();
  const answers = await pingAll({ addresses: ['127.0.0.1'], signal, program: 'no-such-ping' });
  expect(answers.size).toBe(0);
});
