/* A quarantine in a folder of its own, and files to seal, for tests. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import type { SealedFile } from '@wardgrid/wire';
import {
  FLAG_APPEND,
  FLAG_IMMUTABLE,
  readFlags,
  readXattrs,
  writeFlags,
} from '../platform/linux/inode.ts';
import { createProcessKiller } from '../processes/index.ts';
import { createQuarantine, type Quarantine, type QuarantineOptions } from './quarantine.ts';
import type { SealedOutcome } from './quarantine.ts';

/** What a test works in. */
export interface Site {
  readonly path: string;
  readonly files: string;
  readonly store: string;
  readonly told: SealedFile[];
  readonly quarantine: Quarantine;
  /** Makes the store anew, as after a restart. */
  readonly reopen: (given?: Partial<QuarantineOptions>) => Quarantine;
  readonly write: (name: string | Buffer, content: string | Uint8Array) => string;
  readonly seal: (path: string | Buffer) => Promise<SealedOutcome>;
  readonly remove: () => void;
}

export const NO_REASON = { findingId: null, rule: null, pid: null };

/** A site on the disk of the temporary folder. */
export function createSite(given: Partial<QuarantineOptions> = {}): Site {
  const path = mkdtempSync(join(tmpdir(), 'wardgrid-quarantine-'));
  const files = join(path, 'files');
  const store = join(path, 'store');
  mkdirSync(files);
  const told: SealedFile[] = [];
  const reopen = (more: Partial<QuarantineOptions> = {}): Quarantine =>
    createQuarantine({
      path: store,
      clock: systemClock,
      log: silentLog,
      newId: systemNewId,
      killer: createProcessKiller(systemClock),
      limits: () => ({ bytesMax: 64 * 1_048_576, daysMax: 90 }),
      onChange: (file) => told.push(file) > 0,
      onExcept: () => Promise.resolve(),
      ...given,
      ...more,
    });
  const quarantine = reopen();
  return {
    path,
    files,
    store,
    told,
    quarantine,
    reopen,
    write(name, content) {
      const file = Buffer.concat([Buffer.from(`${files}/`), Buffer.from(name)]);
      writeFileSync(file, content);
      return typeof name === 'string' ? join(files, name) : file.toString('latin1');
    },
    seal: (file) => sealPath(quarantine, file),
    remove() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Seals what a path leads to now. */
export async function sealPath(
  quarantine: Quarantine,
  path: string | Buffer,
): Promise<SealedOutcome> {
  const fd = openSync(path, 'r');
  try {
    return await quarantine.seal(fd, NO_REASON);
  } finally {
    closeSync(fd);
  }
}

/** Everything about a file that must be the same after it was put back. */
export function portraitOf(path: string | Buffer): Record<string, unknown> {
  const status = lstatSync(path, { bigint: true });
  const fd = openSync(path, 'r');
  try {
    return {
      sha256: createHash('sha256').update(readFileSync(fd)).digest('hex'),
      mode: status.mode,
      uid: status.uid,
      gid: status.gid,
      size: status.size,
      blocks: status.blocks,
      mtimeNs: status.mtimeNs,
      flags: (readFlags(fd) ?? 0) & (FLAG_IMMUTABLE | FLAG_APPEND),
      xattrs: readXattrs(fd)
        .xattrs.map(({ name, value }) => [
          Buffer.from(name).toString('latin1'),
          Buffer.from(value).toString('hex'),
        ])
        .toSorted(),
    };
  } finally {
    closeSync(fd);
  }
}

/** Sets inode flags by path. */
export function chattr(path: string, flags: number): void {
  const fd = openSync(path, 'r');
  try {
    const other = (readFlags(fd) ?? 0) & ~(FLAG_IMMUTABLE | FLAG_APPEND);
    writeFlags(fd, other | flags);
  } finally {
    closeSync(fd);
  }
}
