import { closeSync } from 'node:fs';
import { messageOf, type Log } from '@wardgrid/base';
import { inodeAt, isSameInode, openFolder, openIn } from '../platform/linux/inode.ts';
import { pathOf, privateNameOf, readInode, type Manifest } from './manifest.ts';
import { emptyAgain } from './other-links.ts';
import { settlePrivateName, splitPath } from './removal.ts';
import { finishRestoring } from './restoration.ts';
import { finishSealing, sealFile, takeAway, type SealingDeps } from './sealing.ts';

/** Finishes what a crash cut off. What is still where it was is sealed now. */
export async function recoverItems(deps: SealingDeps): Promise<void> {
  for (const manifest of deps.items.all().filter(({ phase }) => phase !== 'done')) {
    try {
      await recoverItem(deps, manifest);
    } catch (error) {
      deps.log.warn('a file could not be sealed after a restart', {
        id: manifest.id,
        reason: messageOf(error),
      });
    }
  }
}

async function recoverItem(deps: SealingDeps, manifest: Manifest): Promise<void> {
  const folder = openFolderOf(manifest, deps.log);
  try {
    if (manifest.phase === 'begun') await sealAgain(deps, folder, manifest);
    else if (manifest.phase === 'sealed') finishRemoval(deps, folder, manifest);
    else settleRestoring(deps, folder, manifest);
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

function openFolderOf(manifest: Manifest, log: Log): number | undefined {
  try {
    return openFolder(splitPath(pathOf(manifest)).folder);
  } catch (error) {
    log.debug('the folder of a sealed file is gone', { reason: messageOf(error) });
    return undefined;
  }
}

/** The file, when it still has the name it had; undefined when it has moved or gone. */
function openOriginal(folder: number | undefined, manifest: Manifest): number | undefined {
  if (folder === undefined) return undefined;
  const { name } = splitPath(pathOf(manifest));
  const now = inodeAt(folder, name);
  if (!now || !isSameInode(now, readInode(manifest))) return undefined;
  return openIn(folder, name);
}

async function sealAgain(
  deps: SealingDeps,
  folder: number | undefined,
  manifest: Manifest,
): Promise<void> {
  const fd = openOriginal(folder, manifest);
  if (fd === undefined) {
    deps.items.dropSealed(manifest.id);
    deps.items.forget(manifest.id);
    deps.log.warn('a file that was about to be sealed has moved', { id: manifest.id });
    return;
  }
  try {
    await sealFile(deps, fd, { captured: manifest, pid: null });
  } finally {
    closeSync(fd);
  }
}

function finishRemoval(deps: SealingDeps, folder: number | undefined, manifest: Manifest): void {
  const target = {
    name: splitPath(pathOf(manifest)).name,
    privateName: privateNameOf(manifest),
    inode: readInode(manifest),
  };
  if (folder !== undefined) settlePrivateName(folder, target);
  const fd = openOriginal(folder, manifest);
  if (fd === undefined) {
    const notes = manifest.links > 1 ? ['other hard links have no permissions'] : [];
    finishSealing(deps, manifest, { isHarmless: true, notes });
    return;
  }
  try {
    takeAway(deps, fd, { manifest, pid: null });
  } finally {
    closeSync(fd);
  }
}

/** Either the file was put back whole, or nothing was. */
function settleRestoring(
  { items, clock }: SealingDeps,
  folder: number | undefined,
  manifest: Manifest,
): void {
  const { restored } = manifest;
  const now = folder === undefined ? undefined : inodeAt(folder, splitPath(pathOf(manifest)).name);
  const isBack = now !== undefined && restored !== null && isSameInode(now, readInode(restored));
  if (isBack && folder !== undefined) {
    const ended = { ...finishRestoring(folder, manifest), changedAt: clock.now(), isTold: false };
    items.save({ ...ended, wrappedKey: null, storedBytes: 0 });
    items.dropSealed(manifest.id);
    return;
  }
  if (folder !== undefined) {
    dropPrivate(folder, manifest);
    emptyAgain(folder, manifest);
  }
  items.save({ ...manifest, phase: 'done', restored: null });
}

function dropPrivate(folder: number, manifest: Manifest): void {
  const inode = inodeAt(folder, privateNameOf(manifest));
  if (!inode) return;
  // The half that was written: whatever lies under this name is ours.
  settlePrivateName(folder, {
    name: Buffer.from('.'),
    privateName: privateNameOf(manifest),
    inode,
  });
}
