import { systemClock } from '@wardgrid/base/system';
import { expect, onTestFinished, test } from 'vitest';
import { processSourceContract } from '../testing/contract.ts';
import { execStorm, startSensor } from '../testing/under-test.ts';
import { createConnectorSource } from './index.ts';

processSourceContract('processes by the connector', () => createConnectorSource('/'));

test('a storm loses no start, and what could not be read of one is named and counted', async () => {
  const { sensor, events } = await startSensor(createConnectorSource('/'));
  onTestFinished(() => sensor.stop());
  const starts = (): number => events.filter(({ action }) => action === 'exec').length;
  const before = starts();
  await execStorm('connector-storm', 1_000);
  for (let turn = 0; starts() - before < 1_000 && turn < 1_000; turn += 1) {
    await systemClock.sleep(10);
  }
  expect(starts() - before).toBeGreaterThanOrEqual(1_000);
  const storm = events.filter(({ action }) => action === 'exec').slice(before);
  const unread = storm.filter(({ missing }) => missing.includes('process.args'));
  const counted = /\((\d+) of \d+ so far\)/.exec(sensor.health().blindSpots.join())?.[1];
  expect(Number(counted)).toBeGreaterThanOrEqual(unread.length);
  for (const event of unread) expect(event.fields).toHaveProperty('process.entity_id');
  expect(sensor.health().dropped).toBe(0);
});
