import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { messageOf } from '@wardgrid/base';
import {
  inodeAt,
  inodeOf,
  isSameInode,
  openFolder,
  openFolderIn,
  renameIn,
  unlinkIn,
  type InodeId,
} from '../platform/linux/inode.ts';

const { O_WRONLY, O_RDONLY, O_DIRECTORY } = constants;

/** How often a name is looked for that somebody keeps moving: then the content is emptied instead. */
const ATTEMPTS_MAX = 4;

/** What became of the sealed file itself. */
export interface Removal {
  /** No name leads to the content any more: removed, or emptied. */
  readonly isHarmless: boolean;
  readonly notes: readonly string[];
}

/** What removing needs to know. */
export interface RemovalTarget {
  /** The file itself, open. */
  readonly fd: number;
  readonly privateName: Buffer;
  readonly pid: number | null;
}

/**
 * Removes a file by the name it has now, and empties what other names still lead to. Nothing is done
 * to any other file: each name is moved aside first and looked at again before it goes.
 */
export function removeFile(target: RemovalTarget): Removal {
  const { fd } = target;
  const notes: string[] = [];
  const before = fstatSync(fd).nlink;
  // Other links first: once the last known name is gone, nothing but this descriptor leads there.
  let isEmptied = before > 1 && emptyFile(fd, notes);
  if (isEmptied) notes.push('other hard links were emptied');
  for (let attempt = 0; attempt < ATTEMPTS_MAX && fstatSync(fd).nlink > 0; attempt += 1) {
    if (!removeName(target, notes)) break;
  }
  const isGone = fstatSync(fd).nlink === 0;
  if (!isGone && !isEmptied) {
    isEmptied = emptyFile(fd, notes);
    notes.push(isEmptied ? 'could not remove the name: emptied' : 'could not remove the name');
  }
  return { isHarmless: isGone || isEmptied, notes };
}

/** Whether a name was removed; another round finds the one it was moved to meanwhile. */
function removeName({ fd, privateName, pid }: RemovalTarget, notes: string[]): boolean {
  const inode = inodeOf(fd);
  const path = readlinkSync(`/proc/self/fd/${fd}`, 'buffer');
  for (const place of placesOf(path, { device: inode.device, pid })) {
    const folder = openPlace(place);
    if (folder === undefined) continue;
    try {
      if (takeAway(folder, { name: place.name, privateName, inode })) return true;
    } catch (error) {
      const why = messageOf(error).slice(0, 100);
      if (!notes.includes(why)) notes.push(why);
    } finally {
      closeSync(folder);
    }
  }
  return false;
}

/** Moves a name aside, looks at what was moved, and removes it or puts it back. */
function takeAway(
  folder: number,
  given: { readonly name: Buffer; readonly privateName: Buffer; readonly inode: InodeId },
): boolean {
  const { name, privateName, inode } = given;
  const now = inodeAt(folder, name);
  if (!now || !isSameInode(now, inode)) return false;
  if (!renameIn(folder, name, privateName)) return false;
  return settlePrivateName(folder, given);
}

/** Removes the file under the private name, or gives another file its name back. */
export function settlePrivateName(
  folder: number,
  given: { readonly name: Buffer; readonly privateName: Buffer; readonly inode: InodeId },
): boolean {
  const { name, privateName, inode } = given;
  const moved = inodeAt(folder, privateName);
  if (!moved) return false;
  const isOurs = isSameInode(moved, inode);
  if (isOurs) unlinkIn(folder, privateName);
  else renameIn(folder, privateName, name);
  fsyncSync(folder);
  return isOurs;
}

/** Takes the content from every name at once; whether it worked. */
function emptyFile(fd: number, notes: string[]): boolean {
  try {
    const writable = openSync(`/proc/self/fd/${fd}`, O_WRONLY);
    try {
      ftruncateSync(writable, 0);
      fsyncSync(writable);
    } finally {
      closeSync(writable);
    }
    return true;
  } catch (error) {
    notes.push(`could not empty it: ${messageOf(error)}`.slice(0, 200));
    return false;
  }
}

/** A folder, below a root, and a name in it. */
interface Place {
  /** A path to a folder that counts as the root; null for our own. */
  readonly root: string | null;
  readonly folder: Buffer;
  readonly name: Buffer;
}

/**
 * Where a path may lead: here; below another mount of the same file system, for a file that another
 * mount namespace opened; where the process that opened it sees it; for a file below an overlay, in one
 * of its layers, from which the kernel tells the path. Each is only a guess: the inode decides.
 */
function placesOf(path: Buffer, file: { readonly device: bigint; readonly pid: number | null }) {
  const { folder, name } = splitPath(path);
  if (name.length === 0) return [];
  const { device, pid } = file;
  const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  const roots = [
    null,
    ...mountsOf(mountinfo, device),
    ...overlayLayers(mountinfo),
    ...(pid === null ? [] : [`/proc/${pid}/root`]),
  ];
  return roots.map((root): Place => ({ root, folder, name }));
}

/** Where a file is as this process sees it; null when no name of ours leads to it. */
export function findOrigin(fd: number, pid: number | null): Buffer | null {
  const inode = inodeOf(fd);
  const path = readlinkSync(`/proc/self/fd/${fd}`, 'buffer');
  for (const place of placesOf(path, { device: inode.device, pid })) {
    if (place.root?.startsWith('/proc/') === true) continue;
    const folder = openPlace(place);
    if (folder === undefined) continue;
    try {
      const now = inodeAt(folder, place.name);
      if (now && isSameInode(now, inode)) {
        return place.root === null ? path : Buffer.concat([Buffer.from(place.root), path]);
      }
    } catch {
      // Not there.
    } finally {
      closeSync(folder);
    }
  }
  return null;
}

/** The folder of a path and the name in it. */
export function splitPath(path: Buffer): { readonly folder: Buffer; readonly name: Buffer } {
  const at = path.lastIndexOf(0x2f);
  return { folder: path.subarray(0, Math.max(1, at)), name: path.subarray(at + 1) };
}

function openPlace({ root, folder }: Place): number | undefined {
  try {
    if (root === null) return openFolder(folder);
    const rootFd = openSync(root, O_RDONLY | O_DIRECTORY);
    try {
      return openFolderIn(rootFd, folder);
    } finally {
      closeSync(rootFd);
    }
  } catch {
    return undefined;
  }
}

/** Layers looked at: a machine with hundreds of containers has as many. */
const LAYERS_MAX = 512;

function overlayLayers(mountinfo: readonly string[]): readonly string[] {
  const layers = mountinfo
    .filter((line) => / - overlay /.test(line))
    .flatMap((line) => [...line.matchAll(/(?:upperdir|lowerdir)=([^,]+)/g)])
    .flatMap(([, paths = '']) => paths.split(':'))
    .filter((path) => path.startsWith('/'));
  return [...new Set(layers)].slice(0, LAYERS_MAX);
}

/** Mount points of a device, by its number as `stat` has it (gnu_dev_major(3)). */
function mountsOf(mountinfo: readonly string[], device: bigint): readonly string[] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
  const minor = (device & 0xffn) | ((device >> 12n) & ~0xffn);
  return mountinfo
    .map((line) => line.split(' '))
    .filter(([, , number]) => number === `${major}:${minor}`)
    .map(([, , , , mountPoint = '']) => mountPoint)
    .filter((mountPoint) => mountPoint.startsWith('/') && !mountPoint.includes('\\'))
    .slice(0, LAYERS_MAX);
}
