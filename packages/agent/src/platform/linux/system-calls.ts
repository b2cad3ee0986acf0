import { dlopen, getInt32, getRawPointer, toArrayBuffer, type FunctionDefinitions } from 'node:ffi';
import { constants } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { WardgridError } from '@wardgrid/base';

/*
 * System calls as the C library has them: names, order and meaning of arguments are those of the
 * manual pages, and -1 means that `errno()` says why, read at once. The one place that knows how
 * foreign functions are called (ADR 0013).
 *
 * A length is declared `u32` and a returned length `i32`, although C says `size_t` and `ssize_t`: the
 * foreign function library widens the first with zeroes, and no buffer of ours has 2 GB. So a call
 * makes no BigInt, which matters on the path that held processes wait for.
 *
 * A `buffer` may be any typed array, also over shared memory. A `pointer` may be null, an address, a
 * buffer, or a string, which is passed as UTF-8 with a NUL; a path that is no UTF-8 is passed as a
 * buffer that ends in NUL (`pathBytes`).
 */
const DEFINITIONS = {
  // descriptors
  read: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  pread: { arguments: ['i32', 'buffer', 'u32', 'i64'], return: 'i32' },
  preadv2: { arguments: ['i32', 'buffer', 'i32', 'i64', 'i32'], return: 'i32' },
  write: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  close: { arguments: ['i32'], return: 'i32' },
  ftruncate: { arguments: ['i32', 'i64'], return: 'i32' },
  fchown: { arguments: ['i32', 'u32', 'u32'], return: 'i32' },
  lseek: { arguments: ['i32', 'i64', 'i32'], return: 'i64' },
  futimens: { arguments: ['i32', 'buffer'], return: 'i32' },
  poll: { arguments: ['buffer', 'u32', 'i32'], return: 'i32' },
  eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
  fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
  ioctl: { arguments: ['i32', 'u64', 'pointer'], return: 'i32' },
  statx: { arguments: ['i32', 'pointer', 'i32', 'u32', 'buffer'], return: 'i32' },
  clock_gettime: { arguments: ['i32', 'buffer'], return: 'i32' },
  // of one thread; 0 is the caller's
  setpriority: { arguments: ['i32', 'u32', 'i32'], return: 'i32' },
  gettid: { arguments: [], return: 'i32' },
  // glibc's own: gives freed memory back to the system
  malloc_trim: { arguments: ['u64'], return: 'i32' },
  statfs: { arguments: ['pointer', 'buffer'], return: 'i32' },
  memfd_create: { arguments: ['pointer', 'u32'], return: 'i32' },
  // names
  openat: { arguments: ['i32', 'pointer', 'i32', 'u32'], return: 'i32' },
  unlinkat: { arguments: ['i32', 'pointer', 'i32'], return: 'i32' },
  linkat: { arguments: ['i32', 'pointer', 'i32', 'pointer', 'i32'], return: 'i32' },
  readlinkat: { arguments: ['i32', 'pointer', 'buffer', 'u32'], return: 'i32' },
  name_to_handle_at: { arguments: ['i32', 'pointer', 'buffer', 'buffer', 'i32'], return: 'i32' },
  open_by_handle_at: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
  // extended attributes (access lists and capabilities are some)
  fgetxattr: { arguments: ['i32', 'pointer', 'pointer', 'u32'], return: 'i32' },
  fsetxattr: { arguments: ['i32', 'pointer', 'buffer', 'u32', 'i32'], return: 'i32' },
  flistxattr: { arguments: ['i32', 'pointer', 'u32'], return: 'i32' },
  fremovexattr: { arguments: ['i32', 'pointer'], return: 'i32' },
  // fanotify
  fanotify_init: { arguments: ['u32', 'u32'], return: 'i32' },
  fanotify_mark: { arguments: ['i32', 'u32', 'u64', 'i32', 'pointer'], return: 'i32' },
  // sockets
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  bind: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u32', 'i32'], return: 'i32' },
  sendto: { arguments: ['i32', 'buffer', 'u32', 'i32', 'buffer', 'u32'], return: 'i32' },
  recv: { arguments: ['i32', 'buffer', 'u32', 'i32'], return: 'i32' },
  sendmsg: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
  setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
  getsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'], return: 'i32' },
  // memory; `mmap` gives an address, 2^64 - 1 when it failed
  mmap: { arguments: ['pointer', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'pointer' },
  munmap: { arguments: ['pointer', 'u64'], return: 'i32' },
  process_vm_readv: {
    arguments: ['i32', 'buffer', 'u32', 'buffer', 'u32', 'u32'],
    return: 'i32',
  },
  // for calls that older C libraries have no name for
  syscall: { arguments: ['i64', 'i64', 'pointer', 'pointer', 'pointer', 'i64'], return: 'i64' },
  __errno_location: { arguments: [], return: 'pointer' },
} as const satisfies FunctionDefinitions;

/** Numbers of system calls, by processor where they differ. */
const CALL_NUMBERS = {
  renameat2: process.arch === 'arm64' ? 276n : 316n,
  pidfdSendSignal: 424n,
  pidfdOpen: 434n,
  openat2: 437n,
} as const;

/** Numbers of errors by their names. */
export const ERRNO = constants.errno;
const ERROR_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, number]) => [number, name]),
);

