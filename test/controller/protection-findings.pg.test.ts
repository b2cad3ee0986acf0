import { createFindingsFeature } from '@wardgrid/controller/features/findings/index';
import { createIncidentsFeature } from '@wardgrid/controller/features/incidents/index';
import type { Transaction } from '@wardgrid/controller/platform/database';
import type { ProtectionState } from '@wardgrid/wire';
import { describe, expect, test } from 'vitest';
import { openTestServers } from '../database/database.ts';
import { createFeatureFixture, noFindings, type TestDevice } from './feature-fixture.ts';

const DEVICES = 20;

/** The transaction, and how many statements were run in it but those that tell consoles. */
function counted(tx: Transaction) {
  const counts = { statements: 0 };
  const count = <Given extends unknown[], Answer>(run: (...given: Given) => Answer) => {
    return (...given: Given): Answer => {
      counts.statements += 1;
      return run(...given);
    };
  };
  return { counts, tx: { ...tx, rows: count(tx.rows), row: count(tx.row) } as Transaction };
}

describe.each(openTestServers())('protection of many devices on $name', (server) => {
  test('becomes findings and resolves them in a statement each', async () => {
    await using fixture = await createFeatureFixture(server);
    const organization = await fixture.addOrganization();
    const devices: TestDevice[] = [];
    for (let index = 0; index < DEVICES; index += 1) {
      devices.push(await fixture.addDevice(organization));
    }
    const incidents = createIncidentsFeature(fixture.platform, {
      exchangeIntervalMs: 60_000,
      sweepIntervalMs: 5_000,
      resolveFindings: noFindings,
    });
    const { protectionChanged } = createFindingsFeature(fixture.platform, {
      incidents,
      exceptionsOf: () => Promise.resolve(new Map()),
    });
    const become = (states: readonly ProtectionState[]) =>
      fixture.ingest(async (given) => {
        const { tx, counts } = counted(given);
        const reasons = ['memory is off: nul\u0000'];
        const told = devices.map((device, index) => ({
          ...device,
          state: states[index % states.length] ?? 'on',
          reasons,
        }));
        await protectionChanged(tx, told);
        return counts.statements;
      });
    const states = () =>
      fixture.query('select state, count(*)::int from finding group by state order by state');
    expect(await become(['off', 'degraded'])).toBe(1);
    expect(await states()).toEqual([{ state: 'open', count: DEVICES }]);
    expect(await become(['on', 'off'])).toBe(2);
    expect(await states()).toEqual([
      { state: 'open', count: DEVICES / 2 },
      { state: 'resolved', count: DEVICES / 2 },
    ]);
  });
});
