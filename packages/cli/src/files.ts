import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf } from '@wardgrid/base';
import { CliError } from './errors.ts';

/** Tokens, passwords, certificates and profiles are small; a larger file is the wrong one. */
const FILE_BYTES_MAX = 256 * 1_024;

/** The text of a small file, or undefined when there is none. @throws CliError `file-unreadable`. */
export function readSmallFile(path: string): string | undefined {
  try {
    const descriptor = openSync(path, 'r');
    try {
      return readWhole(descriptor, path);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof CliError) throw error;
    throw new CliError('file-unreadable', `'${path}': ${messageOf(error)}`, { cause: error });
  }
}

/** Read by descriptor, so that a pipe (`<(pass show wardgrid)`) serves as well as a file. */
function readWhole(descriptor: number, path: string): string {
  const buffer = Buffer.alloc(FILE_BYTES_MAX + 1);
  let sizeBytes = 0;
  for (;;) {
    const readBytes = readSync(descriptor, buffer, sizeBytes, buffer.length - sizeBytes, null);
    sizeBytes += readBytes;
    if (sizeBytes > FILE_BYTES_MAX) {
      throw new CliError('file-unreadable', `'${path}' is larger than ${FILE_BYTES_MAX} bytes`);
    }
    if (readBytes === 0) return buffer.toString('utf8', 0, sizeBytes);
  }
}

/** The first line of a file that must exist and hold something, such as a password. */
export function readSecretFile(path: string): string {
  const line = readSmallFile(path)?.split(/\r?\n/, 1)[0];
  if (line === undefined) throw new CliError('file-unreadable', `there is no file '${path}'`);
  if (line === '') throw new CliError('file-unreadable', `'${path}' is empty`);
  return line;
}

/** Writes a file that only its owner may read: whole or not at all. */
export function writePrivateFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, path);
}
