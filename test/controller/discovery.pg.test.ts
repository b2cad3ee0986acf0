import type { FinishedScan } from '@wardgrid/controller/features/discovery/index';
import { systemNewId } from '@wardgrid/base/system';
import { assetRoutes, findingRoutes, networkRoutes } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { actorAt } from './feature-fixture.ts';
import { addJob, CIDR, finish, GATEWAY_MAC, hostOf, openSite } from './scan-site.ts';

const printer = { ip: '10.0.0.50', mac: '02:00:00:00:00:50' };
const self = { ip: '10.0.0.2', mac: '02:00:00:00:00:02', isSelf: true };

describe.each(openTestServers())('discovery on $name', (server) => {
  test('the networks of devices are told once; what is no network of machines is passed over', async () => {
    await using site = await openSite(server);
    const { fixture, discovery, organization, actor } = site;
    const cidrs = [
      '10.0.0.0/24',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '10.1.1.1/32',
      'fe80::/64',
      null,
    ];
    const devices: { readonly deviceId: string }[] = [];
    for (const primaryCidr of cidrs)
      devices.push(await fixture.addDevice(organization, { primaryCidr }));
    await fixture.ingest((tx) => discovery.devicesSeen(tx, devices));
    const { data } = await fixture.call(actor, networkRoutes.list);
    expect(data.map(({ cidr, state, devices, scope }) => [cidr, state, devices, scope])).toEqual([
      [CIDR, 'reported', 2, organization.scope],
    ]);
  });

  test('a device that claims a new network every time cannot fill the list', async () => {
    await using site = await openSite(server);
    const { fixture, discovery, organization, scanner, actor } = site;
    await fixture.query(
      `insert into discovery_network (id, tenant_id, organization_id, scope, cidr, first_seen_at)
       select gen_random_uuid(), $1, $2, $3, ('10.' || g / 256 || '.' || g % 256 || '.0/24')::cidr, now()
       from generate_series(1000, 2500) g`,
      [organization.tenantId, organization.id, organization.scope],
    );
    await fixture.query(`update device set primary_cidr = '172.16.0.0/16' where id = $1`, [
      scanner.id,
    ]);
    await fixture.ingest((tx) => discovery.devicesSeen(tx, [scanner]));
    expect((await fixture.call(actor, networkRoutes.list)).total).toBe(1_001);
    const current = { query: { filter: 'cidr:172.16.0.0/16' } };
    expect((await fixture.call(actor, networkRoutes.list, current)).total).toBe(1);
  });

  test('only an approved network is scanned, and only who may approve it does so with the scan', async () => {
    await using site = await openSite(server);
    const { fixture, organization, actor } = site;
    const analyst = actorAt(organization, 'analyst');
    const asked = { kind: 'discovery', isNetworkApproved: true } as const;
    await expect(site.prepare({ kind: 'discovery' })).rejects.toMatchObject({
      code: 'network-not-approved',
      shown: { cidr: CIDR, gatewayMac: GATEWAY_MAC },
    });
    await expect(site.prepare(asked, analyst)).rejects.toMatchObject({
      code: 'network-not-approved',
    });
    expect(await site.prepare(asked)).toMatchObject({
      kind: 'discovery',
      arguments: { cidr: CIDR, gatewayMac: GATEWAY_MAC, ports: 'top' },
    });
    const [network] = (await fixture.call(actor, networkRoutes.list)).data;
    expect(network).toMatchObject({ state: 'approved', approvedBy: actor.email });
    expect(await site.prepare({ kind: 'discovery' }, analyst)).toMatchObject({ kind: 'discovery' });
    await fixture.call(actor, networkRoutes.update, {
      params: { id: network?.id ?? '' },
      body: { state: 'refused' },
    });
    await expect(site.prepare(asked)).rejects.toMatchObject({ code: 'network-not-approved' });
  });

  test('a scan stays within the network the device is on, IPv4 and of a sane size', async () => {
    await using site = await openSite(server, '10.0.0.0/12');
    const ask = (task: object) =>
      site.prepare({ kind: 'discovery', isNetworkApproved: true, ...task });
    await expect(ask({})).rejects.toMatchObject({ code: 'network-too-large' });
    await expect(ask({ cidr: '10.1.0.0/16' })).rejects.toMatchObject({
      code: 'network-size-unconfirmed',
    });
    expect(await ask({ cidr: '10.1.0.0/16', isSizeConfirmed: true })).toMatchObject({
      arguments: { cidr: '10.1.0.0/16' },
    });
    await expect(ask({ cidr: '10.0.0.0/8', isSizeConfirmed: true })).rejects.toMatchObject({
      code: 'network-out-of-reach',
    });
    await expect(ask({ cidr: '192.168.0.0/24' })).rejects.toMatchObject({
      code: 'network-out-of-reach',
    });
    await expect(ask({ cidr: '::/64' })).rejects.toMatchObject({ code: 'network-out-of-reach' });
    await expect(ask({ cidr: 'nonsense' })).rejects.toMatchObject({ code: 'network-out-of-reach' });
    for (const ports of ['0', '70000', '9-8', '1,,2', '-'])
      await expect(ask({ cidr: CIDR, ports })).rejects.toMatchObject({ code: 'ports-invalid' });
    expect(await ask({ cidr: CIDR, ports: '22, 80,8000-8100' })).toMatchObject({
      arguments: { ports: '22,80,8000-8100' },
    });
    const scan = { kind: 'port-scan', ports: '1-1000' } as const;
    expect(await site.prepare({ ...scan, hosts: ['10.0.0.5'] })).toMatchObject({
      arguments: { hosts: ['10.0.0.5'], cidr: '10.0.0.0/12' },
    });
    for (const host of ['11.0.0.1', '::1'])
      await expect(site.prepare({ ...scan, hosts: ['10.0.0.5', host] })).rejects.toMatchObject({
        code: 'network-out-of-reach',
      });
  });

  test('hosts become assets: the scanning device managed, others not, with ports and findings', async () => {
    await using site = await openSite(server);
    await site.scan({
      hosts: [
        self,
        {
          ...printer,
          names: [
            { name: 'PRINTER', source: 'netbios' },
            { name: 'printer.lan.', source: 'dns' },
          ],
        },
      ],
      ports: [
        { ip: self.ip },
        { ip: printer.ip, port: 23, service: 'telnet', banner: 'hello\u0000\u202eworld' },
        { ip: printer.ip, port: 9_100, service: 'jetdirect' },
        { ip: '172.16.0.1', port: 80, service: 'http' },
      ],
    });
    const { data } = await site.fixture.call(site.actor, assetRoutes.list, {
      query: { sort: 'ip' },
    });
    expect(
      data.map(({ ip, state, deviceId, name, openPorts }) => [
        ip,
        state,
        deviceId,
        name,
        openPorts,
      ]),
    ).toEqual([
      ['10.0.0.2', 'managed', site.scanner.id, null, 1],
      ['10.0.0.50', 'unmanaged', null, 'printer.lan', 2],
    ]);
    expect(data[1]?.ports.map(({ port, service }) => [port, service])).toEqual([
      [23, 'telnet'],
      [9_100, 'jetdirect'],
    ]);
    expect(data[1]?.openFindings).toBe(5);
    expect(await site.findings()).toEqual(
      [
        'open-port',
        'open-port',
        'open-port',
        'cleartext-remote-shell',
        'printer-raw-port',
        'unmanaged-asset',
      ].toSorted(),
    );
    const filtered = await site.fixture.call(site.actor, assetRoutes.list, {
      query: { filter: 'port:23 service:telnet state:unmanaged' },
    });
    expect(filtered.total).toBe(1);
    const [network] = (await site.fixture.call(site.actor, networkRoutes.list)).data;
    expect(network).toMatchObject({ assets: 2, lastScanAt: expect.any(String) });
  });

  test('a repeated end of a job changes nothing', async () => {
    await using site = await openSite(server);
    const hosts = [printer];
    await site.scan({ hosts, ports: [{ ip: printer.ip }] });
    const task = await site.prepare({ kind: 'discovery' });
    const job = await addJob(site.fixture, site.scanner, task);
    const end: FinishedScan = {
      job,
      body: {
        kind: 'job-finished',
        jobId: job.id,
        outcome: 'succeeded',
        error: null,
        summary: {},
        coverage: { cidr: CIDR, hosts: null, ports: 'top', isComplete: true },
      },
    };
    await finish(site, end);
    await finish(site, end);
    await finish(site, end);
    const [asset] = (await site.fixture.call(site.actor, assetRoutes.list)).data;
    expect(asset).toMatchObject({ state: 'unmanaged', openPorts: 1 });
  });

  test('a machine keeps its identity when its address changes, and another one with its address is another', async () => {
    await using site = await openSite(server);
    await site.scan({ hosts: [printer] });
    const [first] = (await site.fixture.call(site.actor, assetRoutes.list)).data;
    await site.scan({
      hosts: [
        { ...printer, ip: '10.0.0.51' },
        { ip: printer.ip, mac: '02:00:00:00:00:77' },
      ],
    });
    const { data } = await site.fixture.call(site.actor, assetRoutes.list, {
      query: { sort: 'ip' },
    });
    expect(data.map(({ ip, mac }) => [ip, mac])).toEqual([
      ['10.0.0.50', '02:00:00:00:00:77'],
      ['10.0.0.51', printer.mac],
    ]);
    expect(data[1]?.id).toBe(first?.id);
  });

  test('a machine is stale after two complete scans that miss it, and back when it is seen', async () => {
    await using site = await openSite(server);
    const stateOf = async () =>
      (await site.fixture.call(site.actor, assetRoutes.list)).data.map(({ state }) => state);
    await site.scan({ hosts: [printer], ports: [{ ip: printer.ip, port: 23, service: 'telnet' }] });
    await site.scan({ hosts: [], coverage: { isComplete: false } });
    await site.scan({ hosts: [], coverage: null });
    await site.scan({ hosts: [], coverage: { cidr: '10.0.0.128/25' } });
    await site.scan({ hosts: [], coverage: { cidr: '10.0.0.0/8' } });
    await site.scan({ hosts: [] });
    expect(await stateOf()).toEqual(['unmanaged']);
    expect(await site.findings()).toHaveLength(3);
    await site.scan({ hosts: [] });
    expect(await stateOf()).toEqual(['stale']);
    expect(await site.findings()).toEqual([]);
    await site.scan({ hosts: [printer], ports: [{ ip: printer.ip, port: 23, service: 'telnet' }] });
    expect(await stateOf()).toEqual(['unmanaged']);
    const { data } = await site.fixture.call(site.actor, findingRoutes.list, {
      query: { filter: 'rule:cleartext-remote-shell' },
    });
    expect(data).toMatchObject([{ state: 'open', reopened: 1, resolvedAt: null }]);
  });

  test('a port is closed only by a complete scan that looked at it', async () => {
    await using site = await openSite(server);
    const telnet = { ip: printer.ip, port: 23, service: 'telnet' };
    const openPorts = async () =>
      (await site.fixture.call(site.actor, assetRoutes.list)).data[0]?.ports.map(
        ({ port }) => port,
      );
    const all = await site.prepare({ kind: 'discovery', ports: 'all', isNetworkApproved: true });
    const top = await site.prepare({ kind: 'discovery' });
    const list = await site.prepare({ kind: 'discovery', ports: '1-100' });
    await site.scan({
      task: all,
      hosts: [printer],
      ports: [telnet, { ...telnet, port: 50_123, service: 'http' }],
    });
    await site.scan({ task: top, hosts: [printer], ports: [] });
    expect(await openPorts()).toEqual([23, 50_123]);
    await site.scan({ task: list, hosts: [printer], ports: [], coverage: { isComplete: false } });
    expect(await openPorts()).toEqual([23, 50_123]);
    await site.scan({ task: list, hosts: [printer], ports: [] });
    expect(await openPorts()).toEqual([50_123]);
    expect(await site.findings()).toEqual(['open-port', 'unmanaged-asset']);
    await site.scan({ task: top, hosts: [printer], ports: [telnet] });
    expect(await openPorts()).toEqual([23, 50_123]);
    await site.scan({ task: top, hosts: [printer], ports: [] });
    expect(await openPorts()).toEqual([50_123]);
    const scan = await site.prepare({ kind: 'port-scan', hosts: [printer.ip], ports: 'all' });
    await site.scan({ task: scan, ports: [] });
    expect(await openPorts()).toEqual([]);
    expect(await site.findings()).toEqual(['unmanaged-asset']);
  });

  test('a rule that no longer fires on an open port is resolved; an ignored finding stays ignored', async () => {
    await using site = await openSite(server);
    const redis = { ip: printer.ip, port: 6_379, service: 'redis' };
    await site.scan({ hosts: [printer], ports: [{ ...redis, isUnauthenticated: true }] });
    const { data } = await site.fixture.call(site.actor, findingRoutes.list, {
      query: { filter: 'rule:open-port' },
    });
    const id = data[0]?.id ?? '';
    const ignored = await site.fixture.call(site.actor, findingRoutes.update, {
      params: { id },
      body: { state: 'ignored', note: 'known' },
    });
    expect(ignored).toMatchObject({ state: 'ignored', note: 'known' });
    await site.scan({ hosts: [printer], ports: [{ ...redis, isUnauthenticated: false }] });
    expect(await site.findings()).toEqual(['exposed-database', 'unmanaged-asset']);
    expect(await site.findings('state:resolved')).toEqual(['unauthenticated-redis']);
    expect(await site.findings('state:ignored')).toEqual(['open-port']);
    expect(await site.findings('severity:medium')).toEqual(['exposed-database']);
  });

  test('an ignored machine is no longer said to be unmanaged; a managed one cannot be ignored', async () => {
    await using site = await openSite(server);
    await site.scan({ hosts: [self, printer] });
    const { data } = await site.fixture.call(site.actor, assetRoutes.list, {
      query: { sort: 'ip' },
    });
    const [managed, other] = data.map(({ id }) => ({ id }));
    if (!managed || !other) throw new Error('two assets were found');
    expect(await site.findings()).toEqual(['unmanaged-asset']);
    const body = { isIgnored: true, note: 'a printer' };
    expect(
      await site.fixture.call(site.actor, assetRoutes.update, { params: other, body }),
    ).toMatchObject({ state: 'ignored', note: 'a printer' });
    await site.scan({ hosts: [self, printer] });
    expect(await site.findings()).toEqual([]);
    await expect(
      site.fixture.call(site.actor, assetRoutes.update, { params: managed, body }),
    ).rejects.toMatchObject({ code: 'asset-managed' });
  });

  test('an agent that is installed makes its machine managed, and one that leaves unmanaged', async () => {
    await using site = await openSite(server);
    await site.scan({ hosts: [printer], ports: [{ ip: printer.ip }] });
    const device = await site.fixture.addDevice(site.organization, {
      name: 'printer',
      localIp: printer.ip,
      macAddress: printer.mac,
    });
    await site.fixture.ingest((tx) => site.discovery.devicesSeen(tx, [device]));
    const [asset] = (await site.fixture.call(site.actor, assetRoutes.list)).data;
    expect(asset).toMatchObject({ state: 'managed', deviceId: device.id, deviceName: 'printer' });
    expect(await site.findings()).toEqual(['open-port']);
    const [finding] = (
      await site.fixture.call(site.actor, findingRoutes.list, {
        query: { filter: `deviceId:${device.id} state:open` },
      })
    ).data;
    expect(finding?.rule).toBe('open-port');
    await site.fixture.ingest((tx) => site.discovery.devicesLeft(tx, [device.id]));
    expect((await site.fixture.call(site.actor, assetRoutes.list)).data[0]?.state).toBe(
      'unmanaged',
    );
  });

  test('results of another device, of a job that ended or of made-up size are dropped', async () => {
    await using site = await openSite(server);
    const task = await site.prepare({ kind: 'discovery', isNetworkApproved: true });
    const job = await addJob(site.fixture, site.scanner, task);
    const body = {
      kind: 'job-hosts' as const,
      jobId: job.id,
      hosts: Array.from({ length: 256 }, () => hostOf({})),
    };
    const count = async () =>
      Number(
        (
          await site.fixture.query<{ count: string }>(
            'select coalesce(sum(items), 0) as count from discovery_result',
          )
        )[0]?.count,
      );
    const store = (sequence: number, given = job) =>
      site.fixture.ingest((tx) => site.discovery.store(tx, [{ job: given, sequence, body }]));
    await store(1, { ...job, deviceId: systemNewId() });
    expect(await count()).toBe(0);
    await store(2);
    await store(2);
    expect(await count()).toBe(256);
    await site.fixture.query('update discovery_result set items = 69900');
    await store(3);
    expect(await count()).toBe(69_900);
    await site.fixture.query(`update job set state = 'expired', finished_at = now()`);
    await site.fixture.query('delete from discovery_result');
    await store(4);
    expect(await count()).toBe(0);
  });

  test('a scan of a network that was refused meanwhile leaves nothing', async () => {
    await using site = await openSite(server);
    const task = await site.prepare({ kind: 'discovery', isNetworkApproved: true });
    await site.fixture.query(`update discovery_network set state = 'refused'`);
    await site.scan({ task, hosts: [printer] });
    expect((await site.fixture.call(site.actor, assetRoutes.list)).total).toBe(0);
  });

  test('another tenant sees nothing of networks, assets and findings', async () => {
    await using site = await openSite(server);
    await site.scan({ hosts: [printer], ports: [{ ip: printer.ip }] });
    const stranger = actorAt(await site.fixture.addOrganization());
    const [asset] = (await site.fixture.call(site.actor, assetRoutes.list)).data;
    expect((await site.fixture.call(stranger, networkRoutes.list)).total).toBe(0);
    expect((await site.fixture.call(stranger, assetRoutes.list)).total).toBe(0);
    expect((await site.fixture.call(stranger, findingRoutes.list)).total).toBe(0);
    const params = { id: asset?.id ?? '' };
    await expect(site.fixture.call(stranger, assetRoutes.read, { params })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(
      site.fixture.call(stranger, assetRoutes.update, { params, body: { isIgnored: true } }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  test('5,000 machines are taken in within seconds, new and again', async () => {
    await using site = await openSite(server, '10.0.0.0/16');
    const task = await site.prepare({
      kind: 'discovery',
      isNetworkApproved: true,
      isSizeConfirmed: true,
    });
    const hosts = Array.from({ length: 5_000 }, (_, index) => ({
      ip: `10.0.${index >> 8}.${index & 255}`,
      mac: `02:00:00:01:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`,
    }));
    const ports = hosts.flatMap(({ ip }) => [{ ip }, { ip, port: 445, service: 'smb' }]);
    const tookMs: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const startedMs = performance.now();
      await site.scan({ task, hosts, ports });
      tookMs.push(Math.round(performance.now() - startedMs));
    }
    expect((await site.fixture.call(site.actor, assetRoutes.list)).total).toBe(5_000);
    expect((await site.fixture.call(site.actor, findingRoutes.list)).total).toBe(20_000);
    // Takes 2 seconds; what grows with the square of the machines takes a minute.
    expect(Math.max(...tookMs)).toBeLessThan(15_000);
  });
});
