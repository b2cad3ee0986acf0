import {
  NETLINK,
  NETLINK_FLAG,
  NETLINK_TYPE,
  netlinkMessages,
  netlinkRequest,
  openNetlink,
  type NetlinkSocket,
} from '../../platform/linux/netlink.ts';
import { ipOf, type SocketAddress } from './sockets.ts';

/* sock_diag(7): `struct inet_diag_req_v2` asks, `struct inet_diag_msg` answers. */
const SOCK_DIAG_BY_FAMILY = 20;
const REQUEST_BYTES = 56;
const ANSWER_BYTES = 72;
const AT = {
  family: 0,
  state: 1,
  localPort: 4,
  remotePort: 6,
  local: 8,
  remote: 24,
  cookie: 44,
  uid: 64,
  inode: 68,
} as const;
const ADDRESS_BYTES = 16;
const FAMILIES = [2, 10] as const;
const PROTOCOLS = { tcp: 6, udp: 17 } as const;
/* net/tcp_states.h; a UDP socket without a peer is "closed". */
const STATE = { established: 1, synSent: 2, synReceived: 3, closed: 7, listen: 10 } as const;
const TCP_STATES =
  (1 << STATE.established) | (1 << STATE.synSent) | (1 << STATE.synReceived) | (1 << STATE.listen);
const UDP_STATES = (1 << STATE.established) | (1 << STATE.closed);

/** Sockets of one look: a proxy has more, and then says so. */
const SOCKETS_MAX = 20_000;
const QUEUE_BYTES = 1024 * 1024;
const DATAGRAM_BYTES_MAX = 64 * 1024;
/** The kernel answers within the call. */
const ANSWER_MS_MAX = 500;

/** A socket of this network namespace. */
export interface SocketRow {
  /** Unique for as long as the machine runs. */
  readonly cookie: bigint;
  readonly transport: 'tcp' | 'udp';
  readonly isListening: boolean;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly uid: number;
  readonly inode: string;
}

/** All sockets at one moment. */
export interface SocketTable {
  readonly rows: readonly SocketRow[];
  readonly isTruncated: boolean;
}

/** Asks the kernel for its sockets. @throws SystemCallError where it does not answer such questions. */
export function readSocketTable(): SocketTable {
  const socket = openNetlink({
    protocol: NETLINK.inetDiag,
    groups: 0,
    queueBytes: QUEUE_BYTES,
    datagramBytesMax: DATAGRAM_BYTES_MAX,
  });
  const rows: SocketRow[] = [];
  try {
    for (const transport of ['tcp', 'udp'] as const) {
      for (const family of FAMILIES) dump(socket, { transport, family, rows });
    }
  } finally {
    socket.close();
  }
  return { rows, isTruncated: rows.length >= SOCKETS_MAX };
}

interface Dump {
  readonly transport: 'tcp' | 'udp';
  readonly family: number;
  readonly rows: SocketRow[];
}

function dump(socket: NetlinkSocket, one: Dump): void {
  const payload = Buffer.alloc(REQUEST_BYTES);
  payload.writeUInt8(one.family, 0);
  payload.writeUInt8(PROTOCOLS[one.transport], 1);
  payload.writeUInt32LE(one.transport === 'tcp' ? TCP_STATES : UDP_STATES, 4);
  socket.send(netlinkRequest(SOCK_DIAG_BY_FAMILY, NETLINK_FLAG.dump, payload));
  while (socket.wait(ANSWER_MS_MAX)) {
    const datagram = socket.receive();
    if (datagram === null || datagram === 'lost') return;
    for (const message of netlinkMessages(datagram)) {
      if (message.type === NETLINK_TYPE.done || message.type === NETLINK_TYPE.error) return;
      const row = parseRow(message.payload, one.transport);
      if (row && one.rows.length < SOCKETS_MAX) one.rows.push(row);
    }
  }
}

/** The socket in an answer; null when it is too short. */
export function parseRow(bytes: Buffer, transport: 'tcp' | 'udp'): SocketRow | null {
  if (bytes.length < ANSWER_BYTES) return null;
  const family = bytes.readUInt8(AT.family);
  const state = bytes.readUInt8(AT.state);
  const addressAt = (at: number, portAt: number): SocketAddress => ({
    ip: ipOf(family, bytes.subarray(at, at + ADDRESS_BYTES)),
    port: bytes.readUInt16BE(portAt),
  });
  return {
    cookie: bytes.readBigUInt64LE(AT.cookie),
    transport,
    isListening: state === (transport === 'tcp' ? STATE.listen : STATE.closed),
    local: addressAt(AT.local, AT.localPort),
    remote: addressAt(AT.remote, AT.remotePort),
    uid: bytes.readUInt32LE(AT.uid),
    inode: String(bytes.readUInt32LE(AT.inode)),
  };
}
