import { closeSync, fchmodSync, fchownSync, fsyncSync } from 'node:fs';
import { messageOf } from '@wardgrid/base';
import {
  createIn,
  FLAG_APPEND,
  FLAG_IMMUTABLE,
  inodeAt,
  inodeOf,
  isSameInode,
  openFolder,
  openIn,
  readFlags,
  renameIn,
  unlinkIn,
  writeFlags,
  writeTimes,
  writeXattr,
} from '../platform/linux/inode.ts';
import { QuarantineError } from './errors.ts';
import type { ItemStore } from './item-store.ts';
import {
  decodeXattrs,
  pathOf,
  privateNameOf,
  readInode,
  writeInode,
  type Manifest,
} from './manifest.ts';
import { emptyAgain, linksNotes, takeEmptied } from './other-links.ts';
import { splitPath } from './removal.ts';
import { unsealStream } from './sealed-stream.ts';

/** Inode flags that a file has by itself and that somebody may have given it, both put back. */
const FLAGS_KEPT = FLAG_IMMUTABLE | FLAG_APPEND;

/**
 * Puts a sealed file back where it was: never over what is there now, never through a link. The file
 * comes to be under a private name, without permissions, and gets its own when it is whole.
 * @throws QuarantineError; nothing is left behind then.
 */
export async function restoreFile(items: ItemStore, manifest: Manifest): Promise<Manifest> {
  if (manifest.origin === null) {
    throw new QuarantineError('folder-gone', 'where it was is not known on this device');
  }
  const folder = openParent(manifest);
  try {
    clearOwnRemains(folder, manifest);
    items.save({ ...manifest, phase: 'restoring' });
    const restored = await writeBack(items, folder, manifest);
    return finishRestoring(folder, restored);
  } catch (error) {
    removeQuietly(folder, privateNameOf(manifest));
    emptyAgain(folder, items.get(manifest.id) ?? manifest);
    items.save({ ...manifest, phase: 'done', restored: null });
    throw error;
  } finally {
    closeSync(folder);
  }
}

/** The folder the file was in. @throws QuarantineError `folder-gone`, `folder-linked`. */
export function openParent(manifest: Manifest): number {
  const { folder } = splitPath(pathOf(manifest));
  try {
    return openFolder(folder);
  } catch (cause) {
    const why = messageOf(cause);
    if (/ELOOP/.test(why)) {
      throw new QuarantineError('folder-linked', 'a link now lies on the way to its folder', {
        cause,
      });
    }
    throw new QuarantineError('folder-gone', `its folder cannot be opened: ${why}`, { cause });
  }
}

/** What occupies the path is refused, unless it is what emptying left of this very file. */
function clearOwnRemains(folder: number, manifest: Manifest): void {
  const { name } = splitPath(pathOf(manifest));
  removeQuietly(folder, privateNameOf(manifest));
  const occupant = inodeAt(folder, name);
  if (!occupant) return;
  if (!isSameInode(occupant, readInode(manifest))) throw occupied();
  const privateName = privateNameOf(manifest);
  if (!renameIn(folder, name, privateName)) throw occupied();
  const moved = inodeAt(folder, privateName);
  if (moved && isSameInode(moved, readInode(manifest))) {
    unlinkIn(folder, privateName);
    return;
  }
  renameIn(folder, privateName, name);
  throw occupied();
}

function occupied(): QuarantineError {
  return new QuarantineError('path-occupied', 'another file has its path now');
}

/** The file under its private name, then under its own; the manifest that says which file it is. */
async function writeBack(items: ItemStore, folder: number, manifest: Manifest): Promise<Manifest> {
  const { id, wrappedKey } = manifest;
  const seal = { id, key: items.keys.unwrap(id, wrappedKey ?? '') };
  const source = items.openSealed(id);
  const target = takeEmptied(folder, manifest) ?? createIn(folder, privateNameOf(manifest));
  try {
    fchmodSync(target, 0);
    const sha256 = await unsealStream(source, target, seal);
    if (sha256 !== manifest.sha256)
      throw new QuarantineError('seal-broken', 'it is not what was sealed');
    // Which file it is, before it has its permissions again.
    const begun = {
      ...manifest,
      phase: 'restoring' as const,
      restored: writeInode(inodeOf(target)),
    };
    items.save(begun);
    const notes = [...manifest.notes, ...giveAttributes(target, manifest), ...linksNotes(begun)];
    fsyncSync(target);
    const restored = { ...begun, notes: notes.slice(-NOTES_MAX) };
    items.save(restored);
    if (!renameIn(folder, privateNameOf(manifest), splitPath(pathOf(manifest)).name))
      throw occupied();
    return restored;
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

/** The most that a manifest keeps. */
const NOTES_MAX = 32;

/** Owner first, for it takes set-user-id and capabilities away; times last. */
function giveAttributes(fd: number, manifest: Manifest): string[] {
  const notes: string[] = [];
  fchownSync(fd, manifest.uid, manifest.gid);
  fchmodSync(fd, manifest.mode);
  for (const xattr of decodeXattrs(manifest.xattrs)) {
    const why = writeXattr(fd, xattr);
    const name = Buffer.from(xattr.name).toString('latin1');
    if (why !== null) notes.push(`attribute ${name} was not put back: ${why}`.slice(0, 200));
  }
  fchmodSync(fd, manifest.mode);
  writeTimes(fd, { atimeNs: BigInt(manifest.atimeNs), mtimeNs: BigInt(manifest.mtimeNs) });
  return notes;
}

/** What may only be done under the own name: an immutable file cannot be renamed. It is back by now. */
export function finishRestoring(folder: number, manifest: Manifest): Manifest {
  const flags = (manifest.flags ?? 0) & FLAGS_KEPT;
  const finished = { ...manifest, phase: 'done' as const, state: 'restored' as const };
  try {
    if (flags !== 0) giveFlags(folder, splitPath(pathOf(manifest)).name, flags);
    fsyncSync(folder);
    return finished;
  } catch (error) {
    const note = `its flags were not put back: ${messageOf(error)}`.slice(0, 200);
    return { ...finished, notes: [...manifest.notes, note].slice(-NOTES_MAX) };
  }
}

function giveFlags(folder: number, name: Buffer, flags: number): void {
  const fd = openIn(folder, name);
  try {
    writeFlags(fd, (readFlags(fd) ?? 0) | flags);
  } finally {
    closeSync(fd);
  }
}

function removeQuietly(folder: number, name: Buffer): void {
  try {
    unlinkIn(folder, name);
  } catch {
    // It is not there, which is what is wanted.
  }
}
