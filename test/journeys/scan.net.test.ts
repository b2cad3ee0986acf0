/* The scan engine on a real network of namespaces: every host and open port, and none that is not. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DiscoveryResult, PortScanResult } from '@wardgrid/agent/scan/index';
import { createLab, type Lab } from './namespaces.ts';

const CIDR = '10.77.9.0/24';
const SCANNER = '10.77.9.1';
/** A scan that goes on takes twenty seconds; a cancelled one some milliseconds, on a busy machine more. */
const ENDED_MS_MAX = 5_000;

const OFFERS: Readonly<Record<string, readonly string[]>> = {
  linux: ['ssh:22', 'http:80', 'https:443', 'postgresql:5432', 'redis:6379', 'names:5353'],
  windows: ['ftp:21', 'vnc:5900', 'http:47000', 'netbios:137'],
  printer: ['printer:9100', 'telnet:23', 'http:631'],
  database: ['mysql:3306', 'memcached:11211', 'docker:2375', 'silent:61234'],
  mail: ['smtp:25', 'names:53'],
  closed: [],
};
const UDP = new Set(['names', 'netbios']);
const names = Object.keys(OFFERS);
const ipOf = (name: string): string => `10.77.9.${10 + names.indexOf(name) * 40}`;
const printed: string[] = [];
let lab: Lab;

interface Run<T> {
  readonly result: T;
  readonly tookMs: number;
  readonly endedAfterCancelMs: number | null;
  readonly progressCount: number;
  readonly gapMinMs: number | null;
}

async function run<T>(kind: string, order: object): Promise<Run<T>> {
  const script = new URL('./scan-runner.ts', import.meta.url).pathname;
  const { stdout, stderr, code } = await lab.run('scanner', process.execPath, [
    script,
    kind,
    JSON.stringify(order),
  ]);
  if (code !== 0) throw new Error(`the scan failed: ${stderr}`);
  return JSON.parse(stdout);
}

const discover = (order: object) => run<DiscoveryResult>('discover', { cidr: CIDR, ...order });
const scan = (order: object) =>
  run<PortScanResult>('ports', { hosts: names.map(ipOf), ports: 'all', ...order });

/** Puts a rule before everything that comes in to a host. */
async function filter(host: string, rule: string): Promise<void> {
  const chain = 'add chain ip t c { type filter hook input priority 0; }';
  const { code } = await lab.run(host, 'nft', [
    `add table ip t; ${chain}; add rule ip t c ${rule}`,
  ]);
  expect(code).toBe(0);
}

function expectedPorts(): string[] {
  return names
    .flatMap((name) =>
      (OFFERS[name] ?? [])
        .filter((offer) => !UDP.has(offer.split(':')[0] ?? ''))
        .map((offer) => `${ipOf(name)}:${offer.split(':')[1]}`),
    )
    .toSorted();
}

const placesOf = (result: PortScanResult): string[] =>
  result.ports.map(({ ip, port }) => `${ip}:${port}`).toSorted();

beforeAll(async () => {
  const hosts = names.map((name) => ({ name, ip: ipOf(name) }));
  lab = await createLab({ cidr: CIDR, hosts: [{ name: 'scanner', ip: SCANNER }, ...hosts] });
  const script = new URL('./scan-services.ts', import.meta.url).pathname;
  await Promise.all(
    names.map(
      (name) =>
        new Promise<void>((resolve) => {
          const list = JSON.stringify(OFFERS[name]);
          const child = lab.spawn(name, process.execPath, [script, list, ipOf(name)]);
          child.stdout?.on('data', (bytes: Buffer) => {
            if (bytes.toString().includes('ready')) resolve();
            if (bytes.toString().includes('printed')) printed.push(bytes.toString());
          });
        }),
    ),
  );
}, 60_000);

afterAll(async () => {
  await lab?.close();
}, 30_000);

test('discovery finds every host of a /24 by its link address, and no other, within seconds', async () => {
  const { result, tookMs } = await discover({ nameServers: [ipOf('mail')] });
  expect(result.hosts.map(({ ip }) => ip)).toEqual([SCANNER, ...names.map(ipOf)]);
  for (const host of result.hosts) {
    const name = host.isSelf ? 'scanner' : (names.find((each) => ipOf(each) === host.ip) ?? '');
    expect(host.mac).toBe(await lab.macOf(name));
    expect(host.evidence).toEqual(host.isSelf ? ['self'] : ['arp', 'tcp']);
  }
  expect(result.end).toBe('finished');
  expect(result.proxySuspects).toEqual([]);
  expect(tookMs).toBeLessThan(8000);
}, 30_000);

test('hosts are named by multicast DNS, NetBIOS and the name server', async () => {
  const { result } = await discover({ nameServers: [ipOf('mail')] });
  const namesOf = (name: string) => result.hosts.find(({ ip }) => ip === ipOf(name))?.names;
  expect(namesOf('linux')).toContainEqual({ name: 'media.local', source: 'mdns' });
  expect(namesOf('windows')).toContainEqual({ name: 'LABFILES', source: 'netbios' });
  expect(namesOf('closed')).toEqual([{ name: 'dns.lab', source: 'dns' }]);
}, 30_000);

test('a host that has left is not reported from the memory of the kernel', async () => {
  await discover({ hasNames: false });
  await lab.run('closed', 'ip', ['link', 'set', 'eth0', 'down']);
  const { result } = await discover({ hasNames: false });
  await lab.run('closed', 'ip', ['link', 'set', 'eth0', 'up']);
  expect(result.hosts.map(({ ip }) => ip)).not.toContain(ipOf('closed'));
  expect(result.hosts).toHaveLength(names.length);
}, 60_000);

