import { watchDescriptor } from '../descriptor-watch.ts';
import { attachBpfObject, type BpfObject } from './libbpf.ts';
import { bpfObjectFile, type BpfObjectName } from './object-file.ts';
import { openRing } from './ring.ts';

/** Records taken in one turn of the event loop: some 10 ms of work, after which others have theirs. */
const TURN_RECORDS_MAX = 512;

/** What runs in the kernel, and where its records go. */
export interface BpfStreamOptions {
  readonly name: BpfObjectName;
  /** Functions of the object that are attached. */
  readonly programs: readonly string[];
  /** Size of the object's `ring`. */
  readonly ringBytes: number;
  /** A record, valid during the call only. */
  readonly onRecord: (bytes: Buffer) => void;
  /** The records of this turn are all told. */
  readonly onTurn: () => void;
}

/** An attached object whose records come in turns of the event loop. */
export interface BpfStream {
  readonly object: BpfObject;
  /** Records that found no room in the ring. */
  readonly dropped: () => number;
  readonly stop: () => Promise<void>;
}

/** Loads, attaches and listens. @throws Error with the reason when that cannot be done here. */
export async function openBpfStream(options: BpfStreamOptions): Promise<BpfStream> {
  const object = attachBpfObject(await bpfObjectFile(options.name), options.programs);
  try {
    const descriptor = object.map('ring');
    const droppedMap = object.map('dropped');
    const ring = openRing(descriptor, options.ringBytes);
    const watch = watchDescriptor(descriptor, () => {
      if (ring.drain(TURN_RECORDS_MAX, options.onRecord) > 0) options.onTurn();
    });
    const key = Buffer.alloc(4);
    const value = Buffer.alloc(8);
    let last = 0;
    let isOpen = true;
    const dropped = (): number => {
      if (isOpen && object.lookup(droppedMap, key, value)) last = Number(value.readBigUInt64LE());
      return last;
    };
    const stop = async (): Promise<void> => {
      if (!isOpen) return;
      dropped();
      isOpen = false;
      await watch.stop();
      ring.close();
      object.close();
    };
    return { object, dropped, stop };
  } catch (error) {
    object.close();
    throw error;
  }
}
