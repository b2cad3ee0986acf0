import { lstatSync, statSync } from 'node:fs';
import type { FileIdentity } from './denied-files.ts';

/**
 * Whether a path leads to a file as this process sees it. Anybody may make a mount namespace of their
 * own and call any file there by any path, also by one that the policy leaves alone.
 */
export function liesHere(
  path: Buffer | string,
  { device, inode }: Pick<FileIdentity, 'device' | 'inode'>,
): boolean {
  try {
    const { dev, ino } = lstatSync(path, { bigint: true });
    return dev === device && ino === inode;
  } catch {
    return false;
  }
}

/** Whether a process runs the file that a path leads to as this process sees it. */
export function runsHere(path: Buffer | string, pid: number): boolean {
  try {
    const { dev: device, ino: inode } = statSync(`/proc/${pid}/exe`, { bigint: true });
    return liesHere(path, { device, inode });
  } catch {
    return false;
  }
}
