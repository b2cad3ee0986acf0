import { createFindingsFeature } from '@wardgrid/controller/features/findings/index';
import { createIncidentsFeature } from '@wardgrid/controller/features/incidents/index';
import { createQuarantineFeature } from '@wardgrid/controller/features/quarantine/index';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { createFeatureFixture, noFindings, type FeatureFixture } from './feature-fixture.ts';
import { fileOf, findingOf } from './protected-site.ts';

/** Devices of two tenants. */
async function addDevices(fixture: FeatureFixture) {
  const ours = await fixture.addDevice(await fixture.addOrganization());
  const theirs = await fixture.addDevice(await fixture.addOrganization());
  return { ours, theirs };
}

describe.each(openTestServers())('ids that devices tell, on $name', (server) => {
  test('of a finding are the first device’s, also when another tells them at once', async () => {
    await using fixture = await createFeatureFixture(server);
    const { ours, theirs } = await addDevices(fixture);
    const incidents = createIncidentsFeature(fixture.platform, {
      exchangeIntervalMs: 60_000,
      sweepIntervalMs: 5_000,
      resolveFindings: noFindings,
    });
    const findings = createFindingsFeature(fixture.platform, {
      incidents,
      exceptionsOf: () => Promise.resolve(new Map()),
    });
    const thing = findingOf();
    const again = { ...thing, count: 7 };
    const hostile = { ...thing, title: 'nothing', count: 99 };
    for (const own of [thing, again]) {
      await fixture.ingest((tx) =>
        findings.takeThreats(tx, [
          { device: ours, thing: own },
          { device: theirs, thing: hostile },
        ]),
      );
    }
    const rows = await fixture.query('select device_id, title, count::int from finding');
    expect(rows).toEqual([{ device_id: ours.id, title: thing.title, count: 7 }]);
    const kept = await fixture.query(`select device_id, content ->> 'title' as title
      from finding_detection`);
    expect(kept).toEqual([{ device_id: ours.id, title: thing.title }]);
  });

  test('of a sealed file are its device’s, also when another tells them at once', async () => {
    await using fixture = await createFeatureFixture(server);
    const { ours, theirs } = await addDevices(fixture);
    const quarantine = createQuarantineFeature(fixture.platform, {
      order: () => Promise.reject(new Error('nobody orders')),
    });
    const file = fileOf();
    const take = (...told: Parameters<typeof quarantine.take>[1]) =>
      fixture.ingest((tx) => quarantine.take(tx, told));
    await take({ device: ours, thing: file });
    const changedAt = file.changedAt + 1;
    await take(
      { device: ours, thing: { ...file, state: 'restored', changedAt } },
      { device: theirs, thing: { ...file, state: 'deleted', changedAt } },
    );
    const rows = await fixture.query('select device_id, state from quarantine_entry');
    expect(rows).toEqual([{ device_id: ours.id, state: 'restored' }]);
  });
});
