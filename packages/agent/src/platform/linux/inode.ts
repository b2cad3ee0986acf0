import { closeSync, constants, fstatSync } from 'node:fs';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  ERRNO,
  errnoName,
  pathBytes,
  RENAME_NOREPLACE,
  RESOLVE,
  systemCalls,
  type SystemCalls,
} from './system-calls.ts';

/* What acts on an open descriptor, or on a name inside a folder that is open: never on a path, which
   somebody else may turn to another file at any moment. */

/** Opens the place, not the content: needs no permission on it and raises no event. */
const O_PATH = 0o10000000;
const O_CLOEXEC = 0o2000000;
/** `openat2(2)`: the folder is the root, for links and `..` as well. */
const RESOLVE_IN_ROOT = 0x10;
/** No symbolic link anywhere on the way, nor one of those that `/proc` makes up. */
const NO_LINKS = RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS;

/** `FS_IOC_GETFLAGS` and `FS_IOC_SETFLAGS` of 64-bit systems (linux/fs.h). */
const IOC_GET_FLAGS = 0x80086601n;
const IOC_SET_FLAGS = 0x40086602n;
/** The file cannot be changed; it can only grow. */
export const FLAG_IMMUTABLE = 0x10;
export const FLAG_APPEND = 0x20;

/** The kernel's own bounds, `XATTR_LIST_MAX` and `XATTR_SIZE_MAX`. */
const XATTR_BYTES_MAX = 65_536;

const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const NS_PER_SECOND = 1_000_000_000n;

/** Which file it is, whatever it is called. */
export interface InodeId {
  readonly device: bigint;
  readonly inode: bigint;
  /** When it was made: a number is given to the next file as soon as its file is gone. */
  readonly bornNs: bigint;
}

/** Whether both are the same file. */
export function isSameInode(left: InodeId, right: InodeId): boolean {
  const isSameNumber = left.device === right.device && left.inode === right.inode;
  return isSameNumber && left.bornNs === right.bornNs;
}

/** Which file a descriptor is of. */
export function inodeOf(fd: number): InodeId {
  const { dev, ino, birthtimeNs } = fstatSync(fd, { bigint: true });
  return { device: dev, inode: ino, bornNs: birthtimeNs };
}

/** A folder by its path, refused when a link is on the way. @throws SystemCallError */
export function openFolder(path: Uint8Array): number {
  return open(systemCalls(), { folder: AT_FDCWD, name: path, resolve: NO_LINKS });
}

/** A folder below another that counts as the root. @throws SystemCallError */
export function openFolderIn(root: number, path: Uint8Array): number {
  return open(systemCalls(), { folder: root, name: path, resolve: NO_LINKS | RESOLVE_IN_ROOT });
}

function open(
  calls: SystemCalls,
  given: { readonly folder: number; readonly name: Uint8Array; readonly resolve: number },
): number {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | O_CLOEXEC;
  const { folder, name, resolve } = given;
  return calls.check('openat2', calls.openat2(folder, pathBytes(name), { flags, resolve }));
}

/** Which file a name in a folder is, itself and not what it links to; undefined when there is none. */
export function inodeAt(folder: number, name: Uint8Array): InodeId | undefined {
  const calls = systemCalls();
  const flags = O_PATH | constants.O_NOFOLLOW | O_CLOEXEC;
  const fd = calls.openat2(folder, pathBytes(name), { flags, resolve: RESOLVE.BENEATH });
  if (fd < 0 && calls.errno() === ERRNO.ENOENT) return undefined;
  calls.check('openat2', fd);
  try {
    return inodeOf(fd);
  } finally {
    closeSync(fd);
  }
}

/** A file in a folder, opened for reading; never a link. @throws SystemCallError */
export function openIn(folder: number, name: Uint8Array): number {
  const calls = systemCalls();
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC;
  const resolve = RESOLVE.BENEATH | NO_LINKS;
  return calls.check('openat2', calls.openat2(folder, pathBytes(name), { flags, resolve }));
}

/** A new file in a folder, for writing by its owner alone. @throws SystemCallError also when it exists. */
export function createIn(folder: number, name: Uint8Array): number {
  const calls = systemCalls();
  const flags =
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | O_CLOEXEC;
  const resolve = RESOLVE.BENEATH | NO_LINKS;
  const how = { flags, mode: 0o600, resolve };
  return calls.check('openat2', calls.openat2(folder, pathBytes(name), how));
}

/** Renames inside a folder; false when the new name is taken. @throws SystemCallError */
export function renameIn(folder: number, from: Uint8Array, to: Uint8Array): boolean {
  const calls = systemCalls();
  const result = calls.renameat2(
    { folder, name: pathBytes(from) },
    { folder, name: pathBytes(to) },
    RENAME_NOREPLACE,
  );
  if (result < 0 && calls.errno() === ERRNO.EEXIST) return false;
  calls.check('renameat2', result);
  return true;
}

/** Removes a name from a folder. @throws SystemCallError */
export function unlinkIn(folder: number, name: Uint8Array): void {
  const calls = systemCalls();
  calls.check('unlinkat', calls.unlinkat(folder, pathBytes(name), 0));
}

/** `struct file_handle` with the most that it holds (`MAX_HANDLE_SZ`). */
const HANDLE_HEAD_BYTES = 8;
const HANDLE_BYTES_MAX = 128;

