import {
  FAN_INIT,
  FAN_MARK,
  O_CLOEXEC,
  O_LARGEFILE,
  O_NOATIME,
} from '../../platform/linux/fanotify.ts';
import {
  AT_FDCWD,
  errnoName,
  pathBytes,
  type SystemCalls,
} from '../../platform/linux/system-calls.ts';
import { maskOf } from './levels.ts';
import { strictFilesystems, type Filesystem } from './filesystems.ts';
import type { ProtectionPolicy } from '@wardgrid/wire';

const O_RDONLY = 0;

/** What is watched of which filesystem. */
interface Mark {
  readonly filesystem: Filesystem;
  readonly mask: number;
}

/**
 * The permission group and its marks. Whole filesystems are marked, never mounts: a service in a mount
 * namespace of its own would see nothing of the machine. No child inherits the group, or whoever is
 * held would stay so after the agent's death.
 */
export class PermissionGroup {
  readonly fd: number;
  readonly #calls: SystemCalls;
  #marks: readonly Mark[] = [];
  #refused = new Map<string, string>();

  /** @throws SystemCallError where the kernel or our rights do not allow it. */
  constructor(calls: SystemCalls, options: { readonly isQueueUnlimited: boolean }) {
    this.#calls = calls;
    const { CLOEXEC, NONBLOCK, CLASS_CONTENT, UNLIMITED_QUEUE, UNLIMITED_MARKS } = FAN_INIT;
    const flags = CLOEXEC | NONBLOCK | CLASS_CONTENT | UNLIMITED_MARKS;
    const queue = options.isQueueUnlimited ? UNLIMITED_QUEUE : 0;
    const eventFlags = O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NOATIME;
    this.fd = calls.check('fanotify_init', calls.fanotify_init(flags | queue, eventFlags));
  }

  /** Filesystems that could not be marked, each with the kernel's reason. */
  get refused(): ReadonlyMap<string, string> {
    return this.#refused;
  }

  get isMarked(): boolean {
    return this.#marks.length > 0;
  }

  /** Watches exactly these filesystems as the policy wants. Marks that are there are set again. */
  mark(filesystems: readonly Filesystem[], policy: ProtectionPolicy): void {
    const strict = strictFilesystems(filesystems, policy);
    this.#refused = new Map();
    const marks: Mark[] = [];
    for (const filesystem of filesystems) {
      const mask = maskOf(policy, strict.has(filesystem));
      const before = this.#marks.find((mark) => mark.filesystem.device === filesystem.device);
      const surplus = (before?.mask ?? 0) & ~mask;
      if (surplus !== 0) this.#change(FAN_MARK.REMOVE, filesystem, surplus);
      if (mask === 0) continue;
      if (this.#change(FAN_MARK.ADD, filesystem, mask)) marks.push({ filesystem, mask });
      else this.#refuse(filesystem);
    }
    this.#marks = marks;
  }

  /** Watches nothing any more: nobody is held from here on. */
  unmark(): void {
    for (const { filesystem, mask } of this.#marks) {
      this.#change(FAN_MARK.REMOVE, filesystem, mask);
    }
    this.#marks = [];
  }

  /** Forgets every verdict that the kernel keeps for us. */
  flushVerdicts(): void {
    this.#calls.fanotify_mark(this.fd, FAN_MARK.FLUSH, 0n, AT_FDCWD, '/');
  }

  /** Closes the group: the kernel lets everybody through whom it held. */
  close(): void {
    this.#calls.close(this.fd);
  }

  #change(flag: number, { mountPoint }: Filesystem, mask: number): boolean {
    const flags = flag | FAN_MARK.FILESYSTEM;
    const path = pathBytes(mountPoint);
    return this.#calls.fanotify_mark(this.fd, flags, BigInt(mask), AT_FDCWD, path) === 0;
  }

  #refuse({ mountPoint }: Filesystem): void {
    this.#refused.set(mountPoint.toString(), errnoName(this.#calls.errno()));
  }
}
