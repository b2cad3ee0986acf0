import { readBootClockMs } from '../../../platform/linux/boot-clock.ts';
import { watchDescriptor, type DescriptorWatch } from '../../../platform/linux/descriptor-watch.ts';
import {
  NETLINK,
  netlinkRequest,
  openNetlink,
  type NetlinkSocket,
} from '../../../platform/linux/netlink.ts';

/* The process connector (linux/cn_proc.h): a netlink message, in it a connector message with a number
   that counts by processor, in it the event. */
const GROUP = 1;
const NLMSG_DONE = 3;
const CONNECTOR = { idx: 1, val: 1, headBytes: 20 } as const;
const OPERATION = { listen: 1, ignore: 2 } as const;
const AT = { sequence: 24, what: 36, processor: 40, timeNs: 44, body: 52 } as const;
const EVENT_BYTES_MIN = 68;
const WHAT = { fork: 1, exec: 2, exit: 0x8000_0000 } as const;

/** Some 50,000 events wait in the kernel while the agent is busy. */
const QUEUE_BYTES = 8 * 1024 * 1024;
const DATAGRAM_BYTES_MAX = 4_096;
/** Taken in one turn of the event loop; the reads for each take longer than the event. */
const TURN_EVENTS_MAX = 128;

/** What the connector tells of a process; never of a thread. */
export type ConnectorEvent =
  | { readonly kind: 'exec'; readonly at: number; readonly pid: number }
  | { readonly kind: 'fork'; readonly at: number; readonly pid: number; readonly parentPid: number }
  | { readonly kind: 'exit'; readonly at: number; readonly pid: number; readonly status: number };

/** A listening connector. */
export interface ConnectorSocket {
  /** Events that the kernel numbered and we never got. */
  readonly lost: () => number;
  readonly stop: () => Promise<void>;
}

/** Where events go, and what turns their stamps into time. */
export interface ConnectorSink {
  readonly bootedAt: () => number;
  readonly onEvent: (event: ConnectorEvent) => void;
  /** The events of this turn are all told. */
  readonly onTurn: () => void;
}

/** Listens. @throws SystemCallError without the right to (CAP_NET_ADMIN) or without the connector. */
export function openConnector(sink: ConnectorSink): ConnectorSocket {
  const socket = openNetlink({
    protocol: NETLINK.connector,
    groups: GROUP,
    queueBytes: QUEUE_BYTES,
    datagramBytesMax: DATAGRAM_BYTES_MAX,
  });
  let watch: DescriptorWatch;
  let lost = 0;
  const sequences = new Map<number, number>();
  const countLost = (processor: number, sequence: number): void => {
    const last = sequences.get(processor);
    if (last !== undefined) lost += (sequence - last - 1) >>> 0;
    sequences.set(processor, sequence);
  };
  try {
    socket.send(operation(OPERATION.listen));
    watch = watchDescriptor(socket.descriptor, () => {
      const offsetMs = sink.bootedAt() + readBootClockMs() - readBootClockMs('monotonic');
      if (takeTurn(socket, { ...sink, offsetMs, countLost }) > 0) sink.onTurn();
    });
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    lost: () => lost,
    async stop() {
      await watch.stop();
      socket.send(operation(OPERATION.ignore));
      socket.close();
    },
  };
}

interface Turn {
  readonly onEvent: (event: ConnectorEvent) => void;
  readonly offsetMs: number;
  readonly countLost: (processor: number, sequence: number) => void;
}

function takeTurn(socket: NetlinkSocket, turn: Turn): number {
  let count = 0;
  while (count < TURN_EVENTS_MAX) {
    const datagram = socket.receive();
    if (datagram === null) break;
    count += 1;
    /* What was lost shows in the numbers of the next ones. */
    if (datagram === 'lost' || datagram.length < EVENT_BYTES_MIN) continue;
    /* Acknowledgements are numbered too, also those to other listeners. */
    turn.countLost(datagram.readUInt32LE(AT.processor), datagram.readUInt32LE(AT.sequence));
    const event = parseEvent(datagram, turn.offsetMs);
    if (event) turn.onEvent(event);
  }
  return count;
}

/** The event in a datagram, or null when it is of a thread or of a kind that is not used. */
export function parseEvent(datagram: Buffer, offsetMs: number): ConnectorEvent | null {
  const at = offsetMs + Number(datagram.readBigUInt64LE(AT.timeNs)) / 1e6;
  const word = (place: number): number => datagram.readUInt32LE(AT.body + 4 * place);
  switch (datagram.readUInt32LE(AT.what)) {
    case WHAT.fork:
      if (word(2) !== word(3)) return null;
      return { kind: 'fork', at, pid: word(3), parentPid: word(1) };
    case WHAT.exec:
      return { kind: 'exec', at, pid: word(1) };
    case WHAT.exit:
      return word(0) === word(1) ? { kind: 'exit', at, pid: word(1), status: word(2) } : null;
    default:
      return null;
  }
}

function operation(number: number): Buffer {
  const payload = Buffer.alloc(CONNECTOR.headBytes + 4);
  payload.writeUInt32LE(CONNECTOR.idx, 0);
  payload.writeUInt32LE(CONNECTOR.val, 4);
  payload.writeUInt16LE(4, 16);
  payload.writeUInt32LE(number, CONNECTOR.headBytes);
  return netlinkRequest(NLMSG_DONE, 0, payload);
}