/** By what a file is found again, whatever it is called; null where the file system has no such thing. */
export function handleOf(fd: number): Buffer | null {
  const handle = Buffer.alloc(HANDLE_HEAD_BYTES + HANDLE_BYTES_MAX);
  handle.writeUInt32LE(HANDLE_BYTES_MAX, 0);
  const { name_to_handle_at } = systemCalls();
  const result = name_to_handle_at(fd, Buffer.alloc(1), handle, Buffer.alloc(4), AT_EMPTY_PATH);
  return result < 0 ? null : handle.subarray(0, HANDLE_HEAD_BYTES + handle.readUInt32LE(0));
}

/** Opens a file by its handle, given anything open on its file system; undefined when that cannot be. */
export function openByHandle(beside: number, handle: Uint8Array): number | undefined {
  const flags = constants.O_RDWR | constants.O_NONBLOCK | O_CLOEXEC;
  const fd = systemCalls().open_by_handle_at(beside, handle, flags);
  return fd < 0 ? undefined : fd;
}

/** Gives the file of a descriptor a name in a folder. @throws SystemCallError also when it is taken. */
export function linkIn(fd: number, folder: number, name: Uint8Array): void {
  const calls = systemCalls();
  const result = calls.linkat(fd, Buffer.alloc(1), folder, pathBytes(name), AT_EMPTY_PATH);
  calls.check('linkat', result);
}

/** The inode flags of a descriptor; null where the file system has none. */
export function readFlags(fd: number): number | null {
  const bytes = Buffer.alloc(8);
  if (systemCalls().ioctl(fd, IOC_GET_FLAGS, bytes) < 0) return null;
  return bytes.readUInt32LE(0);
}

/** Sets the inode flags. @throws SystemCallError */
export function writeFlags(fd: number, flags: number): void {
  const calls = systemCalls();
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(flags, 0);
  calls.check('ioctl FS_IOC_SETFLAGS', calls.ioctl(fd, IOC_SET_FLAGS, bytes));
}

/** An extended attribute; the name need not be UTF-8. */
export interface Xattr {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** The extended attributes of a descriptor, and those that could not be read, in words. */
export function readXattrs(fd: number): {
  readonly xattrs: readonly Xattr[];
  readonly unread: readonly string[];
} {
  const calls = systemCalls();
  const names = Buffer.alloc(XATTR_BYTES_MAX);
  const length = calls.flistxattr(fd, names, names.length);
  if (length < 0) {
    const isNone = calls.errno() === ERRNO.EOPNOTSUPP;
    return { xattrs: [], unread: isNone ? [] : [`all: ${errnoName(calls.errno())}`] };
  }
  const xattrs: Xattr[] = [];
  const unread: string[] = [];
  const value = Buffer.alloc(XATTR_BYTES_MAX);
  for (const name of splitNames(names.subarray(0, length))) {
    const size = calls.fgetxattr(fd, pathBytes(name), value, value.length);
    if (size >= 0) xattrs.push({ name, value: Buffer.from(value.subarray(0, size)) });
    else unread.push(`${name.toString('latin1')}: ${errnoName(calls.errno())}`);
  }
  return { xattrs, unread };
}

/** Sets an extended attribute; why it could not be set, or null. */
export function writeXattr(fd: number, { name, value }: Xattr): string | null {
  const calls = systemCalls();
  const result = calls.fsetxattr(fd, pathBytes(name), value, value.length, 0);
  return result < 0 ? errnoName(calls.errno()) : null;
}

function splitNames(bytes: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0, at);
    const next = end < 0 ? bytes.length : end;
    if (next > at) names.push(Buffer.from(bytes.subarray(at, next)));
    at = next + 1;
  }
  return names;
}

/** Sets the times to the nanosecond. @throws SystemCallError */
export function writeTimes(
  fd: number,
  times: { readonly atimeNs: bigint; readonly mtimeNs: bigint },
) {
  const calls = systemCalls();
  const bytes = Buffer.alloc(32);
  for (const [index, ns] of [times.atimeNs, times.mtimeNs].entries()) {
    const nsPart = ((ns % NS_PER_SECOND) + NS_PER_SECOND) % NS_PER_SECOND;
    bytes.writeBigInt64LE((ns - nsPart) / NS_PER_SECOND, index * 16);
    bytes.writeBigInt64LE(nsPart, index * 16 + 8);
  }
  calls.check('futimens', calls.futimens(fd, bytes));
}

/** A part of a file that has bytes of its own; between them are holes, which read as zeroes. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

/** The next part of a file that is no hole, at or after `offset`; undefined when only holes follow. */
export function nextExtent(fd: number, offset: number, sizeBytes: number): Extent | undefined {
  if (offset >= sizeBytes) return undefined;
  const calls = systemCalls();
  const start = Number(calls.lseek(fd, BigInt(offset), SEEK_DATA));
  if (start < 0) {
    // ENXIO: nothing but a hole up to the end. Whatever else: the file system knows no holes.
    return errnoName(calls.errno()) === 'ENXIO'
      ? undefined
      : { offset, length: sizeBytes - offset };
  }
  const end = Number(calls.lseek(fd, BigInt(start), SEEK_HOLE));
  const length = (end < 0 ? sizeBytes : Math.min(end, sizeBytes)) - start;
  return length > 0 ? { offset: start, length } : undefined;
}