test('a router that answers ARP for addresses nobody holds is named and its addresses left out', async () => {
  const script = [
    'ip link add stub0 type bridge && ip link set stub0 up',
    'ip route add 10.77.9.224/28 dev stub0',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    'echo 1 > /proc/sys/net/ipv4/conf/eth0/proxy_arp',
    'echo 1 > /proc/sys/net/ipv4/neigh/eth0/proxy_delay',
  ].join(' && ');
  expect((await lab.run('mail', 'sh', ['-c', script])).code).toBe(0);
  const { result } = await discover({ hasNames: false });
  await lab.run('mail', 'ip', ['link', 'del', 'stub0']);
  expect(result.hosts).toHaveLength(names.length + 1);
  const mac = await lab.macOf('mail');
  expect(result.proxySuspects).toEqual([{ mac, addressCount: 16 }]);
}, 60_000);

test.each(['native', 'nmap'])(
  '%s finds every open port of all ports and none false',
  async (engine) => {
    const { result, gapMinMs } = await scan({ engine, hasRecognition: false });
    expect(placesOf(result)).toEqual(expectedPorts());
    const open = expectedPorts().length;
    expect(result.counts.open).toBe(open);
    expect(result.counts.closed).toBe(names.length * 65_535 - open);
    if (engine === 'native') expect(gapMinMs ?? 250).toBeGreaterThanOrEqual(249);
  },
  120_000,
);

test('the portable engine finds the same ports', async () => {
  const { result } = await scan({ engine: 'portable', ports: '1-12000', hasRecognition: false });
  const expected = expectedPorts().filter((place) => Number(place.split(':')[1]) <= 12_000);
  expect(placesOf(result)).toEqual(expected);
}, 120_000);

test('ports that drop packets are counted as filtered, and open ones behind the filter found', async () => {
  await filter('linux', 'tcp dport != 22 drop');
  const { result } = await scan({ hosts: [ipOf('linux')], ports: '1-1000', hasRecognition: false });
  await lab.run('linux', 'nft', ['flush ruleset']);
  expect(placesOf(result)).toEqual([`${ipOf('linux')}:22`]);
  expect(result.counts).toEqual({ open: 1, closed: 0, filtered: 999, untried: 0 });
}, 60_000);

test('a line that loses one packet in twenty hides no open port', async () => {
  await filter('database', 'numgen random mod 20 < 1 drop');
  const { result } = await scan({
    hosts: [ipOf('database')],
    ports: '1-12000',
    hasRecognition: false,
  });
  await lab.run('database', 'nft', ['flush ruleset']);
  /* Two losses in a row, one in four hundred, count as filtered; three of three may not be hit. */
  expect(result.counts.filtered).toBeLessThan(100);
  expect(result.counts.open + result.counts.closed + result.counts.filtered).toBe(12_000);
  expect(placesOf(result).length).toBeGreaterThanOrEqual(2);
}, 60_000);

test('services are recognised, and a printer port gets not one byte', async () => {
  const { result } = await scan({ ports: 'top' });
  const at = (name: string, port: number) =>
    result.ports.find((each) => each.ip === ipOf(name) && each.port === port);
  expect(at('linux', 22)).toMatchObject({ service: 'ssh', product: 'OpenSSH', version: '9.6p1' });
  expect(at('linux', 80)).toMatchObject({
    service: 'http',
    product: 'nginx',
    version: '1.25.3',
    banner: 'Lab page',
  });
  expect(at('linux', 443)).toMatchObject({
    service: 'https',
    tls: { subject: 'lab.wardgrid.test', expiresAt: Date.UTC(2049, 0, 1) },
  });
  expect(at('linux', 5432)).toMatchObject({ service: 'postgresql' });
  expect(at('linux', 6379)).toMatchObject({
    service: 'redis',
    version: '7.2.4',
    isUnauthenticated: true,
  });
  expect(at('windows', 21)).toMatchObject({ service: 'ftp', product: 'vsFTPd', version: '3.0.5' });
  expect(at('windows', 5900)).toMatchObject({ service: 'vnc', isUnauthenticated: true });
  expect(at('printer', 23)).toMatchObject({ service: 'telnet', banner: 'router login:' });
  expect(at('printer', 9100)).toMatchObject({ service: 'jetdirect' });
  expect(at('database', 3306)).toMatchObject({
    service: 'mysql',
    product: 'MySQL',
    version: '8.0.36',
  });
  expect(at('database', 11211)).toMatchObject({ service: 'memcached', version: '1.6.24' });
  expect(at('database', 2375)).toMatchObject({
    service: 'docker',
    version: '27.1.1',
    isUnauthenticated: true,
  });
  expect(at('mail', 25)).toMatchObject({ service: 'smtp', product: 'Postfix' });
  expect(printed).toEqual([]);
}, 60_000);

test.each(['native', 'portable', 'nmap'])(
  '%s stops soon after it is cancelled',
  async (engine) => {
    const order = { engine, cancelAfterMs: 3_000, packetsPerSecond: 20_000, hasRecognition: false };
    const { result, endedAfterCancelMs } = await scan(order);
    expect(result.end).toBe('cancelled');
    expect(result.counts.untried).toBeGreaterThan(0);
    expect(endedAfterCancelMs).toBeLessThan(ENDED_MS_MAX);
    if (engine === 'native') expect(placesOf(result)).toContain(`${ipOf('linux')}:22`);
  },
  60_000,
);

test('a cancelled discovery stops soon and keeps what it has', async () => {
  const { result, endedAfterCancelMs } = await discover({ cancelAfterMs: 700 });
  expect(result.end).toBe('cancelled');
  expect(endedAfterCancelMs).toBeLessThan(ENDED_MS_MAX);
  expect(result.hosts.map(({ ip }) => ip)).toEqual([SCANNER, ...names.map(ipOf)]);
}, 30_000);
