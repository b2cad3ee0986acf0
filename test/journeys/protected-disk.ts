/**
 * A disk of its own for the journey of protection: an ext4 file system in a file, so that whoever is
 * held by the agent under test is nobody but the test. It owns its mounts and takes them away.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a line of shell ended. */
interface ShellEnd {
  readonly code: number | null;
  readonly output: string;
}

/** A mounted disk, and a shell that knows it as `$D`, and the folder outside of it as `$O`. */
export interface ProtectedDisk {
  readonly mountPoint: string;
  readonly at: (name: string) => string;
  readonly shell: (line: string) => Promise<ShellEnd>;
  readonly close: () => void;
}

const SIZE_MB = 128;
/** Whoever is held longer than this is held for ever. */
const RUN_MS_MAX = 30_000;

/** Makes a disk in a folder and mounts it there. Needs root. */
export function openProtectedDisk(folder: string): ProtectedDisk {
  const [image, mountPoint, outside] = ['image', 'disk', 'outside'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  mkdirSync(mountPoint);
  mkdirSync(outside);
  writeFileSync(image, '');
  truncateSync(image, SIZE_MB * 1_024 * 1_024);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  execFileSync('mount', ['-o', 'loop', image, mountPoint]);
  return {
    mountPoint,
    at: (name) => join(mountPoint, name),
    shell: (line) =>
      runShell(line, { D: mountPoint, O: outside, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }),
    close() {
      spawnSync('umount', ['-l', join(mountPoint, 'merged')]);
      spawnSync('umount', ['-l', mountPoint]);
    },
  };
}

function runShell(line: string, environment: Readonly<Record<string, string>>): Promise<ShellEnd> {
  const child = spawn('sh', ['-c', line], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: RUN_MS_MAX,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('latin1').on('data', (text: string) => (output += text));
  }
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
}
