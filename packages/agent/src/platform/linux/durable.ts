import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_DIRECTORY } = constants;

/** Added to a name while what it will hold is written. */
const NEW_SUFFIX = '.new';

/**
 * Puts a file in place so that after a crash either the old or the new content is there, whole. The
 * folder must be ours alone: names are not checked against links. @throws what writing throws.
 */
export function replaceFile(folder: string, name: string, bytes: Uint8Array | string): void {
  const file = join(folder, name);
  rmSync(file + NEW_SUFFIX, { force: true });
  const fd = openSync(file + NEW_SUFFIX, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const whole = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    for (let at = 0; at < whole.length;) at += writeSync(fd, whole, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(file + NEW_SUFFIX, file);
  syncFolder(folder);
}

/** Writes the names of a folder to the disk. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
