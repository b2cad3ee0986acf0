import { createHash } from 'node:crypto';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@wardgrid/base/system';
import { openSession } from '../clamav/session.ts';
import type { ScanFolder } from './files.ts';

/** A real clamd of this test alone, with a small database of its own, on a private socket. */
export interface PrivateClamd {
  readonly configPath: string;
  readonly socketPath: string;
  readonly pid: number;
  /** Ends it without a word, as the kernel's memory killer would. */
  readonly kill: () => Promise<void>;
}

/** Starting loads the database: a second on a quiet machine. */
const START_TIMEOUT_MS = 60_000;

/** Starts one, or starts it again in the same folder. */
export async function startClamd(
  folder: ScanFolder,
  options: readonly string[] = [],
): Promise<PrivateClamd> {
  mkdirSync(join(folder.path, 'database'), { recursive: true });
  const marker = Buffer.from('clamav-test-marker').toString('hex');
  folder.write(
    'database/test.ndb',
    `Test.Marker:0:*:${marker}\nPUA.Test:0:*:${Buffer.from('pua-test-marker').toString('hex')}\n`,
  );
  const known = 'clamav knows this digest';
  const md5 = createHash('md5').update(known).digest('hex');
  folder.write('database/test.hdb', `${md5}:${known.length}:Test.Digest\n`);
  const socketPath = join(folder.path, 'clamd.socket');
  const configPath = folder.write(
    'clamd.conf',
    [
      `LocalSocket ${socketPath}`,
      'LocalSocketMode 600',
      'FixStaleSocket yes',
      `DatabaseDirectory ${join(folder.path, 'database')}`,
      `TemporaryDirectory ${folder.path}`,
      'Foreground yes',
      'MaxThreads 2',
      'MaxFileSize 1M',
      'MaxScanSize 3M',
      'StreamMaxLength 1M',
      ...options,
    ].join('\n'),
  );
  const child = spawn('clamd', ['--config-file', configPath], { stdio: 'ignore' });
  await untilAnswers(socketPath, child);
  return {
    configPath,
    socketPath,
    pid: child.pid ?? 0,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function untilAnswers(socketPath: string, child: ChildProcess): Promise<void> {
  const endsAt = systemClock.monotonic() + START_TIMEOUT_MS;
  while (systemClock.monotonic() < endsAt && child.exitCode === null) {
    const session = openSession(socketPath, 1_000);
    session?.close();
    if (session) return;
    await systemClock.sleep(100);
  }
  throw new Error('clamd did not start');
}
