import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { SensorHealth } from '@wardgrid/wire';
import { expect, onTestFinished, test } from 'vitest';
import type { SensedEvent } from '../protect/parts.ts';
import { createTelemetry } from './telemetry.ts';

/** Calls a port where nobody is, and keeps a page that can be written and run. */
const ATTACK = `
import mmap, socket, time
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
call = socket.socket()
call.connect_ex(('127.0.0.1', 9))
time.sleep(60)
`;

test('all sensors tell of one program under one entity id', async () => {
  const dataPath = mkdtempSync(join(tmpdir(), 'wardgrid-telemetry-'));
  onTestFinished(() => rmSync(dataPath, { recursive: true, force: true }));
  const { sensors } = createTelemetry({ clock: systemClock, log: silentLog, dataPath });
  onTestFinished(() => Promise.all(sensors.map((sensor) => sensor.stop())).then(() => undefined));
  const events: SensedEvent[] = [];
  for (const sensor of sensors) await sensor.start((batch) => void events.push(...batch));
  for (const sensor of sensors) {
    expect(SensorHealth.safeParse(sensor.health()).error).toBeUndefined();
    expect(sensor.health().state).not.toBe('off');
  }
  const child = spawn('python3', ['-c', ATTACK], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const own = (): SensedEvent[] =>
    events.filter(({ fields }) => fields['process.pid'] === child.pid);
  const seen = (): string[] => own().map(({ class: name, action }) => `${name} ${action}`);
  for (let turn = 0; turn < 500 && !seen().includes('memory region'); turn += 1) {
    await systemClock.sleep(10);
  }
  expect(seen()).toEqual(
    expect.arrayContaining(['process exec', 'network connect', 'memory region']),
  );
  expect(new Set(own().map(({ fields }) => fields['process.entity_id'])).size).toBe(1);
});
