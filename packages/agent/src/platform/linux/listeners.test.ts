import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSocketTable, readListeners } from './listeners.ts';
import { parseNameServers } from './network.ts';
import { createSource, NEVER } from './testdata/machine.ts';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid\n';
const REST = '00000000:00000000 00:00000000 00000000     0        0';
const TCP = `${HEAD}   0: 0100007F:1538 00000000:0000 0A ${REST} 111 1 0 100 0 0 10 0
   1: 00000000:0016 00000000:0000 0A ${REST} 112 1 0 100 0 0 10 0
   2: 0200A8C0:0016 0900A8C0:D431 01 ${REST} 113 1 0 100 0 0 10 0
`;
const TCP6 = `${HEAD}   0: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A ${REST} 114 1 0
`;
const UDP = `${HEAD}  10: 3500007F:0035 00000000:0000 07 ${REST} 115 2 0
  11: 0200A8C0:A000 0900A8C0:0035 01 ${REST} 116 2 0
`;

test('listening sockets are read with address and port, talking ones are not', () => {
  expect(parseSocketTable(TCP, { transport: 'tcp', byteOrder: 'LE' })).toEqual([
    { transport: 'tcp', address: '127.0.0.1', port: 5432, inode: '111' },
    { transport: 'tcp', address: '0.0.0.0', port: 22, inode: '112' },
  ]);
  expect(parseSocketTable(TCP6, { transport: 'tcp', byteOrder: 'LE' })).toMatchObject([
    { address: '::1', port: 80 },
  ]);
  expect(parseSocketTable(UDP, { transport: 'udp', byteOrder: 'LE' })).toMatchObject([
    { address: '127.0.0.53', port: 53 },
  ]);
});

test('a socket is joined with the process that holds it, if that may be seen', async () => {
  const source = createSource({
    'proc/net/tcp': TCP,
    'proc/net/udp': UDP,
    'proc/41/comm': 'postgres\n',
    'proc/41/fd/3': '-> socket:[111]',
    'proc/41/fd/4': '-> /dev/null',
    'proc/42/comm': 'evil\u001b[2J\n',
    'proc/42/fd/9': '-> socket:[115]',
    'proc/self/fd/9': '-> socket:[112]',
  });
  const { listeners } = await readListeners(source, NEVER);
  expect(listeners.map((row) => [row.port, row.process, row.pid])).toEqual([
    [5432, 'postgres', 41],
    [22, null, null],
    [53, String.raw`evil\u{1b}[2J`, 42],
  ]);
});

test('no table makes the parser throw or give a port that is none', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('LE' as const, 'BE' as const), (noise, byteOrder) => {
      const text = TCP.replace('0100007F:1538', noise);
      for (const row of parseSocketTable(text, { transport: 'tcp', byteOrder })) {
        expect(row.port).toBeLessThan(65_536);
      }
    }),
  );
});

test('name servers are read once each, without what is no address', () => {
  const text =
    '# x\nnameserver 10.0.0.1\nnameserver fe80::1%eth0\n nameserver 10.0.0.1\nnameserver a.b\n';
  expect(parseNameServers(text)).toEqual(['10.0.0.1', 'fe80::1']);
  expect(parseNameServers('nameserver 1.1.1.1\n'.repeat(9))).toEqual(['1.1.1.1']);
});
