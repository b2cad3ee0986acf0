import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import type { Order } from '@wardgrid/wire';
import { entityIdOf, readBootId, readProcessStat } from '../../platform/linux/process-files.ts';
import { createProcessKiller } from '../../processes/index.ts';
import { openNamedFile } from '../../quarantine/index.ts';
import { createSite, type Site } from '../../quarantine/testing.ts';
import type { JobContext } from '../job.ts';
import { createKillHandler } from './kill.ts';
import { createPurgeHandler } from './purge.ts';
import { createQuarantineHandler } from './quarantine.ts';
import { createRestoreHandler } from './restore.ts';

const DAY_MS = 86_400_000;
const BYTES = 'malicious content';
const SHA256 = createHash('sha256').update(BYTES).digest('hex');

let site: Site;
beforeEach(() => void (site = createSite()));
afterEach(() => site.remove());

const clock = createFakeClock(Date.now());

function contextOf(task: Order['task']): JobContext {
  const id = systemNewId();
  const order = { type: 'order', id, tenantId: id, deviceId: id, sequence: 1, task } as const;
  return {
    order: { ...order, issuedAt: 0, expiresAt: Number.MAX_SAFE_INTEGER },
    signal: new AbortController().signal,
    clock,
    emit: () => true,
    progress: () => undefined,
  };
}

async function seal(path: string, sha256: string | null): Promise<unknown> {
  const task = { kind: 'quarantine' as const, arguments: { path, sha256 } };
  return createQuarantineHandler(site.quarantine, openNamedFile)(task, contextOf(task));
}

test('a file is sealed by its path and content, put back for some days, and deleted', async () => {
  const path = site.write('bad', BYTES);
  await expect(seal(path, 'a'.repeat(64))).rejects.toMatchObject({ code: 'file-changed' });
  expect(readFileSync(path, 'utf8')).toBe(BYTES);
  expect(await seal(path, SHA256)).toMatchObject({
    summary: { files: 1, sizeBytes: BYTES.length },
  });
  expect(existsSync(path)).toBe(false);

  const entryId = site.told.at(-1)?.id ?? '';
  const restore = { kind: 'restore' as const, arguments: { entryId, exceptionDays: 2 } };
  await createRestoreHandler(site.quarantine)(restore, contextOf(restore));
  expect(readFileSync(path, 'utf8')).toBe(BYTES);
  const [exception] = site.quarantine.exceptions();
  expect(exception).toMatchObject({ sha256: SHA256, path });
  expect(exception?.expiresAt).toBe(clock.now() + 2 * DAY_MS);

  await seal(path, null);
  const purge = {
    kind: 'purge' as const,
    arguments: { entryId: site.told.at(-1)?.id ?? '' },
  };
  const handler = createPurgeHandler(site.quarantine);
  await handler(purge, contextOf(purge));
  await expect(handler(purge, contextOf(purge))).rejects.toMatchObject({ code: 'entry-unknown' });
});

test('a path that is a link, or through one, names no file', async () => {
  const path = site.write('innocent', 'good');
  symlinkSync(path, join(site.files, 'link'));
  symlinkSync(site.files, join(site.path, 'folder'));
  for (const link of [join(site.files, 'link'), join(site.path, 'folder', 'innocent')]) {
    await expect(seal(link, null)).rejects.toMatchObject({ code: 'not-found' });
  }
  expect(readFileSync(path, 'utf8')).toBe('good');
});

test('a process is ended by its name, and no other that has its number', async () => {
  const killer = createProcessKiller(systemClock);
  const handler = createKillHandler((pid, entityId) => killer.killTree({ pid, entityId }));
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const run = (entityId: string): Promise<unknown> => {
    const task = { kind: 'kill' as const, arguments: { pid, entityId } };
    return handler(task, contextOf(task));
  };
  await expect(run('0'.repeat(20))).rejects.toMatchObject({ code: 'process-gone' });
  const startTicks = readProcessStat(`/proc/${pid}`)?.startTicks ?? 0;
  const summary = { processes: 1, survivors: 0 };
  expect(await run(entityIdOf(readBootId('/'), pid, startTicks))).toMatchObject({ summary });
});
