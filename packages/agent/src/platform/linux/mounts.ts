import { statfs } from 'node:fs/promises';
import {
  boundedBytes,
  boundedDetail,
  boundedName,
  FILESYSTEMS_MAX,
  type FilesystemRow,
} from '../../inventory/index.ts';
import { readText, TABLE_BYTES_MAX } from './files.ts';
import type { LinuxSource } from './source.ts';

/** Types that hold files on a local disk. Asking a network file system for its size can hang. */
const LOCAL_TYPES: ReadonlySet<string> = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs f2fs vfat exfat ntfs ntfs3 jfs reiserfs bcachefs nilfs2 hfsplus'.split(
    ' ',
  ),
);
/** How long one file system may take to tell its size before it is left out. */
const STATFS_TIMEOUT_MS = 2_000;

/** A mount as the kernel lists it. */
export interface Mount {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
}

/**
 * The local file systems of `/proc/self/mountinfo` (proc_pid_mountinfo(5)), each once, at its
 * shortest mount point; the root is kept whatever its type.
 */
export function parseMounts(text: string): Mount[] {
  const byNumber = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , number, , mountPointText] = left.split(' ');
    const [type, device] = right.split(' ');
    if (number === undefined || mountPointText === undefined) continue;
    if (type === undefined || device === undefined) continue;
    const mountPoint = unescapeOctal(mountPointText);
    if (!LOCAL_TYPES.has(type) && mountPoint !== '/') continue;
    const before = byNumber.get(number);
    if (before && before.mountPoint.length <= mountPoint.length) continue;
    byNumber.set(number, { mountPoint, device: unescapeOctal(device), type });
  }
  return [...byNumber.values()];
}

/** White space and backslashes are written as `\` and three octal digits. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Reads the local file systems with their sizes; one that does not answer is left out. */
export async function readFilesystems(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<FilesystemRow[]> {
  const text = readText(`${source.rootPath}proc/self/mountinfo`, TABLE_BYTES_MAX) ?? '';
  const mounts = parseMounts(text);
  const filesystems: FilesystemRow[] = [];
  for (const mount of mounts.slice(0, FILESYSTEMS_MAX)) {
    signal.throwIfAborted();
    const size = await sizeOf(mount.mountPoint, source);
    if (!size) continue;
    filesystems.push({
      mountPoint: boundedDetail(mount.mountPoint),
      device: boundedDetail(mount.device),
      type: boundedName(mount.type),
      ...size,
    });
  }
  return filesystems;
}

type Size = Pick<FilesystemRow, 'sizeBytes' | 'usedBytes'>;

/** A dying disk may never answer; the call is then abandoned to its thread. */
async function sizeOf(path: string, source: LinuxSource): Promise<Size | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const cancel = source.clock.after(STATFS_TIMEOUT_MS, () => resolve(null));
  try {
    const found = await Promise.race([statfs(path), promise]);
    if (!found) return null;
    const { blocks, bfree, bsize } = found;
    return {
      sizeBytes: boundedBytes(blocks * bsize),
      usedBytes: boundedBytes((blocks - bfree) * bsize),
    };
  } catch {
    return null;
  } finally {
    cancel();
  }
}
