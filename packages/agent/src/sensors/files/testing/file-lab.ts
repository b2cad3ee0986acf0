/* A filesystem of its own for tests that hold processes: a stuck sensor then freezes nobody else. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'wardgrid-lab-';
/** A process that is held forever would hang the suite: it is ended and the test says so. */
const RUN_MS_MAX = 20_000;

/** How a program ended. */
export interface Ran {
  readonly code: number | null;
  readonly output: string;
  readonly tookMs: number;
}

/** A mounted filesystem and programs that use it. */
export interface FileLab {
  readonly mountPoint: string;
  /** A path on the filesystem. */
  readonly at: (name: string) => string;
  readonly run: (program: string, ...args: string[]) => Promise<Ran>;
  /** Runs a line of shell with `$D` as the mount point. */
  readonly shell: (line: string) => Promise<Ran>;
  readonly close: () => void;
}

/** Tests flood a small one with 40,000 files; a large one has one for each 16 KiB, as ext4 itself does. */
function inodesOf(sizeMb: number): string {
  return String(Math.max(40_000, sizeMb * 64));
}

/** Makes an ext4 filesystem in a file and mounts it. Needs root. */
export function createFileLab(sizeMb = 64): FileLab {
  removeLeftOvers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const [image, mountPoint] = [join(folder, 'image'), join(folder, 'mount')];
  mkdirSync(mountPoint);
  writeFileSync(image, '');
  truncateSync(image, sizeMb * 1_024 * 1_024);
  must('mkfs.ext4', ['-q', '-F', '-m', '0', '-N', inodesOf(sizeMb), image]);
  must('mount', ['-o', 'loop', image, mountPoint]);
  const close = (): void => {
    process.off('exit', close);
    spawnSync('umount', ['-l', mountPoint]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', close);
  const run = (program: string, ...args: string[]): Promise<Ran> =>
    runProgram(program, args, { D: mountPoint });
  return {
    mountPoint,
    at: (name) => join(mountPoint, name),
    run,
    shell: (line) => run('sh', '-c', line),
    close,
  };
}

async function runProgram(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  const startMs = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...environment } });
  let output = '';
  const note = (bytes: Buffer): void => {
    output += bytes.toString('latin1');
  };
  child.stdout.on('data', note);
  child.stderr.on('data', note);
  const timer = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
  child.on('error', (error) => (output += error.message));
  const [code] = (await Promise.race([
    once(child, 'close'),
    once(child, 'error').then(() => [null]),
  ])) as [number | null];
  clearTimeout(timer);
  return { code, output, tookMs: performance.now() - startMs };
}

/** Mounts of runs that were killed before they could clean up. */
function removeLeftOvers(): void {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n').toReversed()) {
    const mountPoint = line.split(' ')[4] ?? '';
    const owner = new RegExp(`/${PREFIX}(\\d+)-`).exec(mountPoint)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    spawnSync('umount', ['-l', mountPoint]);
    const folder = mountPoint.slice(0, mountPoint.indexOf('/', mountPoint.indexOf(PREFIX)));
    rmSync(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function must(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`);
}
