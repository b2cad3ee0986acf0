import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { EventAction } from '@wardgrid/wire';
import { onTestFinished } from 'vitest';
import type { SensedEvent } from '../../../protect/parts.ts';
import { createProcessSensor, type ProcessSensor, type ProcessSource } from '../index.ts';

const run = promisify(execFile);

/** How long an event may take to come on a busy machine. */
export const WAIT_MS_MAX = 10_000;

/** A running sensor with what it told so far. */
export interface SensorUnderTest {
  readonly sensor: ProcessSensor;
  readonly events: SensedEvent[];
  /** The first event like it; waits for one. */
  readonly next: (action: EventAction, commandLine: RegExp) => Promise<SensedEvent>;
}

/** Starts a sensor on one source and waits until it looks. */
export async function startSensor(source: ProcessSource): Promise<SensorUnderTest> {
  const sensor = createProcessSensor({ clock: systemClock, log: silentLog, sources: [source] });
  const events: SensedEvent[] = [];
  await sensor.start((batch) => void events.push(...batch));
  async function next(action: EventAction, commandLine: RegExp): Promise<SensedEvent> {
    const deadline = systemClock.monotonic() + WAIT_MS_MAX;
    while (systemClock.monotonic() < deadline) {
      const found = events.find(
        (event) =>
          event.action === action &&
          commandLine.test(String(event.fields['process.command_line'] ?? '')),
      );
      if (found) return found;
      await systemClock.sleep(5);
    }
    throw new Error(`no ${action} like ${commandLine} among ${events.length} events`);
  }
  return { sensor, events, next };
}

/** A folder of the test, gone afterwards. */
export function testFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wardgrid-process-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Starts a program many times as fast as one shell can. */
export async function execStorm(mark: string, count: number): Promise<void> {
  const script = join(testFolder(), 'storm.sh');
  writeFileSync(
    script,
    `i=0; while [ $i -lt ${count} ]; do /bin/true ${mark} $i; i=$((i+1)); done`,
  );
  await run('/bin/sh', [script]);
}
