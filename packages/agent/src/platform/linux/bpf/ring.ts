import { ERRNO, systemCalls } from '../system-calls.ts';

/*
 * The kernel's ring (BPF_MAP_TYPE_RINGBUF, Documentation/bpf/ringbuf.rst): a page with our position,
 * a page with the producer's, and the data, mapped twice in a row so that no record wraps. A record
 * is a length with two bits, four bytes that are not ours, and the content, all on eight bytes.
 */
const PAGE_BYTES = 4_096;
const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;
const BUSY_BIT = 0x8000_0000;
const DISCARD_BIT = 0x4000_0000;
const HEADER_BYTES = 8;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

/** The reading end of a ring. */
export interface Ring {
  /** Hands over up to `countMax` records, valid during the call; gives how many there were. */
  readonly drain: (countMax: number, onRecord: (bytes: Buffer) => void) => number;
  readonly close: () => void;
}

/** Maps the ring behind a descriptor. @throws SystemCallError when the kernel refuses. */
export function openRing(descriptor: number, sizeBytes: number): Ring {
  const calls = systemCalls();
  const map = (lengthBytes: number, protection: number, offset: number): bigint => {
    const size = BigInt(lengthBytes);
    const address = calls.mmap(null, size, protection, MAP_SHARED, descriptor, BigInt(offset));
    if (address === MAP_FAILED) calls.check('mmap', -(calls.errno() || ERRNO.EINVAL));
    return address;
  };
  const producerBytes = PAGE_BYTES + 2 * sizeBytes;
  const consumerAt = map(PAGE_BYTES, PROT_READ | PROT_WRITE, 0);
  const producerAt = map(producerBytes, PROT_READ, PAGE_BYTES);
  const consumer = new BigUint64Array(calls.view(consumerAt, PAGE_BYTES), 0, 1);
  const pages = calls.view(producerAt, producerBytes);
  const producer = new BigUint64Array(pages, 0, 1);
  const data = Buffer.from(pages, PAGE_BYTES, 2 * sizeBytes);
  const headers = new Int32Array(pages, PAGE_BYTES, sizeBytes / 4);
  const mask = BigInt(sizeBytes - 1);

  function drain(countMax: number, onRecord: (bytes: Buffer) => void): number {
    let position = Atomics.load(consumer, 0);
    let count = 0;
    while (count < countMax && position < Atomics.load(producer, 0)) {
      const at = Number(position & mask);
      const header = Atomics.load(headers, at / 4);
      if ((header & BUSY_BIT) !== 0) break;
      const length = header & ~(BUSY_BIT | DISCARD_BIT);
      if ((header & DISCARD_BIT) === 0) {
        onRecord(data.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
      }
      position += BigInt((HEADER_BYTES + length + 7) & ~7);
      Atomics.store(consumer, 0, position);
      count += 1;
    }
    return count;
  }

  return {
    drain,
    close() {
      calls.munmap(consumerAt, BigInt(PAGE_BYTES));
      calls.munmap(producerAt, BigInt(producerBytes));
    },
  };
}
