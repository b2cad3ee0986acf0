import { createCipheriv, createDecipheriv, createHash, type Hash } from 'node:crypto';
import { ftruncate, read, write } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { nextExtent } from '../platform/linux/inode.ts';
import { QuarantineError } from './errors.ts';

/*
 * A sealed file: the magic, then frames. A frame is a header (kind, offset, length), its bytes under
 * AES-256-GCM, and the tag. The header, the number of the frame and the id of the item are
 * authenticated with it, so that no frame can be left out, moved or taken from another item. Holes are
 * the gaps between frames; the last frame has no bytes and tells the size. The key belongs to this one
 * file, so the number of the frame is a nonce that never comes twice (NIST SP 800-38D, 8.2.1), and no
 * frame comes near the 64 GiB that one nonce may cover.
 */
const MAGIC = Buffer.from('WGQ1');
const HEADER_BYTES = 17;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** One frame: large enough that the disk is the limit, small enough to hold up nothing else. */
const FRAME_BYTES = 1_048_576;
const KIND = { data: 1, end: 2 } as const;

/**
 * Zeroes of holes that are hashed: 4 GiB take about three seconds. A file of a terabyte that is all
 * hole would take a core for minutes, which is an attack.
 */
const HASHED_HOLES_MAX = 4 * 1_024 ** 3;
const ZEROES = Buffer.alloc(FRAME_BYTES);
/** Frames of zeroes hashed in one go, some 20 ms: everything else of the agent waits meanwhile. */
const ZEROES_PER_TURN = 32;

const readAt = promisify(read);
const writeAt = promisify(write);
const truncateTo = promisify(ftruncate);

/** Which item it is, and the key that belongs to it alone. */
export interface Seal {
  readonly id: string;
  readonly key: Uint8Array;
}

/** What was sealed. */
export interface SealedContent {
  readonly sizeBytes: number;
  /** What the sealed file takes on disk. */
  readonly storedBytes: number;
  readonly sha256: string;
  /** False when holes were too large to be hashed: the hash is over the rest alone. */
  readonly isHashWhole: boolean;
}

/**
 * Seals what a descriptor has, up to `sizeBytes`, into another; asks for room as it goes.
 * @throws what reading, writing and `makeRoom` throw.
 */
export async function sealStream(
  source: number,
  target: number,
  given: {
    readonly seal: Seal;
    readonly sizeBytes: number;
    /** Called with what the sealed file takes so far and with its next frame. */
    readonly makeRoom: (bytes: number) => void;
  },
): Promise<SealedContent> {
  const { seal, sizeBytes, makeRoom } = given;
  const out = createFrameWriter(target, seal);
  const content = createContentHash();
  const buffer = Buffer.allocUnsafeSlow(Math.min(FRAME_BYTES, Math.max(1, sizeBytes)));
  let end = 0;
  await out.begin();
  for (let extent = nextExtent(source, 0, sizeBytes); extent;) {
    const { offset, length } = extent;
    const { bytesRead } = await readAt(source, buffer, 0, Math.min(length, buffer.length), offset);
    // The file became shorter under our hands.
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    await content.skip(offset - end);
    content.add(bytes);
    makeRoom(out.written() + bytes.length);
    await out.frame(KIND.data, offset, bytes);
    end = offset + bytesRead;
    extent =
      bytesRead < length
        ? { offset: end, length: length - bytesRead }
        : nextExtent(source, end, sizeBytes);
  }
  const size = Math.max(end, sizeBytes);
  await content.skip(size - end);
  await out.frame(KIND.end, size, Buffer.alloc(0));
  return { sizeBytes: size, storedBytes: out.written(), ...content.finish() };
}

/** Opens a sealed file into another descriptor, holes and all. @throws QuarantineError `seal-broken`. */
export async function unsealStream(source: number, target: number, seal: Seal): Promise<string> {
  const frames = createFrameReader(source, seal);
  const content = createContentHash();
  let end = 0;
  for (;;) {
    const { kind, offset, bytes } = await frames.next();
    await content.skip(offset - end);
    if (kind === KIND.end) {
      await truncateTo(target, offset);
      return content.finish().sha256;
    }
    content.add(bytes);
    await writeWhole(target, bytes, offset);
    end = offset + bytes.length;
  }
}

function createFrameWriter(target: number, { id, key }: Seal) {
  let position = 0;
  let number = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    await writeWhole(target, bytes, position);
    position += bytes.length;
  };
  return {
    begin: () => put(MAGIC),
    written: () => position,
    async frame(kind: number, offset: number, bytes: Uint8Array): Promise<void> {
      const header = headerOf(kind, offset, bytes.length);
      const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number));
      cipher.setAAD(boundTo(id, header));
      const sealed = Buffer.concat([header, cipher.update(bytes), cipher.final()]);
      await put(Buffer.concat([sealed, cipher.getAuthTag()]));
      number += 1;
    },
  };
}

function createFrameReader(source: number, { id, key }: Seal) {
  let position = 0;
  let number = 0;
  const take = async (length: number): Promise<Buffer> => {
    const bytes = Buffer.alloc(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await readAt(source, bytes, at, length - at, position + at);
      if (bytesRead === 0) throw new QuarantineError('seal-broken', 'the sealed file is cut off');
      at += bytesRead;
    }
    position += length;
    return bytes;
  };
  return {
    async next() {
      if (position === 0 && !(await take(MAGIC.length)).equals(MAGIC)) {
        throw new QuarantineError('seal-broken', 'it is no sealed file');
      }
      const header = await take(HEADER_BYTES);
      const length = header.readUInt32LE(9);
      if (length > FRAME_BYTES) throw new QuarantineError('seal-broken', 'a frame is too large');
      const sealed = await take(length);
      const tag = await take(TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number));
      decipher.setAAD(boundTo(id, header));
      decipher.setAuthTag(tag);
      number += 1;
      const bytes = openFrame(decipher, sealed);
      return { kind: header.readUInt8(0), offset: Number(header.readBigUInt64LE(1)), bytes };
    },
  };
}

function openFrame(decipher: ReturnType<typeof createDecipheriv>, sealed: Buffer): Buffer {
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch (cause) {
    throw new QuarantineError('seal-broken', 'a frame does not verify', { cause });
  }
}

/** Kind, offset, length, and four bytes for a later version to use. */
function headerOf(kind: number, offset: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(kind, 0);
  header.writeBigUInt64LE(BigInt(offset), 1);
  header.writeUInt32LE(length, 9);
  return header;
}

function nonceOf(number: number): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES);
  nonce.writeBigUInt64LE(BigInt(number), 0);
  return nonce;
}

function boundTo(id: string, header: Buffer): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(id), header]);
}

/** The SHA-256 of a file as a reader sees it, holes as zeroes. */
function createContentHash() {
  const hash: Hash = createHash('sha256');
  let holes = 0;
  let isHashWhole = true;
  return {
    add: (bytes: Uint8Array) => void hash.update(bytes),
    async skip(length: number): Promise<void> {
      holes += length;
      if (holes > HASHED_HOLES_MAX) {
        isHashWhole = false;
        return;
      }
      for (let left = length, turn = 1; left > 0; left -= ZEROES.length, turn += 1) {
        hash.update(left < ZEROES.length ? ZEROES.subarray(0, left) : ZEROES);
        if (turn % ZEROES_PER_TURN === 0) await setImmediate();
      }
    },
    finish: () => ({ sha256: hash.digest('hex'), isHashWhole }),
  };
}

async function writeWhole(target: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await writeAt(target, bytes, at, bytes.length - at, position + at);
    at += bytesWritten;
  }
}
