import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePorts } from '../ports.ts';
import { nmapArguments, scanPortsWithNmap } from './index.ts';
import { createNmapReader, type NmapHost } from './xml.ts';

const XML = `<?xml version="1.0"?><nmaprun><host><status state="up"/>
<address addr="10.77.9.2" addrtype="ipv4"/><address addr="02:FC:00:00:00:05" addrtype="mac"/>
<ports><extraports state="closed" count="65533"></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="x"/><service name="ssh"/></port>
<port protocol="tcp" portid="25"><state state="filtered"/></port>
<port protocol="tcp" portid="99999"><state state="open"/></port></ports></host></nmaprun>`;

function read(parts: readonly string[]): NmapHost[] {
  const hosts: NmapHost[] = [];
  const reader = createNmapReader((host) => hosts.push(host));
  parts.forEach((part) => reader.push(part));
  return hosts;
}

const EXPECTED: NmapHost = {
  ip: '10.77.9.2',
  mac: '02:fc:00:00:00:05',
  isUp: true,
  openPorts: [22],
  closedCount: 65_533,
  filteredCount: 1,
};

test('a host is read however its XML is cut', () => {
  const cuts = fc.array(fc.integer({ min: 1, max: XML.length - 1 }), { maxLength: 8 });
  fc.assert(
    fc.property(cuts, (places) => {
      const at = [0, ...places.toSorted((a, b) => a - b), XML.length];
      const parts = at.slice(1).map((end, index) => XML.slice(at[index], end));
      expect(read(parts)).toEqual([EXPECTED]);
    }),
  );
});

test('an endless tag is skipped without being kept, and what follows is read', () => {
  const endless = Array.from({ length: 100 }, () => 'x'.repeat(10_000));
  expect(read(['<script output="', ...endless, '"/>', XML])).toEqual([EXPECTED]);
});

test('arguments are fixed but for the ports, and targets that are no addresses are refused', async () => {
  expect(nmapArguments(parsePorts('22,80-82'))).toEqual([
    '-n',
    '-sT',
    '-Pn',
    '-T4',
    '-p',
    '22,80-82',
    '-oX',
    '-',
    '-iL',
    '-',
  ]);
  const request = { ports: parsePorts('22'), signal: new AbortController().signal };
  await expect(scanPortsWithNmap({ ...request, hosts: ['-oN/etc/x'] })).rejects.toThrow(/no IPv4/);
  await expect(
    scanPortsWithNmap({ ...request, hosts: ['127.0.0.1'], program: 'no-such-nmap' }),
  ).rejects.toMatchObject({ code: 'scan-engine-missing' });
});
