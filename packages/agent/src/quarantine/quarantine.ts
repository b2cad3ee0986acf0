import { fstatSync } from 'node:fs';
import type { Clock, Log, NewId } from '@wardgrid/base';
import type { SealedFile } from '@wardgrid/wire';
import type { InodeId } from '../platform/linux/inode.ts';
import type { ProcessKiller } from '../processes/index.ts';
import { captureFile, type SealReason } from './capture.ts';
import { QuarantineError } from './errors.ts';
import { openExceptions, type FileException } from './exceptions.ts';
import { openItemStore, type ItemStore } from './item-store.ts';
import { createLimiter, type Limiter, type QuarantineLimits } from './limits.ts';
import { readInode, sealedFileOf, shownPath, writeInode, type Manifest } from './manifest.ts';
import { recoverItems } from './recovery.ts';
import { restoreFile } from './restoration.ts';
import { sealFile, type SealedItem, type SealingDeps } from './sealing.ts';

/** What the quarantine needs. */
export interface QuarantineOptions {
  /** A folder of its own. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: NewId;
  readonly killer: Pick<ProcessKiller, 'killRunning'>;
  readonly limits: () => QuarantineLimits;
  /** Tells of an item; false when that could not be kept: it is told again later. */
  readonly onChange: (file: SealedFile) => boolean;
  /** Told, and waited for, before a file that is to be let alone is put back. */
  readonly onExcept: (exception: FileException) => Promise<void>;
}

/** The sealed store of a device. One thing happens in it at a time. */
export interface Quarantine {
  /** Finishes what a crash cut off, and tells what was not told. Before everything else. */
  readonly recover: () => Promise<void>;
  /**
   * Seals the file of a descriptor, which stays the caller's, and takes it from where it is.
   * @throws QuarantineError: the file is as it was then.
   */
  readonly seal: (fd: number, reason: SealReason) => Promise<SealedOutcome>;
  /**
   * Puts a file back and lets it be at its path until `exceptUntil` (epoch milliseconds; null: not).
   * @throws QuarantineError: it is still sealed then.
   */
  readonly restore: (id: string, exceptUntil: number | null) => Promise<SealedFile>;
  /** Deletes a sealed file for good. @throws QuarantineError `entry-unknown`, `entry-ended`. */
  readonly purge: (id: string) => Promise<SealedFile>;
  /** Whether a person put this very file back and its time is not over. */
  readonly isExcepted: (sha256: string, path: string, inode?: InodeId) => boolean;
  /** All that are let alone now. */
  readonly exceptions: () => readonly FileException[];
  /** Lets go of what is too old, and tells again what could not be told. */
  readonly tidy: () => Promise<void>;
  readonly list: () => readonly SealedFile[];
  readonly count: () => number;
}

/** What sealing led to. */
export interface SealedOutcome {
  readonly file: SealedFile;
  /** False when the file is sealed but could be neither removed nor emptied. */
  readonly isHarmless: boolean;
}

/** Files that may wait to be sealed, each with an open descriptor. */
const WAITING_MAX = 256;

