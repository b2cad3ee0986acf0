import { closeSync, constants, openSync } from 'node:fs';
import { O_CLOEXEC, O_PATH } from '../../../platform/linux/fanotify.ts';
import { pathBytes, type SystemCalls } from '../../../platform/linux/system-calls.ts';
import type { Filesystem } from '../filesystems.ts';
import { pathOf } from '../path-text.ts';
import type { HandledName } from './change-record.ts';

/** Folders whose path is known; about 300 bytes each. */
const FOLDERS_MAX = 8_192;
/** `struct statfs` of 64-bit Linux, of which the identity is wanted. */
const [STATFS_BYTES, IDENTITY_AT, IDENTITY_BYTES] = [128, 56, 8] as const;

/** Opens what the kernel names by handle, and remembers the paths of folders. */
export class Handles {
  readonly #calls: SystemCalls;
  readonly #folders = new Map<string, Buffer>();
  #mountPoints = new Map<string, Buffer>();
  /** Mounts that are open for the batch in hand: kept longer, they could not be unmounted. */
  readonly #open = new Map<string, number>();

  constructor(calls: SystemCalls) {
    this.#calls = calls;
  }

  /** Takes the filesystems that there are now. */
  setFilesystems(filesystems: readonly Filesystem[]): void {
    this.forgetPaths();
    this.#mountPoints = new Map(
      filesystems.flatMap(({ mountPoint }) => {
        const identity = this.#identityOf(mountPoint);
        return identity === null ? [] : [[identity, mountPoint] as const];
      }),
    );
  }

  /** The path of a name; null when its folder is gone. */
  pathOf({ filesystem, handle, name }: HandledName): Buffer | null {
    const folder = this.#folderOf(filesystem, handle);
    if (!folder) return null;
    /* `.` stands for the folder itself. */
    if (name.length === 1 && name[0] === 0x2e) return folder;
    const slash = folder.length === 1 ? '' : '/';
    return Buffer.concat([folder, Buffer.from(slash), name]);
  }

  /** Opens an object without reading it: -1 when it is gone. */
  open(filesystem: string, handle: Buffer): number {
    const mount = this.#mountOf(filesystem);
    return mount < 0 ? -1 : this.#calls.open_by_handle_at(mount, handle, O_PATH | O_CLOEXEC);
  }

  /** Folders were moved: what was known of paths may be wrong. */
  forgetPaths(): void {
    this.#folders.clear();
  }

  /** Lets the mounts go. */
  closeMounts(): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #folderOf(filesystem: string, handle: Buffer): Buffer | null {
    const key = filesystem + handle.toString('latin1');
    const known = this.#folders.get(key);
    if (known) return known;
    const fd = this.open(filesystem, handle);
    if (fd < 0) return null;
    const path = pathOf(fd);
    this.#calls.close(fd);
    if (!path) return null;
    if (this.#folders.size >= FOLDERS_MAX) this.#folders.clear();
    this.#folders.set(key, path);
    return path;
  }

  #mountOf(filesystem: string): number {
    const open = this.#open.get(filesystem);
    if (open !== undefined) return open;
    const mountPoint = this.#mountPoints.get(filesystem);
    if (!mountPoint) return -1;
    const fd = openFolder(mountPoint);
    if (fd >= 0) this.#open.set(filesystem, fd);
    return fd;
  }

  #identityOf(mountPoint: Buffer): string | null {
    const status = Buffer.alloc(STATFS_BYTES);
    if (this.#calls.statfs(pathBytes(mountPoint), status) < 0) return null;
    return status.toString('hex', IDENTITY_AT, IDENTITY_AT + IDENTITY_BYTES);
  }
}

function openFolder(path: Buffer): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return -1;
  }
}
