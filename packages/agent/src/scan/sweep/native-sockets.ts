import { dlopen, getInt32 } from 'node:ffi';
import { setFlagsFromString } from 'node:v8';
import type { Outcome } from './schedule.ts';

/** What an attempt stands at: an outcome, still under way, or refused by our own kernel for now. */
export type Attempt = Outcome | 'pending' | 'busy';

/** A fixed number of sockets that connect again and again, and one wait for all of them. */
export interface Sockets {
  readonly begin: (slot: number, address: number, port: number) => Attempt;
  /** How the slot's attempt stands. */
  readonly check: (slot: number) => Attempt;
  /** Waits until something may have changed; returns how many slots, to be read by `readySlot`. */
  readonly wait: (timeoutMs: number) => number;
  readonly readySlot: (position: number) => number;
  /** Ends the slot's attempt or connection and makes it fit for another. */
  readonly reset: (slot: number) => void;
  readonly close: () => void;
}

/* Numbers of the Linux interface, equal on x86-64 and arm64 (asm-generic). */
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_LINGER = 13;
const EPOLL_CTL_ADD = 1;
const EPOLL_CLOEXEC = 0o2000000;
const EPOLLOUT = 0x4;
const EPOLLET = 0x8000_0000;
const ERRNO = { refused: 111, already: 114, inProgress: 115, isConnected: 106 } as const;

/** Errors that say "not now" about ourselves, not about the host: EAGAIN, ENOMEM, EADDRINUSE, EADDRNOTAVAIL, ECONNABORTED, ENOBUFS, EINTR. */
const BUSY: ReadonlySet<number> = new Set([11, 12, 98, 99, 103, 105, 4]);

const SOCKADDR_BYTES = 16;

/** `struct epoll_event` is packed on x86-64 only. */
const EVENT = process.arch === 'x64' ? { bytes: 12, dataAt: 4 } : { bytes: 16, dataAt: 8 };

/** Events taken by one wait: more only delays the answers to the first. */
const EVENTS_MAX = 256;

