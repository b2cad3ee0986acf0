import { closeSync, fstatSync, openSync } from 'node:fs';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import { inodeOf } from '../platform/linux/inode.ts';
import type { DeniedFile } from '../sensors/process/index.ts';

/** What denying needs. */
export interface DeniedProgramOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
  /** Kills whoever starts one of these files; replaces the list before. */
  readonly deny: (files: readonly DeniedFile[]) => void;
}

/** Malicious files that nobody may start, also where no open of them is held: a second lock. */
export interface DeniedPrograms {
  /** Denies the file of a descriptor, which stays the caller's. Does not throw: it is the second lock. */
  readonly deny: (fd: number) => void;
  readonly allow: (fd: number) => void;
  /** Denies nothing: who is still malicious is denied again when it is met again. */
  readonly clear: () => void;
  /** Lets go of files that are gone or were denied long enough. Called on a beat. */
  readonly tidy: () => void;
}

/** Each is held open, below the descriptors of an agent by far. */
const DENIED_MAX = 64;
/** What is held open keeps its file system from being unmounted: long enough for who wanted it to give up. */
const DENIED_MS = 600_000;
/** Holds the file, and with it its number: the next one to get that must not be killed. Opens no content. */
const O_PATH = 0o10000000;

interface Held {
  readonly file: DeniedFile;
  readonly fd: number;
  readonly untilMs: number;
}

/** Denies nothing yet. */
export function createDeniedPrograms({ clock, log, deny }: DeniedProgramOptions): DeniedPrograms {
  const held = new Map<string, Held>();

  function letGo(isOver: (held: Held, key: string) => boolean): void {
    const over = [...held].filter(([key, one]) => isOver(one, key));
    for (const [key] of over) held.delete(key);
    if (over.length > 0) tell();
    // Not before the kernel has forgotten them.
    for (const [, { fd }] of over) closeSync(fd);
  }

  function tell(): void {
    try {
      deny([...held.values()].map(({ file }) => file));
    } catch (error) {
      log.warn('the list of denied programs could not be set', { reason: messageOf(error) });
    }
  }

  function hold(fd: number): void {
    const { device, inode } = inodeOf(fd);
    const key = `${device}:${inode}`;
    if (held.has(key)) return;
    const [oldest] = held.keys();
    if (held.size >= DENIED_MAX) letGo((_, other) => other === oldest);
    const own = openSync(`/proc/self/fd/${fd}`, O_PATH);
    held.set(key, { file: { device, inode }, fd: own, untilMs: clock.monotonic() + DENIED_MS });
    tell();
  }

  return {
    deny(fd) {
      try {
        hold(fd);
      } catch (error) {
        log.warn('a program could not be denied', { reason: messageOf(error) });
      }
    },
    allow(fd) {
      const { device, inode } = inodeOf(fd);
      letGo((_, key) => key === `${device}:${inode}`);
    },
    clear: () => letGo(() => true),
    tidy() {
      const nowMs = clock.monotonic();
      letGo(({ fd, untilMs }) => nowMs >= untilMs || fstatSync(fd).nlink === 0);
    },
  };
}
