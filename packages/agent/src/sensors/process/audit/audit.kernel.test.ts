import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { systemClock } from '@wardgrid/base/system';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processSourceContract } from '../testing/contract.ts';
import { execStorm, startSensor, type SensorUnderTest } from '../testing/under-test.ts';
import { openAuditControl, type AuditStatus } from './control.ts';
import { createAuditSource } from './index.ts';

const run = promisify(execFile);

function statusNow(): AuditStatus & { readonly recordsStarts: boolean } {
  const control = openAuditControl();
  try {
    return { ...control.status(), recordsStarts: control.recordsStarts() };
  } finally {
    control.close();
  }
}

const before = statusNow();
afterAll(() => {
  const { enabled, backlogLimit, recordsStarts } = statusNow();
  expect({ enabled, backlogLimit, recordsStarts }).toEqual({
    enabled: before.enabled,
    backlogLimit: before.backlogLimit,
    recordsStarts: before.recordsStarts,
  });
});

processSourceContract('processes by audit', () =>
  createAuditSource({ rootPath: '/', mayEnable: true }),
);

describe('what audit sees and changes', () => {
  let under: SensorUnderTest;
  beforeAll(async () => {
    under = await startSensor(createAuditSource({ rootPath: '/', mayEnable: true }));
  });
  afterAll(() => under.sensor.stop());

  test('while it runs, starts are recorded, and a second one changes nothing', async () => {
    expect(statusNow()).toMatchObject({ enabled: 1, recordsStarts: true });
    const second = await startSensor(createAuditSource({ rootPath: '/', mayEnable: false }));
    expect(second.sensor.health().state).toBe('on');
    await second.sensor.stop();
    expect(statusNow()).toMatchObject({ enabled: 1, recordsStarts: true });
  });

  test('a storm of programs that live a millisecond loses no argument', async () => {
    const countOf = (): number =>
      under.events.filter(({ fields }) =>
        String(fields['process.command_line']).startsWith('/bin/true audit-storm'),
      ).length;
    await execStorm('audit-storm', 1_000);
    for (let turn = 0; countOf() < 1_000 && turn < 1_000; turn += 1) await systemClock.sleep(10);
    expect(countOf()).toBe(1_000);
    expect(under.sensor.health().dropped).toBe(0);
  });

  test('unusual arguments and long ones come whole', async () => {
    const args = ['4341', 'a "b"\n\u00e9', 'x'.repeat(20_000)];
    await run('/bin/true', args);
    const { fields } = await under.next('exec', /^\/bin\/true 4341/);
    expect(fields['process.args']).toEqual(['/bin/true', ...args]);
  });
});

test('without the policy and with audit off it says why it does not work', async () => {
  const { sensor } = await startSensor(createAuditSource({ rootPath: '/', mayEnable: false }));
  expect(sensor.health()).toMatchObject({
    state: 'off',
    reason: 'audit: audit does not record starts, and no policy asks for it',
  });
  await sensor.stop();
});
