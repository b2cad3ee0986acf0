import { ERRNO, systemCalls, type SystemCalls } from './system-calls.ts';

/*
 * A stream socket in the file system (unix(7)), used by a thread that may wait: a scanner has nothing
 * to do until clamd answers. Node's own sockets cannot be waited for, nor send descriptors.
 */

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 0o2000001;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const SCM_RIGHTS = 1;
/** A broken connection is told by -1, not by SIGPIPE. */
const MSG_NOSIGNAL = 0x4000;
/** Signals that a call outlives; a storm of them ends the wait as a time-out would. */
const INTERRUPTIONS_MAX = 10;
/** `sun_path` with its NUL. */
const PATH_BYTES_MAX = 108;

/** A connected socket. Every call returns after the time-out that was set last; signals prolong it. */
export interface UnixSocket {
  /** Longest that a single send or receive waits. */
  readonly limitWait: (timeoutMs: number) => void;
  /** False when not everything could be sent. */
  readonly send: (bytes: Uint8Array) => boolean;
  /** Sends one zero byte with a descriptor, which the other side then has as well. */
  readonly sendDescriptor: (fd: number) => boolean;
  /** What came; `late` when nothing came in time, `lost` when the other side is gone. */
  readonly receive: (bytesMax: number) => Uint8Array | 'late' | 'lost';
  readonly close: () => void;
}

/** Connects within the time-out; undefined when nobody listens there. */
export function connectUnix(path: string, timeoutMs: number): UnixSocket | undefined {
  const address = addressOf(path);
  if (!address) return undefined;
  const calls = systemCalls();
  const fd = calls.socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const socket = socketOf(calls, fd);
  socket.limitWait(timeoutMs);
  if (uninterrupted(calls, () => calls.connect(fd, address, address.length)) === 0) return socket;
  socket.close();
  return undefined;
}

function addressOf(path: string): Buffer | undefined {
  const name = Buffer.from(path);
  if (name.length >= PATH_BYTES_MAX || name.includes(0)) return undefined;
  const address = Buffer.alloc(2 + PATH_BYTES_MAX);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

/**
 * A call made again when a signal ended it. A socket with a time-out is interrupted by every signal
 * that is handled, SA_RESTART or not (signal(7)); Node handles SIGCHLD, which comes for every child
 * that ends or is stopped. Each repetition may wait the whole time-out, so there are few.
 */
function uninterrupted(calls: SystemCalls, call: () => number): number {
  for (let left = INTERRUPTIONS_MAX; ; left--) {
    const result = call();
    if (result >= 0 || left === 0 || calls.errno() !== ERRNO.EINTR) return result;
  }
}

function socketOf(calls: SystemCalls, fd: number): UnixSocket {
  return {
    limitWait(timeoutMs) {
      // A timeval of zero would mean for ever.
      const time = Buffer.alloc(16);
      const waitMs = Math.max(1, Math.ceil(timeoutMs));
      time.writeBigInt64LE(BigInt(Math.floor(waitMs / 1_000)), 0);
      time.writeBigInt64LE(BigInt((waitMs % 1_000) * 1_000), 8);
      for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) {
        calls.setsockopt(fd, SOL_SOCKET, option, time, time.length);
      }
    },
    send(bytes) {
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.subarray(at);
        const sent = uninterrupted(calls, () => calls.send(fd, rest, rest.length, MSG_NOSIGNAL));
        if (sent <= 0) return false;
        at += sent;
      }
      return true;
    },
    sendDescriptor: (passed) => sendDescriptor(calls, fd, passed),
    receive(bytesMax) {
      const bytes = Buffer.alloc(bytesMax);
      const got = uninterrupted(calls, () => calls.recv(fd, bytes, bytesMax, 0));
      if (got > 0) return bytes.subarray(0, got);
      const isLate = got < 0 && [ERRNO.EAGAIN, ERRNO.EINTR].includes(calls.errno());
      return isLate ? 'late' : 'lost';
    },
    close: () => void calls.close(fd),
  };
}

/** sendmsg(2) with one byte and one control message (cmsg(3)); layouts of 64-bit Linux. */
function sendDescriptor(calls: SystemCalls, fd: number, passed: number): boolean {
  const dummy = Buffer.alloc(1);
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(calls.addressOf(dummy), 0);
  vector.writeBigUInt64LE(1n, 8);
  const control = Buffer.alloc(24);
  control.writeBigUInt64LE(20n, 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  control.writeInt32LE(passed, 16);
  const message = Buffer.alloc(56);
  message.writeBigUInt64LE(calls.addressOf(vector), 16);
  message.writeBigUInt64LE(1n, 24);
  message.writeBigUInt64LE(calls.addressOf(control), 32);
  message.writeBigUInt64LE(BigInt(control.length), 40);
  return uninterrupted(calls, () => calls.sendmsg(fd, message, MSG_NOSIGNAL)) === 1;
}
