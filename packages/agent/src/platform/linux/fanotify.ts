/* Numbers of the fanotify interface (linux/fanotify.h), equal on every processor. */

export const FAN_INIT = {
  CLOEXEC: 0x1,
  NONBLOCK: 0x2,
  CLASS_CONTENT: 0x4,
  UNLIMITED_QUEUE: 0x10,
  UNLIMITED_MARKS: 0x20,
  REPORT_FID: 0x200,
  REPORT_DIR_FID: 0x400,
  REPORT_NAME: 0x800,
  REPORT_TARGET_FID: 0x1000,
} as const;

export const FAN_MARK = {
  ADD: 0x1,
  REMOVE: 0x2,
  IGNORED_MASK: 0x20,
  FLUSH: 0x80,
  FILESYSTEM: 0x100,
  EVICTABLE: 0x200,
} as const;

export const FAN = {
  ATTRIB: 0x4,
  CLOSE_WRITE: 0x8,
  CREATE: 0x100,
  DELETE: 0x200,
  OPEN_EXEC: 0x1000,
  Q_OVERFLOW: 0x4000,
  OPEN_PERM: 0x1_0000,
  OPEN_EXEC_PERM: 0x4_0000,
  RENAME: 0x1000_0000,
  ONDIR: 0x4000_0000,
} as const;

/** Events whose cause is held by the kernel until they are answered. */
export const FAN_HELD = FAN.OPEN_PERM | FAN.OPEN_EXEC_PERM;

export const FAN_ALLOW = 1;
export const FAN_DENY = 2;

/** `struct fanotify_event_metadata`: its size and where its fields are. */
export const FAN_EVENT = { bytes: 24, lengthAt: 0, maskAt: 8, fdAt: 16, pidAt: 20 } as const;

/** Records that follow an event of a group that reports handles. */
export const FAN_INFO = { FID: 1, DFID_NAME: 2, DFID: 3, OLD_DFID_NAME: 10, NEW_DFID_NAME: 12 };

/** Large files open too; the number differs by processor and Node leaves it out. */
export const O_LARGEFILE = process.arch === 'arm64' ? 0o400000 : 0o100000;
export const O_CLOEXEC = 0o2000000;
export const O_NONBLOCK = 0o4000;
export const O_NOATIME = 0o1000000;
export const O_PATH = 0o10000000;
