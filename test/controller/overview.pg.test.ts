import { createOverviewFeature } from '@wardgrid/controller/features/overview/index';
import { assetRoutes, platformRoutes } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { actorAt } from './feature-fixture.ts';
import { openSite } from './scan-site.ts';

const CONTROLLER_ID = '0190f000-0000-7000-8000-00000000000c';

describe.each(openTestServers())('overview on $name', (server) => {
  test('counts what the caller sees, every kind named, and nothing of other tenants', async () => {
    await using site = await openSite(server);
    const { fixture, actor } = site;
    const overview = createOverviewFeature(fixture.platform, factsOf());
    await site.scan({
      hosts: [{ ip: '10.0.0.2', isSelf: true }, { ip: '10.0.0.50' }, { ip: '10.0.0.51' }],
      ports: [{ ip: '10.0.0.50', port: 23, service: 'telnet' }],
    });
    const [, ignored] = (
      await fixture.call(actor, assetRoutes.list, {
        query: { sort: '-ip', filter: 'state:unmanaged' },
      })
    ).data;
    await fixture.call(actor, assetRoutes.update, {
      params: { id: ignored?.id ?? '' },
      body: { isIgnored: true },
    });
    const away = await fixture.addDevice(site.organization);
    await fixture.query(`update device_presence set status = 'overdue' where device_id = $1`, [
      away.id,
    ]);

    expect(await fixture.call(actor, platformRoutes.overview)).toEqual({
      counts: { devices: 2, online: 1, openFindings: 3, openIncidents: 0, worstSeverity: 'high' },
      devicesByStatus: { online: 1, offline: 0, overdue: 1, unknown: 0 },
      assetsByState: { managed: 1, unmanaged: 1, stale: 0, ignored: 1 },
      findingsBySeverity: { info: 1, low: 1, medium: 0, high: 1, critical: 0 },
      runningJobs: 1,
      graceDevices: 0,
      tenants: 1,
      organizations: 1,
    });
    const stranger = actorAt(await fixture.addOrganization());
    expect(await fixture.call(stranger, platformRoutes.overview)).toMatchObject({
      counts: { devices: 0, openFindings: 0, worstSeverity: null },
      assetsByState: { managed: 0, unmanaged: 0 },
      tenants: 1,
    });
    const token = { ...actor, tokenPermissions: new Set(['devices:read'] as const) };
    expect(await fixture.call(token, platformRoutes.overview)).toMatchObject({
      counts: { devices: 2, openFindings: 0 },
      assetsByState: { managed: 0 },
      organizations: 0,
    });
    overview.close();
  });

  test('health tells of the process, the database and what else the controller leans on', async () => {
    await using site = await openSite(server);
    const overview = createOverviewFeature(site.fixture.platform, factsOf());
    const root = {
      ...actorAt(site.organization),
      tenantId: null,
      scope: '',
      roles: [{ role: 'owner' as const, scope: '', effect: 'allow' as const, expiresAt: null }],
    };
    const health = await site.fixture.call(root, platformRoutes.health);
    expect(health).toMatchObject({
      controllerId: CONTROLLER_ID,
      version: '1.2.3',
      role: 'cloud',
      startedAt: '2026-11-21T10:00:00.000Z',
      connectedDevices: 7,
      exchangesPerMinute: 42,
    });
    expect(health.databaseVersion).toMatch(/^1[58]\./);
    expect(health.databaseBytes).toBeGreaterThan(1_000_000);
    expect(health.residentBytes).toBeGreaterThan(1_000_000);
    expect(health.dependencies.map(({ name, state }) => [name, state])).toEqual([
      ['database', 'ok'],
      ['cache', 'degraded'],
    ]);
    overview.close();
  });
});

function factsOf() {
  return {
    controllerId: CONTROLLER_ID,
    version: '1.2.3',
    role: 'cloud' as const,
    startedAt: Date.UTC(2026, 10, 21, 10),
    connectedDevices: () => 7,
    exchangesPerMinute: () => 42,
    dependencies: () =>
      Promise.resolve([{ name: 'cache', state: 'degraded' as const, detail: 'on the disk' }]),
  };
}
