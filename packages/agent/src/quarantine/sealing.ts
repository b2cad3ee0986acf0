import { closeSync, fchmodSync, fsyncSync } from 'node:fs';
import { codeOf, messageOf, type Clock, type Log } from '@wardgrid/base';
import { FLAG_APPEND, FLAG_IMMUTABLE, writeFlags, writeXattr } from '../platform/linux/inode.ts';
import type { ProcessKiller } from '../processes/index.ts';
import { QuarantineError } from './errors.ts';
import type { ItemStore } from './item-store.ts';
import { decodeXattrs, privateNameOf, readInode, type Manifest } from './manifest.ts';
import { removeFile, type Removal } from './removal.ts';
import { sealStream, type SealedContent } from './sealed-stream.ts';

/** What sealing works with. */
export interface SealingDeps {
  readonly items: ItemStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly killer: Pick<ProcessKiller, 'killRunning'>;
  /** Makes room for so many bytes. @throws QuarantineError `store-full`. */
  readonly makeRoom: (bytes: number) => void;
}

/** A file that is sealed, and what became of it where it was. */
export interface SealedItem {
  readonly manifest: Manifest;
  readonly isHarmless: boolean;
}

/**
 * Seals a captured file through its descriptor and takes it away. In this order, each on the disk
 * before the next: what it was; no permissions; the sealed copy; the file gone. Whenever that is cut
 * off, the file is where it was or sealed whole.
 * @throws QuarantineError when it could not be sealed: the file is as it was then.
 */
export async function sealFile(
  deps: SealingDeps,
  fd: number,
  given: { readonly captured: Manifest; readonly pid: number | null },
): Promise<SealedItem> {
  const { items } = deps;
  const { captured, pid } = given;
  let manifest = captured;
  items.save(manifest);
  try {
    disarm(fd, manifest);
    const notes = await endRunners(deps, manifest);
    manifest = await copy(deps, fd, { ...manifest, notes: [...manifest.notes, ...notes] });
  } catch (error) {
    rearm(fd, captured, deps.log);
    items.dropSealed(captured.id);
    items.forget(captured.id);
    throw asQuarantineError(error);
  }
  return takeAway(deps, fd, { manifest, pid });
}

/** The last step: also what recovery does with a file that was sealed before a crash. */
export function takeAway(
  deps: Pick<SealingDeps, 'items' | 'clock'>,
  fd: number,
  given: { readonly manifest: Manifest; readonly pid: number | null },
): SealedItem {
  const { manifest, pid } = given;
  const removal = removeFile({ fd, privateName: privateNameOf(manifest), pid });
  return finishSealing(deps, manifest, removal);
}

/** Says that a file is sealed and what became of it. */
export function finishSealing(
  { items, clock }: Pick<SealingDeps, 'items' | 'clock'>,
  manifest: Manifest,
  { isHarmless, notes }: Removal,
): SealedItem {
  const done: Manifest = {
    ...manifest,
    phase: 'done',
    changedAt: clock.now(),
    notes: [...manifest.notes, ...notes].slice(0, NOTES_MAX),
  };
  items.saveSoon(done);
  return { manifest: done, isHarmless };
}

const NOTES_MAX = 32;

/** No new process may open or run it, by whatever name: the permissions are the file's own. */
function disarm(fd: number, { flags }: Manifest): void {
  const locked = FLAG_IMMUTABLE | FLAG_APPEND;
  if (flags !== null && (flags & locked) !== 0) writeFlags(fd, flags & ~locked);
  fchmodSync(fd, 0);
}

/** Makes the file what it was. */
function rearm(fd: number, { mode, flags, xattrs }: Manifest, log: Log): void {
  try {
    fchmodSync(fd, mode);
    const lists = decodeXattrs(xattrs).filter(
      ({ name }) => Buffer.from(name).toString('latin1') === 'system.posix_acl_access',
    );
    for (const list of lists) writeXattr(fd, list);
    if (flags !== null && (flags & (FLAG_IMMUTABLE | FLAG_APPEND)) !== 0) writeFlags(fd, flags);
  } catch (error) {
    log.warn('a file that could not be sealed has no permissions now', {
      reason: messageOf(error),
    });
  }
}

/** Whoever runs it holds its content and could not be stopped by a name that is gone. */
async function endRunners({ killer }: SealingDeps, manifest: Manifest): Promise<string[]> {
  const outcome = await killer.killRunning(readInode(manifest));
  if (outcome.kind === 'killed') {
    return [`${outcome.pids.length} processes that ran it were ended`];
  }
  return outcome.kind === 'failed' ? [`processes run it still: ${outcome.reason}`] : [];
}

async function copy(deps: SealingDeps, fd: number, manifest: Manifest): Promise<Manifest> {
  const { items, makeRoom } = deps;
  const { id, sizeBytes } = manifest;
  const seal = { id, key: items.keys.newItemKey() };
  const target = items.createSealed(id);
  let content: SealedContent;
  try {
    content = await sealStream(fd, target, { seal, sizeBytes, makeRoom });
    fsyncSync(target);
  } finally {
    closeSync(target);
  }
  const { isHashWhole, ...facts } = content;
  const notes = isHashWhole ? [] : ['its hash leaves the holes out, which are very large'];
  const sealed: Manifest = {
    ...manifest,
    ...facts,
    phase: 'sealed',
    wrappedKey: items.keys.wrap(id, seal.key),
    notes: [...manifest.notes, ...notes],
  };
  items.save(sealed);
  return sealed;
}

function asQuarantineError(error: unknown): QuarantineError {
  if (error instanceof QuarantineError) return error;
  const reason = messageOf(error);
  const options = { cause: error };
  if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') {
    return new QuarantineError('store-full', 'there is no room to seal it', options);
  }
  if (codeOf(error) === 'EROFS') {
    return new QuarantineError('read-only', 'its file system cannot be written', options);
  }
  return new QuarantineError('system-refused', reason, options);
}
