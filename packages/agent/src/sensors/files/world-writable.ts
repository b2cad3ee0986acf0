import { statSync } from 'node:fs';

const WORLD_WRITABLE = 0o002;
const SLASH = 0x2f;

/**
 * Whether a folder that anybody can write stands anywhere above a file, as its process sees it: in a
 * folder below `/tmp` anybody could put it too. A path that is too long to be read counts as such,
 * since only somebody who hides makes one.
 */
export function liesInWorldWritable(path: Buffer | null, pid: number): boolean {
  if (path === null) return true;
  const root = Buffer.from(`/proc/${pid}/root`);
  for (let end = path.lastIndexOf(SLASH); end > 0; end = path.lastIndexOf(SLASH, end - 1)) {
    const folder = Buffer.concat([root, path.subarray(0, end)]);
    if (isWorldWritable(folder)) return true;
  }
  return isWorldWritable(Buffer.concat([root, Buffer.from('/')]));
}

function isWorldWritable(folder: Buffer): boolean {
  try {
    const status = statSync(folder, { throwIfNoEntry: false });
    return status !== undefined && (status.mode & WORLD_WRITABLE) !== 0;
  } catch {
    return false;
  }
}
