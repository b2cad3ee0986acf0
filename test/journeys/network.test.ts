/* A site with real machines: an agent enrols by TLS, scans its network, and scans no other. */
import { createHash, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import {
  assetRoutes,
  deviceRoutes,
  findingRoutes,
  jobRoutes,
  networkRoutes,
  type Asset,
  type Device,
  type Finding,
  type Job,
} from '@wardgrid/wire';
import {
  CIDR,
  codeOfJob,
  CONTROLLER_PORT,
  finalJob,
  HOSTS,
  ipOf,
  OFFERS,
  startSite,
  type Host,
  type Site,
} from './network-site.ts';
import { eventually, type Program } from './processes.ts';

/** Every port below the last one that anybody serves. */
const PORTS = '1-10000';
const FAST = 20_000;
const scan = { kind: 'discovery', ports: PORTS, packetsPerSecond: FAST } as const;

let site: Site;
let agent: Program;
let device: Device;
let stopLinux: () => Promise<void>;

const read = (id: Job['id']): Promise<Job> => site.person.call(jobRoutes.read, { params: { id } });

async function order(task: object = {}): Promise<Job> {
  return site.person.call(jobRoutes.create, {
    body: { deviceId: device.id, task: { ...scan, ...task } },
  });
}

async function scanToEnd(task: object = {}): Promise<Job> {
  const job = await finalJob(site.person, (await order(task)).id);
  expect([job.state, job.error]).toEqual(['succeeded', null]);
  return job;
}

async function assets(): Promise<ReadonlyMap<string, Asset>> {
  const { data } = await site.person.call(assetRoutes.list, { query: { limit: 200 } });
  return new Map(data.map((asset) => [asset.ip, asset]));
}

/** `address:port` of everything that is said to be open. */
async function openPorts(): Promise<string[]> {
  const all = await assets();
  return [...all.values()]
    .flatMap(({ ip, ports }) => ports.map(({ port }) => `${ip}:${port}`))
    .toSorted();
}

/** What scans found; that this agent protects no files is a finding, too. */
/** What is said of the network: what the agent sees on the machine of the tests is another matter. */
async function findings(): Promise<Finding[]> {
  const query = { limit: 200, filter: '-rule:protection-degraded -category:threat' };
  const { data } = await site.person.call(findingRoutes.list, { query });
  return data;
}

/** `rule address[:port]` of findings. */
const nameOf = ({ rule, evidence }: Finding): string => {
  const port = evidence['port'];
  return `${rule} ${String(evidence['ip'])}${port === undefined ? '' : `:${String(port)}`}`;
};

async function findingOf(name: string): Promise<Finding> {
  const found = (await findings()).find((finding) => nameOf(finding) === name);
  if (!found) throw new Error(`no finding '${name}'`);
  return found;
}

const served = (host: Host): string[] =>
  OFFERS[host].map((offer) => `${ipOf(host)}:${offer.split(':')[1]}`);
const allServed = (): string[] =>
  [...HOSTS.flatMap(served), `${ipOf('hub')}:${CONTROLLER_PORT}`].toSorted();

/** Counts what leaves the laptop for anybody but the controller and the gateway of its home. */
async function countStrays(): Promise<void> {
  const rules = [
    'add table ip guard',
    'add counter ip guard strays',
    'add chain ip guard out { type filter hook output priority 0; }',
    `add rule ip guard out oifname "eth0" ip protocol != igmp ip daddr != { ${ipOf('hub')}, 10.99.7.1 } counter name strays`,
  ];
  const { code, stderr } = await site.lab.run('laptop', 'nft', [rules.join('; ')]);
  expect([code, stderr]).toEqual([0, '']);
}

async function strays(): Promise<number> {
  const words = ['reset', 'counter', 'ip', 'guard', 'strays'];
  const { stdout } = await site.lab.run('laptop', 'nft', words);
  return Number(/packets (\d+)/.exec(stdout)?.[1]);
}

beforeAll(async () => {
  site = await startSite();
  const started = HOSTS.filter((host) => OFFERS[host].length > 0).map(
    async (host) => [host, await site.serve(host, OFFERS[host])] as const,
  );
  const stops = new Map(await Promise.all(started));
  stopLinux = stops.get('linux') ?? (() => Promise.reject(new Error('linux serves nothing')));
}, 90_000);

afterAll(async () => {
  await site?.close();
}, 30_000);

test('an agent believes no controller but the one its key names', async () => {
  const { enrolmentKey, ca } = site;
  const fingerprint = createHash('sha256').update(new X509Certificate(ca).raw).digest('base64url');
  expect(enrolmentKey.endsWith(`_${fingerprint}`)).toBe(true);
  const other = createHash('sha256').update('another').digest('base64url');
  const deceived = site.startAgent('laptop', enrolmentKey.replace(fingerprint, other));
  expect(await deceived.ended).not.toBe(0);
  expect(deceived.lines.join('\n')).toMatch(/controller-untrusted|not the (?:one|controller)/);
  expect((await site.person.call(deviceRoutes.list)).data).toEqual([]);
}, 30_000);

test('an agent enrols by TLS and reports the network it is on', async () => {
  agent = site.startAgent('laptop', site.enrolmentKey);
  const mac = await site.lab.macOf('hub');
  device = await eventually('the device reports its network', async () => {
    const { data } = await site.person.call(deviceRoutes.list);
    return data.find(({ primaryCidr, gatewayMac }) => primaryCidr !== null && gatewayMac !== null);
  });
  expect(device).toMatchObject({
    primaryCidr: CIDR,
    localIp: ipOf('laptop'),
    gatewayIp: ipOf('hub'),
    gatewayMac: mac,
    macAddress: await site.lab.macOf('laptop'),
    status: 'online',
  });
}, 60_000);

test('a network that nobody approved, or that is not the device’s, is not scanned', async () => {
  const { person } = site;
  const deviceId = device.id;
  await countStrays();
  const codeOf = (task: Parameters<typeof codeOfJob>[1]['task']) =>
    codeOfJob(person, { deviceId, task });
  expect(await codeOf(scan)).toBe('network-not-approved');
  const outside = { ...scan, cidr: '10.78.4.0/24', isNetworkApproved: true };
  expect(await codeOf(outside)).toBe('network-out-of-reach');
  const around = { ...scan, cidr: '10.78.0.0/16', isNetworkApproved: true };
  expect(await codeOf(around)).toBe('network-out-of-reach');
  expect(await codeOf({ kind: 'port-scan', hosts: [ipOf('linux'), '10.78.4.1'] })).toBe(
    'network-out-of-reach',
  );
  expect(await codeOf({ ...scan, isNetworkApproved: true, ports: '0' })).toBe('ports-invalid');
  const { data } = await person.call(jobRoutes.list);
  expect(data).toEqual([]);
  expect(await strays()).toBe(0);
});

test('a scan finds every host and every open port and none besides, and says so while it runs', async () => {
  const stream = await site.person.follow();
  const job = await scanToEnd({ isNetworkApproved: true });
  expect(await strays()).toBeGreaterThan(HOSTS.length);
  expect(job.summary).toMatchObject({ hosts: HOSTS.length, openPorts: allServed().length });
  const found = await assets();
  expect([...found.keys()].toSorted()).toEqual(HOSTS.map(ipOf).toSorted());
  for (const host of HOSTS) {
    expect(found.get(ipOf(host))).toMatchObject({
      mac: await site.lab.macOf(host),
      state: host === 'laptop' ? 'managed' : 'unmanaged',
      deviceId: host === 'laptop' ? device.id : null,
    });
  }
  expect(await openPorts()).toEqual(allServed());
  const events = stream.events.filter(({ entityId }) => entityId === job.id);
  const shares = events.flatMap(({ progress }) => (progress ? [progress.done] : []));
  expect(shares.length).toBeGreaterThanOrEqual(2);
  stream.close();
}, 90_000);

test('services are recognised', async () => {
  const found = await assets();
  const at = (host: Host, port: number) =>
    found.get(ipOf(host))?.ports.find((each) => each.port === port);
  expect(at('linux', 22)).toMatchObject({ service: 'ssh', product: 'OpenSSH', version: '9.6p1' });
  expect(at('linux', 80)).toMatchObject({ service: 'http', product: 'nginx', version: '1.25.3' });
  expect(at('linux', 443)).toMatchObject({ service: 'https' });
  expect(at('linux', 6379)).toMatchObject({ service: 'redis', version: '7.2.4' });
  expect(at('windows', 21)).toMatchObject({ service: 'ftp', product: 'vsFTPd' });
  expect(at('windows', 5900)).toMatchObject({ service: 'vnc' });
  expect(at('printer', 23)).toMatchObject({ service: 'telnet' });
  expect(at('printer', 9100)).toMatchObject({ service: 'jetdirect' });
  expect(at('database', 3306)).toMatchObject({ service: 'mysql', version: '8.0.36' });
  expect(at('database', 2375)).toMatchObject({ service: 'docker', version: '27.1.1' });
  expect(at('hub', CONTROLLER_PORT)).toMatchObject({ service: 'https' });
});

test('findings of the network are those of its rules, and no other', async () => {
  const [linux, windows, printer, database] = (
    ['linux', 'windows', 'printer', 'database'] as const
  ).map(ipOf);
  const expected = [
    ...allServed().map((place) => `open-port ${place}`),
    ...HOSTS.filter((host) => host !== 'laptop').map((host) => `unmanaged-asset ${ipOf(host)}`),
    `certificate-self-signed ${linux}:443`,
    `unauthenticated-redis ${linux}:6379`,
    `cleartext-ftp ${windows}:21`,
    `unauthenticated-vnc ${windows}:5900`,
    `cleartext-remote-shell ${printer}:23`,
    `printer-raw-port ${printer}:9100`,
    `exposed-database ${database}:3306`,
    `unauthenticated-docker-api ${database}:2375`,
  ];
  const all = await findings();
  expect(all.map(nameOf).toSorted()).toEqual(expected.toSorted());
  expect(all.every(({ state, reopened }) => state === 'open' && reopened === 0)).toBe(true);
});

test('what is closed is closed, what is new is new, and what is back is opened again', async () => {
  const redis = `${ipOf('linux')}:6379`;
  const fresh = `${ipOf('windows')}:8080`;
  const isIdleStale = async () => (await assets()).get(ipOf('idle'))?.state === 'stale';
  await stopLinux();
  const stopWithout = await site.serve('linux', ['ssh:22', 'http:80', 'https:443']);
  await site.serve('windows', ['http:8080']);
  await site.ip('idle', 'link', 'set', 'eth0', 'down');

  await scanToEnd();
  const without = allServed().filter((place) => place !== redis);
  expect(await openPorts()).toEqual([...without, fresh].toSorted());
  expect(await findingOf(`unauthenticated-redis ${redis}`)).toMatchObject({ state: 'resolved' });
  expect(await findingOf(`open-port ${redis}`)).toMatchObject({ state: 'resolved' });
  expect(await findingOf(`open-port ${fresh}`)).toMatchObject({ state: 'open' });
  expect(await isIdleStale()).toBe(false);
  const idle = `unmanaged-asset ${ipOf('idle')}`;
  expect(await findingOf(idle)).toMatchObject({ state: 'open' });

  await scanToEnd({ ports: '6379' });
  expect(await isIdleStale()).toBe(true);
  expect(await findingOf(idle)).toMatchObject({ state: 'resolved' });
  expect(await openPorts()).toEqual([...without, fresh].toSorted());

  await stopWithout();
  await site.serve('linux', OFFERS.linux);
  await site.ip('idle', 'link', 'set', 'eth0', 'up');
  await scanToEnd();
  expect(await openPorts()).toEqual([...allServed(), fresh].toSorted());
  for (const name of [`unauthenticated-redis ${redis}`, `open-port ${redis}`, idle]) {
    expect(await findingOf(name)).toMatchObject({ state: 'open', reopened: 1, resolvedAt: null });
  }
  expect(await isIdleStale()).toBe(false);
  const { reopened } = await findingOf(`open-port ${ipOf('linux')}:22`);
  expect(reopened).toBe(0);
}, 120_000);

test('nmap finds the same ports', async () => {
  const before = await openPorts();
  const job = await scanToEnd({ engine: 'nmap' });
  expect(job.summary).toMatchObject({ openPorts: before.length });
  expect(await openPorts()).toEqual(before);
}, 90_000);

test('scanning leaves one network and no other', async () => {
  const { data } = await site.person.call(networkRoutes.list);
  const gatewayMac = await site.lab.macOf('hub');
  expect(data).toHaveLength(1);
  expect(data[0]).toMatchObject({
    cidr: CIDR,
    gatewayMac,
    state: 'approved',
    devices: 1,
    assets: HOSTS.length,
    approvedBy: 'root@example.com',
  });
});

test('a scan that is cancelled ends within two seconds, once', async () => {
  const stream = await site.person.follow();
  const { id } = await order({ packetsPerSecond: 200 });
  await eventually('ports are being scanned', async () => {
    const { state, progress } = await read(id);
    return state === 'running' && progress?.phase === 'ports';
  });
  const startMs = systemClock.monotonic();
  await site.person.call(jobRoutes.cancel, { params: { id } });
  const ended = await finalJob(site.person, id, 5_000);
  expect(systemClock.monotonic() - startMs).toBeLessThan(2_000);
  expect(ended).toMatchObject({ state: 'cancelled', isCancelRequested: true });
  await strays();
  await systemClock.sleep(2_500);
  expect(await read(id)).toEqual(ended);
  expect(await strays()).toBe(0);
  const changes = stream.events.filter(({ entityId }) => entityId === id);
  expect(changes.at(-1)?.verb).toBe('changed');
  stream.close();
  /* What it had not looked at is not said to be gone. */
  expect(await openPorts()).toEqual([...allServed(), `${ipOf('windows')}:8080`].toSorted());
}, 60_000);

test('a laptop that went home, or into a café with the same numbers, scans nothing there', async () => {
  const moves = [
    async () => {
      await site.ip('hub', 'address', 'add', '10.99.7.1/24', 'dev', 'eth0');
      await site.ip('laptop', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
      await site.ip('laptop', 'address', 'add', '10.99.7.9/24', 'dev', 'eth0');
      await site.ip('laptop', 'route', 'add', 'default', 'via', '10.99.7.1');
    },
    async () => {
      await site.ip('laptop', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
      await site.ip('laptop', 'address', 'add', `${ipOf('laptop')}/24`, 'dev', 'eth0');
      await site.ip('laptop', 'route', 'add', 'default', 'via', ipOf('linux'));
      await site.lab.run('laptop', 'ping', ['-c', '1', ipOf('linux')]);
    },
  ];
  for (const move of moves) {
    await agent.kill('SIGTERM');
    const { id, state } = await order();
    expect(state).toBe('queued');
    await move();
    await strays();
    agent = site.startAgent('laptop');
    const job = await finalJob(site.person, id);
    expect(job).toMatchObject({ state: 'failed', error: { code: 'network-mismatch' } });
    await systemClock.sleep(1_000);
    expect(await strays()).toBe(0);
    await agent.kill('SIGTERM');
    await site.ip('laptop', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
    await site.ip('laptop', 'address', 'add', `${ipOf('laptop')}/24`, 'dev', 'eth0');
    await site.ip('laptop', 'route', 'replace', 'default', 'via', ipOf('hub'));
    agent = site.startAgent('laptop');
    await eventually('the laptop is back', async () => {
      const { data } = await site.person.call(deviceRoutes.list);
      const now = data.find((each) => each.id === device.id);
      return now?.primaryCidr === CIDR && now.gatewayMac === device.gatewayMac;
    });
    await scanToEnd({ ports: '22' });
    expect(await strays()).toBeGreaterThan(0);
  }
}, 120_000);

test('networks beyond /22 need a word more, and beyond /16 no word helps', async () => {
  const { person } = site;
  await resize('/21');
  const wide = site.startAgent('wide', site.enrolmentKey);
  const deviceId = await deviceOn('10.78.0.0/21');
  const ask = (task: object) => codeOfJob(person, { deviceId, task: { ...scan, ...task } });
  expect(await ask({ isNetworkApproved: true })).toBe('network-size-unconfirmed');
  expect(await ask({ isSizeConfirmed: true })).toBe('network-not-approved');
  await resize('/15');
  expect(await deviceOn('10.78.0.0/15')).toBe(deviceId);
  expect(await ask({ isSizeConfirmed: true, isNetworkApproved: true })).toBe('network-too-large');
  await wide.kill('SIGTERM');
}, 60_000);

/** Gives the odd device a network of another size. */
async function resize(prefix: string): Promise<void> {
  await site.ip('wide', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
  await site.ip('wide', 'address', 'add', `${ipOf('wide')}${prefix}`, 'dev', 'eth0');
  await site.ip('wide', 'route', 'replace', 'default', 'via', ipOf('hub'));
}

/** The device that says it is on a network. */
function deviceOn(cidr: string): Promise<Device['id']> {
  return eventually(`a device on ${cidr}`, async () => {
    const { data } = await site.person.call(deviceRoutes.list);
    return data.find(({ primaryCidr }) => primaryCidr === cidr)?.id;
  });
}
