import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EICAR } from '@wardgrid/agent/sensors/files/testing/eicar';
import type { FileLab } from '@wardgrid/agent/sensors/files/testing/file-lab';
import { systemClock } from '@wardgrid/base/system';
import { stopProcess } from '../controller-process.ts';
import type { BenchContext } from '../figure.ts';

/** Debian's ClamAV. */
const PROGRAMS = { clamd: '/usr/sbin/clamd', clamonacc: '/usr/sbin/clamonacc' };
const READY_MS_MAX = 60_000;
const READ_MS_MAX = 10_000;

/** Whether ClamAV is there to be measured. */
export function hasClamonacc(): boolean {
  return Object.values(PROGRAMS).every((path) => existsSync(path));
}

/** Starts ClamAV's on-access scanner with one signature over the filesystem; returns its end. */
export async function startClamonacc(
  context: BenchContext,
  lab: FileLab,
): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'wardgrid-clamav-'));
  chmodSync(folder, 0o777);
  const socket = join(folder, 'clamd.sock');
  const md5 = createHash('md5').update(EICAR).digest('hex');
  writeFileSync(join(folder, 'one.hdb'), `${md5}:${EICAR.length}:Bench.Eicar\n`);
  const configuration = join(folder, 'clamd.conf');
  writeFileSync(
    configuration,
    [
      'Foreground yes',
      `DatabaseDirectory ${folder}`,
      `LocalSocket ${socket}`,
      'User clamav',
      `OnAccessIncludePath ${lab.mountPoint}`,
      'OnAccessPrevention yes',
      'OnAccessExcludeUname clamav',
      '',
    ].join('\n'),
  );
  const children: ChildProcess[] = [];
  const end = async (): Promise<void> => {
    for (const child of children.splice(0).toReversed()) await stopProcess(child);
    rmSync(folder, { recursive: true, force: true });
  };
  context.defer(end);
  children.push(start(PROGRAMS.clamd, ['-c', configuration]));
  await until(context, () => existsSync(socket));
  children.push(start(PROGRAMS.clamonacc, ['-F', '--fdpass', '-c', configuration]));
  writeFileSync(lab.at('eicar'), EICAR);
  await until(context, () => isRefused(lab.at('eicar')));
  rmSync(lab.at('eicar'));
  return end;
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: 'ignore' });
}

/** Read by another process: this one would wait without an end if the scanner never answered. */
function isRefused(path: string): boolean {
  const { status } = spawnSync('cat', [path], { stdio: 'ignore', timeout: READ_MS_MAX });
  return status === 1;
}

async function until(context: BenchContext, isTrue: () => boolean): Promise<void> {
  const endMs = systemClock.monotonic() + READY_MS_MAX;
  while (!isTrue()) {
    if (systemClock.monotonic() > endMs) throw new Error('ClamAV did not start');
    await systemClock.sleep(100, context.signal);
  }
}
