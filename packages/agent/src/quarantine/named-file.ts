import { createHash } from 'node:crypto';
import { closeSync, createReadStream } from 'node:fs';
import { messageOf } from '@wardgrid/base';
import { openFolder, openIn } from '../platform/linux/inode.ts';
import { QuarantineError } from './errors.ts';
import { splitPath } from './removal.ts';

/** A file that a person named, open. */
export interface NamedFile {
  readonly fd: number;
  readonly sha256: () => Promise<string>;
  readonly close: () => void;
}

/**
 * Opens a file by the path that a person gave; no link may be on the way, since somebody else could
 * have turned it meanwhile. @throws QuarantineError `not-found`.
 */
export function openNamedFile(path: string): NamedFile {
  const { folder, name } = splitPath(Buffer.from(path));
  try {
    const parent = openFolder(folder);
    try {
      const fd = openIn(parent, name);
      return { fd, sha256: () => sha256Of(fd), close: () => closeSync(fd) };
    } finally {
      closeSync(parent);
    }
  } catch (cause) {
    throw new QuarantineError('not-found', `it cannot be opened: ${messageOf(cause)}`, { cause });
  }
}

async function sha256Of(fd: number): Promise<string> {
  const hash = createHash('sha256');
  const stream = createReadStream('', { fd, start: 0, autoClose: false });
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
