import { watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';
import type { Clock } from '@wardgrid/base';
import { followFile, type FollowedFile, type FilePosition } from './followed-file.ts';
import type { LogPositions } from './positions.ts';

/** How a file is cut into what it holds. */
export interface FileReader {
  /** Relative to the log folder. */
  readonly name: string;
  readonly onBytes: (bytes: Buffer) => void;
  readonly onGap: () => void;
}

/** Read at once; then others have their turn. */
const TURN_BYTES_MAX = 1024 * 1024;
/** A burst of writes is read once. */
const SETTLE_MS = 50;
/** How often all files are looked at although nothing was heard: watching can fail silently. */
const LOOK_MS = 60_000;
/** How often where we stand is written down. */
const SAVE_MS = 10_000;

/** Log files that are being followed. */
export interface LogFiles {
  readonly positions: () => ReadonlyMap<string, FilePosition>;
  readonly stop: () => void;
}

/** Follows files of one folder. An absent one is followed from the moment it appears. */
export function followLogFiles(options: {
  /** Ends in a slash. */
  readonly folder: string;
  readonly readers: readonly FileReader[];
  readonly positions: LogPositions;
  readonly clock: Clock;
  /** Some while after something was read. */
  readonly onProgress: () => void;
}): LogFiles {
  const { clock, folder, positions } = options;
  const files = new Map<string, FollowedFile>();
  for (const reader of options.readers) {
    const path = folder + reader.name;
    files.set(reader.name, followFile(path, positions.file(path), reader));
  }
  let cancelRead: (() => void) | undefined;
  let cancelSave: (() => void) | undefined;
  let cancelLook = (): void => undefined;

  function readAll(): void {
    cancelRead = undefined;
    let isMore = false;
    for (const file of files.values()) isMore = file.readNew(TURN_BYTES_MAX) || isMore;
    cancelSave ??= clock.after(SAVE_MS, () => {
      cancelSave = undefined;
      options.onProgress();
    });
    if (isMore) plan(0);
  }

  function plan(delayMs: number): void {
    cancelRead ??= clock.after(delayMs, readAll);
  }

  function look(): void {
    plan(0);
    cancelLook = clock.after(LOOK_MS, look);
  }

  const watcher = watchFolder(folder, (name) => {
    if (files.has(name)) plan(SETTLE_MS);
  });
  look();
  return {
    positions() {
      const at = new Map<string, FilePosition>();
      for (const [name, file] of files) {
        const position = file.position();
        if (position !== null) at.set(folder + name, position);
      }
      return at;
    },
    stop() {
      watcher?.close();
      for (const cancel of [cancelRead, cancelSave, cancelLook]) cancel?.();
      for (const file of files.values()) file.close();
    },
  };
}

/** Tells the names of files in a folder that change; undefined where it cannot be watched. */
function watchFolder(folder: string, onChange: (name: string) => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, (_, name) => {
      if (name !== null) onChange(basename(name));
    });
    watcher.on('error', () => undefined);
    return watcher;
  } catch {
    return undefined;
  }
}
