import { AT_EMPTY_PATH, type SystemCalls } from './system-calls.ts';

/** `struct statx` of linux/stat.h: the same on every processor, unlike `struct stat`. */
const STATX_BYTES = 256;
/** The basic fields and the birth time. */
const STATX_WANTED = 0xfff;
const OFFSETS = {
  links: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  inode: 32,
  size: 40,
  birth: 80,
  ctime: 96,
  mtime: 112,
  deviceMajor: 136,
  deviceMinor: 140,
} as const;
/** Inode and size; birth, change and modification times; the device. */
const STATE_RANGES = [
  [32, 48],
  [80, 128],
  [136, 144],
] as const;
const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const NS_PER_SECOND = 1_000_000_000n;
/** Device numbers as `stat` gives them (gnu_dev_makedev(3)), for all minors below 2^20. */
const MINOR_LOW = 0xffn;

/** The status of descriptors, read into one buffer again and again: no object a call. */
export class FileStatus {
  readonly #calls: SystemCalls;
  readonly #bytes = Buffer.alloc(STATX_BYTES);
  readonly #noName = Buffer.alloc(1);

  constructor(calls: SystemCalls) {
    this.#calls = calls;
  }

  /** Reads the status of a descriptor; false when it cannot be told. What follows is about the last. */
  read(fd: number): boolean {
    const { statx } = this.#calls;
    return statx(fd, this.#noName, AT_EMPTY_PATH, STATX_WANTED, this.#bytes) === 0;
  }

  /** Whether another status is of the same file with the same content: nothing but reads came between. */
  isSameAs(other: FileStatus): boolean {
    for (const [start, end] of STATE_RANGES) {
      if (this.#bytes.compare(other.#bytes, start, end, start, end) !== 0) return false;
    }
    return true;
  }

  get isRegular(): boolean {
    return (this.mode & S_IFMT) === S_IFREG;
  }

  get mode(): number {
    return this.#bytes.readUInt16LE(OFFSETS.mode);
  }

  get uid(): number {
    return this.#bytes.readUInt32LE(OFFSETS.uid);
  }

  get gid(): number {
    return this.#bytes.readUInt32LE(OFFSETS.gid);
  }

  get linkCount(): number {
    return this.#bytes.readUInt32LE(OFFSETS.links);
  }

  get deviceMajor(): number {
    return this.#bytes.readUInt32LE(OFFSETS.deviceMajor);
  }

  get deviceMinor(): number {
    return this.#bytes.readUInt32LE(OFFSETS.deviceMinor);
  }

  /** As `fs.Stats.dev` has it. */
  get device(): bigint {
    const major = BigInt(this.deviceMajor);
    const minor = BigInt(this.deviceMinor);
    return (minor & MINOR_LOW) | ((major & 0xfffn) << 8n) | ((minor & ~MINOR_LOW) << 12n);
  }

  get inode(): bigint {
    return this.#bytes.readBigUInt64LE(OFFSETS.inode);
  }

  get sizeBytes(): number {
    return Number(this.#bytes.readBigUInt64LE(OFFSETS.size));
  }

  get mtimeNs(): bigint {
    return this.#timeAt(OFFSETS.mtime);
  }

  get ctimeNs(): bigint {
    return this.#timeAt(OFFSETS.ctime);
  }

  /** When the inode was made; 0 where the filesystem does not keep it. */
  get birthNs(): bigint {
    return this.#timeAt(OFFSETS.birth);
  }

  /** Writes device, inode and birth time: what a file is, whatever its name. */
  copyIdentity(into: BigInt64Array): void {
    into[0] = this.device;
    into[1] = BigInt.asIntN(64, this.inode);
    into[2] = this.birthNs;
  }

  #timeAt(offset: number): bigint {
    const seconds = this.#bytes.readBigInt64LE(offset);
    return seconds * NS_PER_SECOND + BigInt(this.#bytes.readUInt32LE(offset + 8));
  }
}
