import { FAN, FAN_EVENT, FAN_INFO } from '../../../platform/linux/fanotify.ts';

/** A file in a folder, both by the kernel's handles. */
export interface HandledName {
  /** The folder: identity of its filesystem, and `struct file_handle`. */
  readonly filesystem: string;
  readonly handle: Buffer;
  readonly name: Buffer;
}

/** One event of the change group. */
export interface ChangeRecord {
  readonly mask: number;
  readonly pid: number;
  /** Where it happened; for a rename where the file is now. */
  readonly at: HandledName | null;
  /** For a rename where the file was. */
  readonly from: HandledName | null;
  /** The object itself: filesystem and handle. */
  readonly target: Omit<HandledName, 'name'> | null;
}

/** In a record: type (1), pad (1), length (2), filesystem (8), then the handle: length, type, data. */
const RECORD = { lengthAt: 2, filesystemAt: 4, handleAt: 12, handleHeadBytes: 8 } as const;

/** Reads what the kernel filled into a buffer. Buffers in records are views: copy what is kept. */
export function* readChanges(bytes: Buffer): Generator<ChangeRecord> {
  for (let at = 0; at + FAN_EVENT.bytes <= bytes.length;) {
    const length = bytes.readUInt32LE(at + FAN_EVENT.lengthAt);
    if (length < FAN_EVENT.bytes) return;
    yield readChange(bytes.subarray(at, at + length));
    at += length;
  }
}

function readChange(bytes: Buffer): ChangeRecord {
  let [at, from, target]: [HandledName | null, HandledName | null, ChangeRecord['target']] = [
    null,
    null,
    null,
  ];
  for (let offset = FAN_EVENT.bytes; offset + RECORD.handleAt < bytes.length;) {
    const length = bytes.readUInt16LE(offset + RECORD.lengthAt);
    if (length === 0) break;
    const record = bytes.subarray(offset, offset + length);
    const type = record[0];
    if (type === FAN_INFO.FID) target = readHandle(record);
    else if (type === FAN_INFO.OLD_DFID_NAME) from = readHandle(record);
    else if (type === FAN_INFO.DFID_NAME || type === FAN_INFO.NEW_DFID_NAME) {
      at = readHandle(record);
    }
    offset += length;
  }
  const mask = bytes.readUInt32LE(FAN_EVENT.maskAt);
  return { mask, pid: bytes.readInt32LE(FAN_EVENT.pidAt), at, from, target };
}

function readHandle(record: Buffer): HandledName {
  const { filesystemAt, handleAt, handleHeadBytes } = RECORD;
  const end = handleAt + handleHeadBytes + record.readUInt32LE(handleAt);
  const nameEnd = record.indexOf(0, end);
  return {
    filesystem: record.toString('hex', filesystemAt, handleAt),
    handle: record.subarray(handleAt, end),
    name: record.subarray(end, nameEnd < 0 ? record.length : nameEnd),
  };
}

/** Whether the kernel lost events before this one. */
export function isOverflow({ mask }: ChangeRecord): boolean {
  return (mask & FAN.Q_OVERFLOW) !== 0;
}

/** Whether a folder was renamed or deleted: paths below it are others now. */
export function movesFolders({ mask }: ChangeRecord): boolean {
  return (mask & FAN.ONDIR) !== 0 && (mask & (FAN.RENAME | FAN.DELETE)) !== 0;
}
