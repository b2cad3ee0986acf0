import { expect, test } from 'vitest';
import { judgeAsset, judgePort, type JudgedAsset, type JudgedPort } from './judge.ts';
import { portRules } from './rules.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY_MS = 86_400_000;

const asset: JudgedAsset = {
  id: '0190f000-0000-7000-8000-000000000001',
  ip: '10.0.0.5',
  mac: '02:00:00:00:00:05',
  name: 'printer',
  deviceId: null,
  isIgnored: false,
};

function certificate(expiresInDays: number, issuer = 'CN=Authority') {
  return { subject: 'CN=host', issuer, expiresAt: NOW + expiresInDays * DAY_MS };
}

type Facts = Omit<JudgedPort, 'port'> & { readonly port?: number };

/** Every rule with a port that fires it and one that must not. */
const examples: Readonly<Record<string, { readonly fires: Facts; readonly stays: Facts | null }>> =
  {
    // Any open port is one: nothing that is open may be left out.
    'open-port': { fires: { service: 'unknown' }, stays: null },
    'cleartext-remote-shell': { fires: { service: 'telnet' }, stays: { service: 'ssh' } },
    'cleartext-ftp': {
      fires: { service: 'ftp' },
      stays: { service: 'ftp', tls: certificate(300) },
    },
    'ssh-protocol-1': {
      fires: { service: 'ssh', banner: 'SSH-1.99-OpenSSH_3.4' },
      stays: { service: 'ssh', banner: 'SSH-2.0-OpenSSH_9.6' },
    },
    'unauthenticated-redis': {
      fires: { service: 'redis', isUnauthenticated: true },
      stays: { service: 'redis', isUnauthenticated: false },
    },
    'unauthenticated-mongodb': {
      fires: { service: 'mongodb', isUnauthenticated: true },
      stays: { service: 'mongodb' },
    },
    'unauthenticated-elasticsearch': {
      fires: { service: 'elasticsearch', isUnauthenticated: true },
      stays: { service: 'elasticsearch', isUnauthenticated: false },
    },
    'unauthenticated-docker-api': {
      fires: { service: 'docker', isUnauthenticated: true },
      stays: { service: 'docker', isUnauthenticated: false },
    },
    'unauthenticated-memcached': {
      fires: { service: 'memcached', isUnauthenticated: true },
      stays: { service: 'memcached' },
    },
    'unauthenticated-mqtt': {
      fires: { service: 'mqtt', isUnauthenticated: true },
      stays: { service: 'mqtt', isUnauthenticated: false },
    },
    'unauthenticated-vnc': {
      fires: { service: 'vnc', isUnauthenticated: true },
      stays: { service: 'vnc', isUnauthenticated: false },
    },
    'exposed-database': {
      fires: { service: 'postgresql' },
      stays: { service: 'redis', isUnauthenticated: true },
    },
    'exposed-smb': { fires: { service: 'smb', version: '3.1.1' }, stays: { service: 'http' } },
    'smb-1': {
      fires: { service: 'smb', version: '1' },
      stays: { service: 'smb', version: '2.1' },
    },
    'exposed-file-share': { fires: { service: 'nfs' }, stays: { service: 'smb' } },
    'exposed-rdp': { fires: { service: 'rdp' }, stays: { service: 'vnc' } },
    'rdp-standard-security': {
      fires: { service: 'rdp', version: 'standard security' },
      stays: { service: 'rdp', version: 'CredSSP' },
    },
    'exposed-vnc': {
      fires: { service: 'vnc' },
      stays: { service: 'vnc', isUnauthenticated: true },
    },
    'printer-raw-port': { fires: { service: 'jetdirect' }, stays: { service: 'ipp' } },
    'exposed-management': {
      fires: { service: 'winrm' },
      stays: { service: 'docker', isUnauthenticated: true },
    },
    'exposed-hardware-management': {
      fires: { service: 'unknown', port: 623 },
      stays: { service: 'unknown', port: 624 },
    },
    'exposed-industrial-control': { fires: { service: 'modbus' }, stays: { service: 'mqtt' } },
    'certificate-expired': {
      fires: { service: 'https', tls: certificate(-1) },
      stays: { service: 'https', tls: certificate(1) },
    },
    'certificate-expiring': {
      fires: { service: 'https', tls: certificate(13) },
      stays: { service: 'https', tls: certificate(15) },
    },
    'certificate-self-signed': {
      fires: { service: 'https', tls: certificate(300, 'CN=host') },
      stays: { service: 'https', tls: certificate(300) },
    },
  };

function rulesOf(facts: Facts): string[] {
  return judgePort(asset, { port: 4_000, ...facts }, NOW).map(({ rule }) => rule);
}

test('every rule has an example that fires it and one that does not', () => {
  expect(Object.keys(examples).toSorted()).toEqual(portRules.map(({ id }) => id).toSorted());
});

test.each(Object.entries(examples))('%s fires on its example and only then', (rule, example) => {
  expect(rulesOf(example.fires)).toContain(rule);
  if (example.stays) expect(rulesOf(example.stays)).not.toContain(rule);
  if (example.stays) expect(rulesOf(example.stays)).toContain('open-port');
});

test('rules have ids of their own, words for people and remedies', () => {
  expect(new Set(portRules.map(({ id }) => id)).size).toBe(portRules.length);
  for (const rule of portRules) {
    expect(rule.id).toMatch(/^[a-z0-9-]{4,60}$/);
    expect(rule.title.length).toBeGreaterThan(8);
    expect(rule.remedy).toMatch(/\.$/);
  }
});

test('a finding names the machine and carries what the scan saw', () => {
  const [open] = judgePort(
    asset,
    { port: 6_379, service: 'redis', version: '7.2.4', isUnauthenticated: true },
    NOW,
  );
  expect(open).toMatchObject({
    subject: 'printer',
    port: 6_379,
    evidence: { ip: '10.0.0.5', port: 6_379, version: '7.2.4', isUnauthenticated: true },
  });
});

test('a certificate whose date no calendar has is shown as unknown', () => {
  const tls = { subject: 'CN=a', issuer: 'CN=b', expiresAt: 1e300 };
  const [open] = judgePort(asset, { port: 443, service: 'https', tls }, NOW);
  expect(open?.evidence).toMatchObject({ certificateExpiresAt: null });
});

test('a machine without an agent is a finding until it is managed or ignored', () => {
  expect(judgeAsset(asset).map(({ rule }) => rule)).toEqual(['unmanaged-asset']);
  expect(judgeAsset({ ...asset, isIgnored: true })).toEqual([]);
  expect(judgeAsset({ ...asset, deviceId: asset.id })).toEqual([]);
});
