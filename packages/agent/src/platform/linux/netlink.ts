import { callError, ERRNO, systemCalls } from './system-calls.ts';

/* The kernel's sockets to itself (netlink(7)): a header of 16 bytes `{u32 length, u16 type, u16 flags,
   u32 sequence, u32 port}`, then what the protocol says. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const POLLIN = 1;

export const NETLINK = { inetDiag: 4, audit: 9, connector: 11 } as const;
export const NETLINK_HEAD_BYTES = 16;
/** `NLM_F_REQUEST`, `NLM_F_ACK`, `NLM_F_DUMP`. */
export const NETLINK_FLAG = { request: 1, acknowledge: 4, dump: 0x300 } as const;
/** `NLMSG_ERROR` (an acknowledgement when its number is 0) and `NLMSG_DONE`. */
export const NETLINK_TYPE = { error: 2, done: 3 } as const;

/** What of the kernel a socket is opened to. */
export interface NetlinkOptions {
  readonly protocol: number;
  /** Bit set of multicast groups; 0 to only ask. */
  readonly groups: number;
  /** How much the kernel keeps for us while we are busy. */
  readonly queueBytes: number;
  /** Longest datagram. */
  readonly datagramBytesMax: number;
}

/** An open socket. Use it in one thread. */
export interface NetlinkSocket {
  readonly descriptor: number;
  /** @throws SystemCallError when the kernel refuses. */
  readonly send: (message: Buffer) => void;
  /** The next datagram, valid until the next call; `lost` when the kernel had no room; null when none waits. */
  readonly receive: () => Buffer | 'lost' | null;
  /** Waits until something can be received; false when the time is over. Blocks the thread. */
  readonly wait: (timeoutMs: number) => boolean;
  readonly close: () => void;
}

/** Opens a socket that never blocks. @throws SystemCallError when the kernel refuses. */
export function openNetlink(options: NetlinkOptions): NetlinkSocket {
  const calls = systemCalls();
  const kind = SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const descriptor = calls.check('socket', calls.socket(AF_NETLINK, kind, options.protocol));
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(options.groups, 8);
  if (calls.bind(descriptor, address, address.length) < 0) {
    const errno = calls.errno();
    calls.close(descriptor);
    throw callError('bind', errno);
  }
  const size = Buffer.alloc(4);
  size.writeUInt32LE(options.queueBytes, 0);
  /* Refused without privileges: the default queue then loses sooner, which is counted. */
  calls.setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length);
  const datagram = Buffer.alloc(options.datagramBytesMax);
  const pollEntry = Buffer.alloc(8);
  pollEntry.writeInt32LE(descriptor, 0);
  pollEntry.writeInt16LE(POLLIN, 4);
  return {
    descriptor,
    send: (message) => {
      calls.check('send', calls.send(descriptor, message, message.length, 0));
    },
    receive() {
      const count = calls.recv(descriptor, datagram, datagram.length, 0);
      if (count >= 0) return datagram.subarray(0, count);
      return calls.errno() === ERRNO.ENOBUFS ? 'lost' : null;
    },
    wait: (timeoutMs) => calls.poll(pollEntry, 1, timeoutMs) > 0,
    close: () => void calls.close(descriptor),
  };
}

/** A request with its payload. */
export function netlinkRequest(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(NETLINK_HEAD_BYTES);
  head.writeUInt32LE(NETLINK_HEAD_BYTES + payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(NETLINK_FLAG.request | flags, 6);
  return Buffer.concat([head, payload]);
}

/** One message of a datagram. */
export interface NetlinkMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** The messages of a datagram; what is cut off at its end is left out. */
export function* netlinkMessages(datagram: Buffer): Generator<NetlinkMessage> {
  let at = 0;
  while (at + NETLINK_HEAD_BYTES <= datagram.length) {
    const length = datagram.readUInt32LE(at);
    if (length < NETLINK_HEAD_BYTES || at + length > datagram.length) return;
    const payload = datagram.subarray(at + NETLINK_HEAD_BYTES, at + length);
    yield { type: datagram.readUInt16LE(at + 4), payload };
    at += (length + 3) & ~3;
  }
}
