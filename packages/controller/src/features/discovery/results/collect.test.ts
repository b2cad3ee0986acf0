import { expect, test } from 'vitest';
import type { ScannedHost, ScannedPort } from '@wardgrid/wire';
import { cleanHost, cleanPort, collect, coverageOf, type ScanTask } from './collect.ts';

const common = { gatewayMac: null, engine: 'auto', packetsPerSecond: 1_000 } as const;
const discovery: ScanTask = {
  kind: 'discovery',
  arguments: { ...common, cidr: '10.0.0.0/24', ports: 'top' },
};
const portScan: ScanTask = {
  kind: 'port-scan',
  arguments: { ...common, cidr: '10.0.0.0/24', hosts: ['10.0.0.5'], ports: '1-100' },
};

function host(ip: string, names: ScannedHost['names'] = []): ScannedHost {
  return { ip, mac: null, names, isSelf: false, rttMs: null, evidence: [] };
}

function port(ip: string, number = 22): ScannedPort {
  return { ip, port: number, transport: 'tcp', service: 'ssh' };
}

const complete = { cidr: '10.0.0.0/24', hosts: null, ports: 'top', isComplete: true };

test('only what the job asked for is taken, each once; what answers is a host', () => {
  const told = {
    hosts: [host('10.0.0.5'), host('10.0.0.5'), host('10.0.1.5')],
    ports: [port('10.0.0.5'), port('10.0.0.5'), port('10.0.0.6'), port('10.0.1.5')],
  };
  const all = collect(discovery, told);
  expect(all.hosts.map(({ ip }) => ip)).toEqual(['10.0.0.5', '10.0.0.6']);
  expect(all.ports).toHaveLength(2);
  expect(collect(portScan, told).hosts.map(({ ip }) => ip)).toEqual(['10.0.0.5']);
});

test('the name that says most comes first', () => {
  const names: ScannedHost['names'] = [
    { name: 'DESK', source: 'netbios' },
    { name: 'desk.lan.', source: 'dns' },
    { name: 'desk.local', source: 'mdns' },
  ];
  const { hosts } = collect(discovery, { hosts: [host('10.0.0.5', names)], ports: [] });
  expect(hosts[0]?.names).toEqual(['desk.lan', 'desk.local', 'DESK']);
});

test('nothing a device says can break the store or the screen', () => {
  const hostile = 'a\u0000b\u202ec\ud800';
  const cleaned = cleanPort({
    ...port('10.0.0.5'),
    service: ' SSH ',
    banner: hostile,
    tls: { subject: hostile, issuer: '', expiresAt: null },
  });
  expect(cleaned.service).toBe('ssh');
  expect(cleaned.banner).toBe('a\\u{0}b\\u{202e}c\ufffd');
  expect(cleanPort({ ...port('10.0.0.5'), service: '' }).service).toBe('unknown');
  const { names } = cleanHost(
    host('10.0.0.5', [
      { name: hostile, source: 'dns' },
      { name: ' ', source: 'dns' },
    ]),
  );
  expect(names.map(({ name }) => name)).toEqual(['a\\u{0}b\\u{202e}c\ufffd']);
});

test('a complete scan covers what it says, within what it was asked', () => {
  const outcome = 'succeeded';
  expect(coverageOf(discovery, { outcome, coverage: complete })).toEqual({
    network: '10.0.0.0/24',
    hosts: [],
    ports: { kind: 'top' },
  });
  const smaller = { ...complete, cidr: '10.0.0.128/25' };
  expect(coverageOf(discovery, { outcome, coverage: smaller }).network).toBe('10.0.0.128/25');
  for (const cidr of ['10.0.0.0/16', '10.0.1.0/24', 'x', null]) {
    const coverage = { ...complete, cidr };
    expect(coverageOf(discovery, { outcome, coverage }).network).toBeNull();
  }
  const hosts = { ...complete, cidr: null, hosts: ['10.0.0.5', '10.0.0.6'], ports: '1-100' };
  expect(coverageOf(portScan, { outcome, coverage: hosts })).toMatchObject({
    network: null,
    hosts: ['10.0.0.5'],
    ports: { kind: 'list' },
  });
});

test('a scan that was cut short covers nothing', () => {
  const nothing = { network: null, hosts: [], ports: null };
  expect(coverageOf(discovery, { outcome: 'cancelled', coverage: complete })).toEqual(nothing);
  expect(coverageOf(discovery, { outcome: 'succeeded', coverage: null })).toEqual(nothing);
  const partial = { ...complete, isComplete: false };
  expect(coverageOf(discovery, { outcome: 'succeeded', coverage: partial })).toEqual(nothing);
});