/** The calls of the C library, or an exception where this Node or system has not got them. */
function loadCalls() {
  /* Node 26.10 falls (3 of 100 runs) when a thread ends while V8 still compiles a direct call of an
     `ffi` function; without such calls none of 400 runs fell, and a scan takes 6 % longer. */
  setFlagsFromString('--no-turbo-fast-api-calls');
  const { functions, lib } = dlopen(null, {
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
    setsockopt: { arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'], return: 'i32' },
    getsockname: { arguments: ['i32', 'buffer', 'buffer'], return: 'i32' },
    epoll_create1: { arguments: ['i32'], return: 'i32' },
    epoll_ctl: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
    epoll_wait: { arguments: ['i32', 'buffer', 'i32', 'i32'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const errnoAt = functions.__errno_location();
  return { ...functions, errno: () => getInt32(errnoAt, 0), unload: () => lib.close() };
}

/**
 * Sockets made by system calls on preallocated buffers. A refused socket connects again without
 * being made anew, which halves the calls a closed port costs. Use and close it in one thread.
 * @throws Error when `node:ffi` or the C library cannot be used, or no descriptor is left.
 */
export function createNativeSockets(slotCount: number): Sockets {
  return new NativeSockets(slotCount);
}

class NativeSockets implements Sockets {
  readonly #calls = loadCalls();
  readonly #descriptors: Int32Array;
  /** A `sockaddr_in` a slot. */
  readonly #addresses: readonly Buffer[];
  readonly #events = Buffer.alloc(EVENT.bytes * EVENTS_MAX);
  readonly #wanted = Buffer.alloc(EVENT.bytes);
  readonly #ownName = Buffer.alloc(SOCKADDR_BYTES);
  readonly #ownNameLength = Buffer.alloc(4);
  /** Linger of zero: closing sends a reset and leaves no TIME_WAIT that would use up ports. */
  readonly #linger = Buffer.from(Int32Array.of(1, 0).buffer);
  readonly #epoll: number;

  constructor(slotCount: number) {
    this.#descriptors = new Int32Array(slotCount).fill(-1);
    this.#addresses = Array.from({ length: slotCount }, () => Buffer.alloc(SOCKADDR_BYTES));
    this.#epoll = this.#calls.epoll_create1(EPOLL_CLOEXEC);
    if (this.#epoll < 0) throw new Error(`no epoll: errno ${this.#calls.errno()}`);
  }

  begin(slot: number, address: number, port: number): Attempt {
    const bytes = this.#addresses[slot];
    if (!bytes || !this.#prepare(slot)) return 'busy';
    bytes.writeUInt16LE(AF_INET, 0);
    bytes.writeUInt16BE(port, 2);
    bytes.writeUInt32BE(address, 4);
    const attempt = this.check(slot);
    /* A neighbour's answer is often here before the call returns: asking again saves a wait. */
    return attempt === 'pending' ? this.check(slot) : attempt;
  }

  check(slot: number): Attempt {
    const address = this.#addresses[slot];
    if (!address) return 'busy';
    const result = this.#calls.connect(this.#descriptors[slot] ?? -1, address, SOCKADDR_BYTES);
    const errno = result === 0 ? ERRNO.isConnected : this.#calls.errno();
    if (errno === ERRNO.refused) return 'refused';
    if (errno === ERRNO.inProgress || errno === ERRNO.already) return 'pending';
    if (errno === ERRNO.isConnected) return this.#judgeConnected(slot, address);
    return BUSY.has(errno) ? 'busy' : 'unreachable';
  }

  wait(timeoutMs: number): number {
    return Math.max(0, this.#calls.epoll_wait(this.#epoll, this.#events, EVENTS_MAX, timeoutMs));
  }

  readySlot(position: number): number {
    return this.#events.readUInt32LE(position * EVENT.bytes + EVENT.dataAt);
  }

  reset(slot: number): void {
    const descriptor = this.#descriptors[slot] ?? -1;
    if (descriptor >= 0) this.#calls.close(descriptor);
    this.#descriptors[slot] = -1;
  }

  close(): void {
    for (let slot = 0; slot < this.#descriptors.length; slot += 1) this.reset(slot);
    this.#calls.close(this.#epoll);
    this.#calls.unload();
  }

  /** Whether the slot has a socket; made here when it has none. */
  #prepare(slot: number): boolean {
    if ((this.#descriptors[slot] ?? -1) >= 0) return true;
    const kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
    const descriptor = this.#calls.socket(AF_INET, kind, 0);
    if (descriptor < 0) return false;
    const linger = this.#linger;
    this.#calls.setsockopt(descriptor, SOL_SOCKET, SO_LINGER, linger, linger.length);
    this.#wanted.writeUInt32LE((EPOLLOUT | EPOLLET) >>> 0, 0);
    this.#wanted.writeUInt32LE(slot, EVENT.dataAt);
    if (this.#calls.epoll_ctl(this.#epoll, EPOLL_CTL_ADD, descriptor, this.#wanted) < 0) {
      this.#calls.close(descriptor);
      return false;
    }
    this.#descriptors[slot] = descriptor;
    return true;
  }

  /**
   * TCP may connect a socket to itself when a machine's own ephemeral ports are scanned: that is
   * no service, and the socket would take the next target for connected too.
   */
  #judgeConnected(slot: number, address: Buffer): Attempt {
    this.#ownNameLength.writeUInt32LE(SOCKADDR_BYTES, 0);
    const descriptor = this.#descriptors[slot] ?? -1;
    const result = this.#calls.getsockname(descriptor, this.#ownName, this.#ownNameLength);
    if (result !== 0 || this.#ownName.compare(address, 2, 8, 2, 8) !== 0) return 'open';
    this.reset(slot);
    return 'refused';
  }
}
