import { closeSync, fchmodSync, fstatSync, fsyncSync, ftruncateSync } from 'node:fs';
import { decodeBase64Url } from '@wardgrid/base';
import { inodeOf, isSameInode, linkIn, openByHandle } from '../platform/linux/inode.ts';
import { privateNameOf, readInode, type Manifest } from './manifest.ts';

/* Other hard links of a sealed file still lead to it: emptied, and without permissions. Putting it back
   fills that very file again, so that every name has its content, and all are links of each other. */

const PERMISSIONS = 0o7777;

/** The file that other hard links lead to, under its private name too; undefined when it is not as it was left. */
export function takeEmptied(folder: number, manifest: Manifest): number | undefined {
  const fd = openOther(folder, manifest);
  if (fd === undefined) return undefined;
  try {
    const { size, mode } = fstatSync(fd);
    // Whoever wrote or gave rights to it since means it: it is another file now.
    if (size === 0 && (mode & PERMISSIONS) === 0) {
      linkIn(fd, folder, privateNameOf(manifest));
      return fd;
    }
  } catch {
    // Some file systems link nothing by a descriptor: the others stay empty then.
  }
  closeSync(fd);
  return undefined;
}

/** Takes the content away again that putting back had begun to give; what others wrote since stays. */
export function emptyAgain(folder: number, manifest: Manifest): void {
  const fd = openOther(folder, manifest);
  if (fd === undefined) return;
  try {
    const { mode, size } = fstatSync(fd);
    const isHalf = (mode & PERMISSIONS) === 0;
    const { restored, sizeBytes } = manifest;
    const isOurs = restored !== null && isSameInode(readInode(restored), readInode(manifest));
    if (!isHalf && !(isOurs && size === sizeBytes)) return;
    fchmodSync(fd, 0);
    ftruncateSync(fd, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What became of the other hard links, for people. */
export function linksNotes(manifest: Manifest): string[] {
  const { links, restored } = manifest;
  if (links < 2 || restored === null) return [];
  return isSameInode(readInode(restored), readInode(manifest))
    ? ['its other hard links have its content again']
    : ['its other hard links were left as they are'];
}

function openOther(folder: number, manifest: Manifest): number | undefined {
  const { handle, links } = manifest;
  if (handle === null || links < 2) return undefined;
  const fd = openByHandle(folder, decodeBase64Url(handle));
  if (fd === undefined) return undefined;
  if (isSameInode(inodeOf(fd), readInode(manifest)) && fstatSync(fd).nlink > 0) return fd;
  closeSync(fd);
  return undefined;
}
