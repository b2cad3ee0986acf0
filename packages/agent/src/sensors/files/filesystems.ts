import { readFileSync } from 'node:fs';
import type { ProtectionPolicy } from '@wardgrid/wire';
import { liesIn } from './exclusions.ts';

/** A filesystem whose files are watched. */
export interface Filesystem {
  /** `8:1`: the kernel's number of the device. */
  readonly device: string;
  /** The shortest of its mount points, as the kernel's bytes. */
  readonly mountPoint: Buffer;
  readonly type: string;
}

/** Local types that can be written, and images that carry programs from outside. */
const TYPES: ReadonlySet<string> = new Set(
  (
    'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs nilfs2 tmpfs ramfs overlay ' +
    'vfat exfat msdos ntfs ntfs3 hfsplus fuseblk iso9660 udf squashfs erofs'
  ).split(' '),
);
/** A machine with more mounts than this is watched in part, and says so. */
export const WATCHED_MAX = 512;

/** The filesystems to watch from a text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)) as bytes. */
export function filesystemsOf(mountinfo: Buffer): Filesystem[] {
  const byDevice = new Map<string, Filesystem>();
  for (const line of mountinfo.toString('latin1').split('\n')) {
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , device, , escaped] = left.split(' ');
    const [type = ''] = right.split(' ');
    if (device === undefined || escaped === undefined || !TYPES.has(type)) continue;
    const mountPoint = Buffer.from(unescapeOctal(escaped), 'latin1');
    const before = byDevice.get(device);
    if (before && before.mountPoint.length <= mountPoint.length) continue;
    byDevice.set(device, { device, mountPoint, type });
  }
  return [...byDevice.values()];
}

/** Reads the filesystems to watch; only those at given mount points, when some are given. */
export function readFilesystems(mountPoints: readonly string[] | null): Filesystem[] {
  const all = filesystemsOf(readFileSync('/proc/self/mountinfo'));
  if (mountPoints === null) return all;
  const wanted = new Set(mountPoints);
  return all.filter(({ mountPoint }) => wanted.has(mountPoint.toString()));
}

/** Of the filesystems those on which a strict path of the policy lies. */
export function strictFilesystems(
  filesystems: readonly Filesystem[],
  policy: ProtectionPolicy,
): ReadonlySet<Filesystem> {
  const found = new Set<Filesystem>();
  for (const path of policy.strictPaths) {
    const [nearest] = filesystems
      .filter(({ mountPoint }) => liesIn(mountPoint.toString(), path))
      .toSorted((left, right) => right.mountPoint.length - left.mountPoint.length);
    if (nearest) found.add(nearest);
  }
  return found;
}

function unescapeOctal(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
