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
  const fd = openNew(folder, name);
  try {
    writeWhole(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(join(folder, name + NEW_SUFFIX), join(folder, name));
  syncFolder(folder);
}

/** As `replaceFile`, for what may be lost with the power, and with it alone: it waits for no disk. */
export function replaceFileSoon(folder: string, name: string, bytes: Uint8Array | string): void {
  const fd = openNew(folder, name);
  try {
    writeWhole(fd, bytes);
  } finally {
    closeSync(fd);
  }
  renameSync(join(folder, name + NEW_SUFFIX), join(folder, name));
}

function openNew(folder: string, name: string): number {
  const file = join(folder, name + NEW_SUFFIX);
  rmSync(file, { force: true });
  return openSync(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
}

function writeWhole(fd: number, bytes: Uint8Array | string): void {
  const whole = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
  for (let at = 0; at < whole.length;) at += writeSync(fd, whole, at);
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
