import { watchDescriptor, type DescriptorWatch } from '../../../platform/linux/descriptor-watch.ts';
import { NETLINK, openNetlink } from '../../../platform/linux/netlink.ts';
import { createAuditEvents, type AuditStart } from './events.ts';
import { parseAuditRecord } from './records.ts';

/** `AUDIT_NLGRP_READLOG`. */
const GROUP_READ_LOG = 1;
/** Seven records a start; this holds some 4,000 starts. */
const QUEUE_BYTES = 16 * 1024 * 1024;
/** `MAX_AUDIT_MESSAGE_LENGTH` and its head. */
const DATAGRAM_BYTES_MAX = 9_216;
const HEAD_BYTES = 16;
/** Taken in one turn of the event loop. */
const TURN_RECORDS_MAX = 1_024;

/** A reader of the records that the kernel multicasts. */
export interface AuditListener {
  /** Datagrams that found no room, and events that were never whole. */
  readonly dropped: () => number;
  readonly stop: () => Promise<void>;
}

/** Listens. @throws SystemCallError without the right to (CAP_AUDIT_READ). */
export function listenToAudit(onStarts: (starts: readonly AuditStart[]) => void): AuditListener {
  const events = createAuditEvents();
  let lost = 0;
  const socket = openNetlink({
    protocol: NETLINK.audit,
    groups: GROUP_READ_LOG,
    queueBytes: QUEUE_BYTES,
    datagramBytesMax: DATAGRAM_BYTES_MAX,
  });

  /** The length in the head of these messages is wrong by history: the datagram's own counts. */
  function takeRecord(datagram: Buffer): AuditStart | null {
    const record = parseAuditRecord(datagram.toString('utf8', HEAD_BYTES).replace(/\0+$/, ''));
    return record === null ? null : events.take(datagram.readUInt16LE(4), record);
  }

  function takeTurn(): void {
    const starts: AuditStart[] = [];
    for (let count = 0; count < TURN_RECORDS_MAX; count += 1) {
      const datagram = socket.receive();
      if (datagram === null) break;
      if (datagram === 'lost') lost += 1;
      const start = datagram === 'lost' ? null : takeRecord(datagram);
      if (start) starts.push(start);
    }
    if (starts.length > 0) onStarts(starts);
  }

  let watch: DescriptorWatch;
  try {
    watch = watchDescriptor(socket.descriptor, takeTurn);
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    dropped: () => lost + events.dropped(),
    async stop() {
      await watch.stop();
      socket.close();
    },
  };
}