/** The folder that relative names start from is the working folder. */
export const AT_FDCWD = -100;
/** Also for `statx` and `linkat`: the descriptor itself, with an empty name. */
export const AT_EMPTY_PATH = 0x1000;

/** How a name is opened by `openat2`. */
export interface OpenHow {
  readonly flags: number;
  readonly mode?: number;
  /** `RESOLVE` bits. */
  readonly resolve: number;
}

export const RESOLVE = {
  NO_XDEV: 1,
  NO_MAGICLINKS: 2,
  NO_SYMLINKS: 4,
  BENEATH: 8,
} as const;

/** A name in a folder. */
export interface NameAt {
  readonly folder: number;
  readonly name: string | Uint8Array;
}

/** Renames without replacing. */
export const RENAME_NOREPLACE = 1;

/** Why system calls cannot be made at all, or what one of them answered. */
export type SystemCallErrorCode = 'system-calls-unavailable' | 'system-call-failed';

/** A system call that a caller could not go on without. */
export class SystemCallError extends WardgridError<SystemCallErrorCode> {}

/** The C library as this thread sees it. */
export type SystemCalls = ReturnType<typeof loadSystemCalls>;

let loaded: SystemCalls | undefined;

/** The system calls of this thread, loaded once. @throws SystemCallError where there are none. */
export function systemCalls(): SystemCalls {
  loaded ??= loadSystemCalls();
  return loaded;
}

function loadSystemCalls() {
  /* Node 26.10 falls when a thread ends while V8 still compiles a direct call of an `ffi` function. */
  setFlagsFromString('--no-turbo-fast-api-calls');
  const calls = loadFunctions();
  const errnoAt = calls.__errno_location();
  const errno = (): number => getInt32(errnoAt, 0);
  return {
    ...calls,
    /** Why the last call of this thread gave -1. */
    errno,
    /** Gives the result back. @throws SystemCallError when it is negative. */
    check(name: string, result: number): number {
      if (result < 0) throw callError(name, errno());
      return result;
    },
    openat2(folder: number, name: NameAt['name'], how: OpenHow): number {
      const bytes = Buffer.alloc(24);
      bytes.writeBigUInt64LE(BigInt(how.flags), 0);
      bytes.writeBigUInt64LE(BigInt(how.mode ?? 0), 8);
      bytes.writeBigUInt64LE(BigInt(how.resolve), 16);
      const size = BigInt(bytes.length);
      return Number(calls.syscall(CALL_NUMBERS.openat2, BigInt(folder), name, bytes, size, 0n));
    },
    renameat2(from: NameAt, to: NameAt, flags: number): number {
      const folder = BigInt.asUintN(64, BigInt(to.folder));
      const origin = BigInt(from.folder);
      const number = CALL_NUMBERS.renameat2;
      return Number(calls.syscall(number, origin, from.name, folder, to.name, BigInt(flags)));
    },
    /** A descriptor of a process: readable when it ended, and never another process's. */
    pidfdOpen(pid: number): number {
      return Number(calls.syscall(CALL_NUMBERS.pidfdOpen, BigInt(pid), 0n, 0n, 0n, 0n));
    },
    pidfdSendSignal(pidfd: number, signal: number): number {
      const number = CALL_NUMBERS.pidfdSendSignal;
      return Number(calls.syscall(number, BigInt(pidfd), BigInt(signal), 0n, 0n, 0n));
    },
    /** Where a buffer lies, for structures that point to it. It must outlive the call. */
    addressOf: (buffer: Uint8Array): bigint => getRawPointer(buffer),
    /** Memory at an address as an array, without a copy. Gone with the mapping: never use it after. */
    view: (address: bigint, lengthBytes: number): ArrayBuffer =>
      toArrayBuffer(address, lengthBytes, false),
  };
}

function loadFunctions() {
  try {
    return dlopen(null, DEFINITIONS).functions;
  } catch (cause) {
    throw new SystemCallError('system-calls-unavailable', 'the C library cannot be called', {
      cause,
    });
  }
}

/** The error of a call by the kernel's own name: `openat2: ELOOP`. */
export function callError(name: string, errno: number): SystemCallError {
  return new SystemCallError('system-call-failed', `${name}: ${errnoName(errno)}`);
}

/** `ENOENT` for 2. */
export function errnoName(errno: number): string {
  return ERROR_NAMES.get(errno) ?? `errno ${errno}`;
}

/** A path as the kernel takes it, from bytes that need not be UTF-8. */
export function pathBytes(path: Uint8Array): Buffer {
  return Buffer.concat([path, Buffer.alloc(1)]);
}
