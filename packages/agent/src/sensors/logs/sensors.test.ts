import { appendFileSync, chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@wardgrid/base/system';
import { DeviceEvent, SensorHealth } from '@wardgrid/wire';
import { expect, onTestFinished, test } from 'vitest';
import { createMachine } from '../../platform/linux/testdata/machine.ts';
import { utmpRecordBytes } from '../../platform/linux/utmp.ts';
import type { SensedEvent, Sensor } from '../../protect/parts.ts';
import { createAuthenticationSensor } from '../authentication/index.ts';
import { createLogFeed, createServiceLogSensor } from './index.ts';
import { followJournal } from './journal.ts';
import type { LogLine } from './syslog-line.ts';

function stamp(): string {
  return new Date(systemClock.now()).toISOString();
}

function sensorsOn(rootPath: string) {
  const positionsPath = `${rootPath}positions.json`;
  const feed = createLogFeed({ clock: systemClock, rootPath, positionsPath });
  const events: SensedEvent[] = [];
  const sensors: Sensor[] = [
    createAuthenticationSensor({ clock: systemClock, feed }),
    createServiceLogSensor({ clock: systemClock, feed }),
  ];
  return {
    events,
    sensors,
    start: async () => {
      for (const sensor of sensors) await sensor.start((batch) => void events.push(...batch));
      await systemClock.sleep(20);
    },
    stop: async () => {
      for (const sensor of sensors) await sensor.stop();
    },
  };
}

async function until(isIt: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !isIt(); turn += 1) await systemClock.sleep(10);
  expect(isIt()).toBe(true);
}

test('a failed sign-in is told once as such and once as a line; a restart repeats nothing', async () => {
  const rootPath = createMachine({ 'var/log/auth.log': 'old\n' });
  const path = join(rootPath, 'var/log/auth.log');
  const first = sensorsOn(rootPath);
  await first.start();
  const line = 'sshd[5]: Failed password for root from 192.0.2.7 port 22 ssh2';
  appendFileSync(path, `${stamp()} h ${line}\n`);
  await until(() => first.events.length === 2);
  expect(first.events.map(({ class: name, action }) => `${name} ${action}`).toSorted()).toEqual([
    'authentication failure',
    'log line',
  ]);
  expect(first.events.find(({ action }) => action === 'failure')?.fields).toMatchObject({
    'user.name': 'root',
    'source.ip': '192.0.2.7',
    'service.name': 'sshd',
    'log.path': '/var/log/auth.log',
    'event.outcome': 'failure',
  });
  for (const event of first.events) {
    const wired = { ...event, id: '0199d6b1-7a00-7000-8000-000000000000', order: 1 };
    expect(DeviceEvent.safeParse(wired).error).toBeUndefined();
  }
  for (const sensor of first.sensors) {
    expect(SensorHealth.safeParse(sensor.health()).error).toBeUndefined();
  }
  await first.stop();
  appendFileSync(path, `${stamp()} h CRON[6]: (root) CMD (true)\n`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, `${stamp()} h CRON[7]: (root) CMD (true)\n`);
  const second = sensorsOn(rootPath);
  onTestFinished(() => second.stop());
  await second.start();
  await until(() => second.events.length === 2);
  expect(second.events.map(({ fields }) => fields['process.pid'])).toEqual([6, 7]);
});

test('a flood of lines is cut off and counted', async () => {
  const rootPath = createMachine({ 'var/log/syslog': '' });
  const { events, sensors, start, stop } = sensorsOn(rootPath);
  onTestFinished(stop);
  await start();
  const line = `${stamp()} h noisy: x\n`;
  appendFileSync(join(rootPath, 'var/log/syslog'), line.repeat(5_000));
  const dropped = (): number => sensors[1]?.health().dropped ?? 0;
  await until(() => events.length + dropped() === 5_000);
  expect(dropped()).toBeGreaterThan(3_000);
});

function record(type: number, user: string, host: string): Buffer {
  const bytes = Buffer.alloc(utmpRecordBytes(process.arch));
  bytes.writeInt16LE(type, 0);
  bytes.writeInt32LE(42, 4);
  bytes.write('pts/3', 8);
  bytes.write(user, 44);
  bytes.write(host, 76);
  const seconds = Math.trunc(systemClock.now() / 1_000);
  if (process.arch === 'arm64') bytes.writeBigInt64LE(BigInt(seconds), 344);
  else bytes.writeInt32LE(seconds, 340);
  return bytes;
}

test('without text the records of the C library tell who comes and goes', async () => {
  const rootPath = createMachine({
    'var/log/wtmp': record(7, 'old', ''),
    'var/log/btmp': Buffer.alloc(0),
  });
  const { events, start, stop } = sensorsOn(rootPath);
  onTestFinished(stop);
  await start();
  const wtmp = join(rootPath, 'var/log/wtmp');
  const whole = record(7, 'alice', '192.0.2.7');
  appendFileSync(wtmp, whole.subarray(0, 100));
  await systemClock.sleep(150);
  appendFileSync(wtmp, Buffer.concat([whole.subarray(100), record(8, '', '')]));
  appendFileSync(join(rootPath, 'var/log/btmp'), record(6, 'root', '192.0.2.8'));
  await until(() => events.length === 3);
  expect(events.map(({ action, fields }) => [action, fields['user.name']]).toSorted()).toEqual([
    ['failure', 'root'],
    ['login', 'alice'],
    ['logout', 'alice'],
  ]);
  const failure = events.find(({ action }) => action === 'failure');
  expect(failure?.fields).toMatchObject({ 'event.module': 'sshd', 'event.outcome': 'failure' });
});

test('the journal is followed by its program, from where it stood', async () => {
  const rootPath = createMachine({});
  const program = join(rootPath, 'journalctl');
  const entry = { __CURSOR: 's=9', SYSLOG_IDENTIFIER: 'sshd', MESSAGE: '$*' };
  const script = `#!/bin/sh\nprintf '%s\\n' "${JSON.stringify(entry).replaceAll('"', '\\"')}"\nexec sleep 60\n`;
  mkdirSync(rootPath, { recursive: true });
  writeFileSync(program, script);
  chmodSync(program, 0o755);
  const lines: LogLine[] = [];
  const onLines = (more: readonly LogLine[]): void => void lines.push(...more);
  const journal = followJournal({ clock: systemClock, cursor: 's=1', onLines, program });
  onTestFinished(() => journal.stop());
  await until(() => lines.length === 1);
  expect(lines[0]?.message).toContain('--after-cursor=s=1');
  expect(journal.cursor()).toBe('s=9');
});

test('a journal whose program ends is said to be troubled', async () => {
  const program = join(createMachine({}), 'journalctl');
  writeFileSync(program, '#!/bin/sh\nexit 3\n');
  chmodSync(program, 0o755);
  const onLines = (): void => undefined;
  const journal = followJournal({ clock: systemClock, cursor: null, onLines, program });
  onTestFinished(() => journal.stop());
  await until(() => journal.trouble() !== null);
  expect(journal.trouble()).toBe('journalctl: it ended with 3');
});
