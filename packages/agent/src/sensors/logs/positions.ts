import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { FilePosition } from './followed-file.ts';

/** Files and cursors remembered; we follow a dozen. */
const ENTRIES_MAX = 64;
const FILE_BYTES_MAX = 64 * 1024;

const Positions = z.strictObject({
  files: z
    .record(
      z.string().max(4_096),
      z.strictObject({
        device: z.string().max(24),
        inode: z.string().max(24),
        offset: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
      }),
    )
    .refine((files) => Object.keys(files).length <= ENTRIES_MAX),
  /** Where reading of the journal stands. */
  cursor: z.string().max(512).nullable(),
});
type Positions = z.infer<typeof Positions>;

/** Where reading of logs stands, kept over restarts of the agent. */
export interface LogPositions {
  readonly file: (path: string) => FilePosition | null;
  readonly cursor: () => string | null;
  /** Keeps them; what cannot be written is read again after a restart. */
  readonly save: (files: ReadonlyMap<string, FilePosition>, cursor: string | null) => void;
}

/** Positions in a file of the agent's data folder; empty when it is missing or damaged. */
export function openLogPositions(path: string): LogPositions {
  const known = readPositions(path);
  return {
    file: (name) => known.files[name] ?? null,
    cursor: () => known.cursor,
    save(files, cursor) {
      const content = JSON.stringify({ files: Object.fromEntries(files), cursor });
      try {
        writeFileSync(`${path}.new`, content, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch {
        /* A full disk must not end the sensor. */
      }
    },
  };
}

function readPositions(path: string): Positions {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > FILE_BYTES_MAX) return { files: {}, cursor: null };
    return Positions.parse(JSON.parse(text));
  } catch {
    return { files: {}, cursor: null };
  }
}
