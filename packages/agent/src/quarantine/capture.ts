import { fstatSync, readlinkSync } from 'node:fs';
import { encodeBase64Url } from '@wardgrid/base';
import { handleOf, inodeOf, readFlags, readXattrs, type Xattr } from '../platform/linux/inode.ts';
import { QuarantineError } from './errors.ts';
import { findOrigin } from './removal.ts';
import { encodeXattrs, writeInode, type Manifest } from './manifest.ts';

/** Attributes kept of one file: XFS lets it have gigabytes, no honest file has one. */
const XATTRS_BYTES_MAX = 4 * 1_024 * 1_024;
const XATTRS_MAX = 4_096;
const NOTES_MAX = 16;

/** Why a file is sealed. */
export interface SealReason {
  readonly findingId: string | null;
  readonly rule: string | null;
  /** A process that sees the file under the path it has: its mounts may not be ours. */
  readonly pid: number | null;
}

/** What there is to know of a file before it is touched. @throws QuarantineError `not-a-file`. */
export function captureFile(
  fd: number,
  given: { readonly id: string; readonly at: number; readonly reason: SealReason },
): Manifest {
  const status = fstatSync(fd, { bigint: true });
  if (!status.isFile()) throw new QuarantineError('not-a-file', 'it is not a regular file');
  const { xattrs, notes } = captureXattrs(fd);
  const { id, at, reason } = given;
  return {
    id,
    phase: 'begun',
    state: 'sealed',
    path: encodeBase64Url(readlinkSync(`/proc/self/fd/${fd}`, 'buffer')),
    origin: originOf(fd, reason.pid),
    ...writeInode(inodeOf(fd)),
    links: Number(status.nlink),
    handle: status.nlink > 1n ? encodedHandle(fd) : null,
    mode: Number(status.mode) & 0o7777,
    uid: Number(status.uid),
    gid: Number(status.gid),
    flags: readFlags(fd),
    atimeNs: String(status.atimeNs),
    mtimeNs: String(status.mtimeNs),
    xattrs: encodeXattrs(xattrs),
    wrappedKey: null,
    sizeBytes: Number(status.size),
    storedBytes: 0,
    sha256: '',
    findingId: reason.findingId,
    rule: reason.rule,
    sealedAt: at,
    changedAt: at,
    notes,
    isTold: false,
    restored: null,
  };
}

function encodedHandle(fd: number): string | null {
  const handle = handleOf(fd);
  return handle === null ? null : encodeBase64Url(handle);
}

function originOf(fd: number, pid: number | null): string | null {
  const origin = findOrigin(fd, pid);
  return origin === null ? null : encodeBase64Url(origin);
}

function captureXattrs(fd: number): { readonly xattrs: Xattr[]; readonly notes: string[] } {
  const { xattrs, unread } = readXattrs(fd);
  const kept: Xattr[] = [];
  let sizeBytes = 0;
  for (const one of xattrs) {
    sizeBytes += one.name.length + one.value.length;
    if (sizeBytes > XATTRS_BYTES_MAX || kept.length >= XATTRS_MAX) break;
    kept.push(one);
  }
  const notes = unread
    .slice(0, NOTES_MAX)
    .map((why) => `could not read attribute ${why}`.slice(0, 200));
  if (kept.length < xattrs.length) {
    notes.push(`${xattrs.length - kept.length} attributes were too many to keep`);
  }
  return { xattrs: kept, notes };
}
