import type { FileStatus } from '../../platform/linux/file-status.ts';
import { AT_EMPTY_PATH, type SystemCalls } from '../../platform/linux/system-calls.ts';
import { O_CLOEXEC, O_LARGEFILE, O_NOATIME, O_NONBLOCK } from '../../platform/linux/fanotify.ts';
import {
  CELLS,
  DIRTY_FILES_MAX,
  DIRTY_INTS,
  FILESYSTEM_INTS,
  type SharedState,
} from './shared-state.ts';

/** Device major and minor stand before the handle. */
const HANDLE_AT_INT = 2;
const HANDLE_HEAD_BYTES = 8;
const HANDLE_DATA_BYTES_MAX = (DIRTY_INTS - HANDLE_AT_INT) * 4 - HANDLE_HEAD_BYTES;

/**
 * Written files whose scan had to be put off: by the kernel's handle of the file, which needs no
 * descriptor and survives a rename. One thread adds, several take.
 */
export class DirtyFiles {
  readonly #state: SharedState;
  readonly #calls: SystemCalls;
  readonly #entry = new Int32Array(DIRTY_INTS);
  readonly #handle = Buffer.from(this.#entry.buffer, HANDLE_AT_INT * 4);
  readonly #mountId = Buffer.alloc(4);
  readonly #noName = Buffer.alloc(1);

  constructor(state: SharedState, calls: SystemCalls) {
    this.#state = state;
    this.#calls = calls;
  }

  /** Whether somebody has still to open one: until then descriptors are kept for it. */
  get isPending(): boolean {
    const { cells } = this.#state;
    return Atomics.load(cells, CELLS.dirtyHead) !== Atomics.load(cells, CELLS.dirtyDone);
  }

  /** Keeps the file and takes its descriptor over; false when there is no room or it has no handle. */
  push(fd: number, status: FileStatus): boolean {
    const { cells, dirty } = this.#state;
    const head = Atomics.load(cells, CELLS.dirtyHead);
    if (((head - Atomics.load(cells, CELLS.dirtyTail)) | 0) >= DIRTY_FILES_MAX) return false;
    this.#entry[0] = status.deviceMajor;
    this.#entry[1] = status.deviceMinor;
    this.#handle.writeUInt32LE(HANDLE_DATA_BYTES_MAX, 0);
    const { name_to_handle_at } = this.#calls;
    if (name_to_handle_at(fd, this.#noName, this.#handle, this.#mountId, AT_EMPTY_PATH) < 0) {
      return false;
    }
    if (!this.#keepFilesystem(fd, status)) return false;
    dirty.set(this.#entry, (head & (DIRTY_FILES_MAX - 1)) * DIRTY_INTS);
    Atomics.store(cells, CELLS.dirtyHead, (head + 1) | 0);
    return true;
  }

  /** Closes what was kept open; a mount cannot be taken away before. For the thread that pushes. */
  releaseFilesystems(): void {
    const { filesystems } = this.#state;
    for (let at = 0; at < filesystems.length; at += FILESYSTEM_INTS) {
      const fd = Atomics.exchange(filesystems, at + 2, 0) - 1;
      if (fd < 0) return;
      this.#calls.close(fd);
    }
  }

  /** Opens the next file; -1 when there is none, -2 when it is gone. */
  openNext(): number {
    const { cells, dirty } = this.#state;
    for (;;) {
      const tail = Atomics.load(cells, CELLS.dirtyTail);
      if (((Atomics.load(cells, CELLS.dirtyHead) - tail) | 0) <= 0) return -1;
      const at = (tail & (DIRTY_FILES_MAX - 1)) * DIRTY_INTS;
      this.#entry.set(dirty.subarray(at, at + DIRTY_INTS));
      /* Read before it is taken: what was taken may be written over at once. */
      if (Atomics.compareExchange(cells, CELLS.dirtyTail, tail, (tail + 1) | 0) === tail) break;
    }
    const fd = this.#open();
    Atomics.add(cells, CELLS.dirtyDone, 1);
    return fd;
  }

  #open(): number {
    const mount = this.#filesystemOf(this.#entry[0] ?? 0, this.#entry[1] ?? 0);
    if (mount < 0) return -2;
    /* Never waits for a pipe or device that took the file's place. */
    const flags = O_CLOEXEC | O_LARGEFILE | O_NOATIME | O_NONBLOCK;
    const fd = this.#calls.open_by_handle_at(mount, this.#handle, flags);
    return fd < 0 ? -2 : fd;
  }

  /** A handle is opened through any file of its filesystem: the first one stays open for the others. */
  #keepFilesystem(fd: number, status: FileStatus): boolean {
    const { filesystems } = this.#state;
    if (this.#filesystemOf(status.deviceMajor, status.deviceMinor) >= 0) {
      this.#calls.close(fd);
      return true;
    }
    for (let at = 0; at < filesystems.length; at += FILESYSTEM_INTS) {
      if (Atomics.load(filesystems, at + 2) !== 0) continue;
      Atomics.store(filesystems, at, status.deviceMajor);
      Atomics.store(filesystems, at + 1, status.deviceMinor);
      Atomics.store(filesystems, at + 2, fd + 1);
      return true;
    }
    return false;
  }

  #filesystemOf(major: number, minor: number): number {
    const { filesystems } = this.#state;
    for (let at = 0; at < filesystems.length; at += FILESYSTEM_INTS) {
      const fd = Atomics.load(filesystems, at + 2) - 1;
      if (fd < 0) return -1;
      const isMajor = Atomics.load(filesystems, at) === major;
      if (isMajor && Atomics.load(filesystems, at + 1) === minor) return fd;
    }
    return -1;
  }
}