/** The quarantine in a folder. @throws QuarantineError `store-unusable`. */
export function createQuarantine(options: QuarantineOptions): Quarantine {
  const { clock, log, killer } = options;
  const items = openItemStore(options.path, log);
  const exceptions = openExceptions(options.path, items.keys.macKey, clock);
  const teller = createTeller(items, options.onChange);
  const limiter = createLimiter(items, options.limits, (item) => void end(item, 'expired'));
  const deps: SealingDeps = { items, clock, log, killer, makeRoom: limiter.makeRoom };
  const inTurn = createTurns(WAITING_MAX);

  function end(item: Manifest, state: 'deleted' | 'expired' | 'restored'): SealedFile {
    // Without its key the copy is noise, whatever the disk remembers of it.
    const ended: Manifest = { ...item, phase: 'done', state, wrappedKey: null, storedBytes: 0 };
    items.save({ ...ended, changedAt: clock.now(), isTold: false });
    items.dropSealed(item.id);
    return teller.tell(item.id);
  }

  async function seal(fd: number, reason: SealReason): Promise<SealedOutcome> {
    const captured = captureFile(fd, { id: options.newId(), at: clock.now(), reason });
    limiter.makeRoom(Math.min(captured.sizeBytes, fstatSync(fd).blocks * 512));
    const sealed: SealedItem = await sealFile(deps, fd, { captured, pid: reason.pid });
    return { file: teller.tell(sealed.manifest.id), isHarmless: sealed.isHarmless };
  }

  async function restore(id: string, exceptUntil: number | null): Promise<SealedFile> {
    const item = sealedItem(items, id);
    const path = shownPath(item);
    // Before the file is back: the sensors would take it away again at once.
    if (exceptUntil !== null) {
      const inode = item.links > 1 ? writeInode(readInode(item)) : null;
      const exception = { sha256: item.sha256, path, expiresAt: exceptUntil, inode };
      exceptions.add(exception);
      await options.onExcept(exception);
    }
    try {
      return end(await restoreFile(items, item), 'restored');
    } catch (error) {
      exceptions.remove(item.sha256, path);
      throw error;
    }
  }

  return {
    recover: () =>
      inTurn(async () => {
        await recoverItems(deps);
        tidy(limiter, teller, clock);
      }),
    seal: (fd, reason) => inTurn(() => seal(fd, reason)),
    restore: (id, exceptUntil) => inTurn(() => restore(id, exceptUntil)),
    purge: (id) => inTurn(() => Promise.resolve(end(sealedItem(items, id), 'deleted'))),
    isExcepted: exceptions.has,
    exceptions: exceptions.list,
    tidy: () => inTurn(() => Promise.resolve(tidy(limiter, teller, clock))),
    list: () => items.all().map(sealedFileOf),
    count: () => items.all().filter(isSealed).length,
  };
}

function isSealed({ state, phase }: Manifest): boolean {
  return state === 'sealed' && phase === 'done';
}

function tidy(limiter: Limiter, teller: Teller, clock: Pick<Clock, 'now'>): void {
  limiter.expireOld(clock.now());
  teller.tellAll();
}

function sealedItem(items: ItemStore, id: string): Manifest {
  const item = items.get(id);
  if (!item) throw new QuarantineError('entry-unknown', `nothing is sealed as '${id}'`);
  if (!isSealed(item)) throw new QuarantineError('entry-ended', `'${id}' is ${item.state}`);
  return item;
}

/** Tells the controller of items, each state once. */
interface Teller {
  readonly tell: (id: string) => SealedFile;
  readonly tellAll: () => void;
}

function createTeller(items: ItemStore, onChange: QuarantineOptions['onChange']): Teller {
  function tell(id: string): SealedFile {
    const item = items.get(id);
    if (!item) throw new QuarantineError('entry-unknown', `nothing is sealed as '${id}'`);
    const file = sealedFileOf(item);
    if (item.isTold || !onChange(file)) return file;
    // What ended and was told is the controller's to remember.
    if (item.state === 'sealed') items.saveSoon({ ...item, isTold: true });
    else items.forget(id);
    return file;
  }
  return {
    tell,
    tellAll() {
      const untold = items.all().filter(({ isTold, phase }) => !isTold && phase === 'done');
      for (const { id } of untold) tell(id);
    },
  };
}

/** Runs work one after the other; refuses when too much waits. */
function createTurns(waitingMax: number) {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= waitingMax) {
      const error = new QuarantineError('store-busy', 'too many files wait to be sealed');
      return Promise.reject(error);
    }
    waiting += 1;
    const turn = last.then(work).finally(() => (waiting -= 1));
    last = turn.catch(() => undefined);
    return turn;
  };
}
