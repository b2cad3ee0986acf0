import type { FileStatus } from '../../platform/linux/file-status.ts';
import { CELLS, DENIED_FILES_MAX, DENIED_INTS, DENIED_TABLE_SIZE } from './shared-state.ts';

/**
 * A file by what it is, never by its name. The birth time tells it from a later file that was given
 * the same inode number.
 */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly birthNs: bigint;
}

const KEY_INTS = 6;
const IS_USED = 7;

/**
 * Files that are refused at once, as an open hash table in shared memory. The main thread alone
 * writes; the sensor only looks up.
 */
export class DeniedFiles {
  readonly #table: Int32Array;
  readonly #cells: Int32Array;
  readonly #key = new Int32Array(KEY_INTS);
  readonly #wide = new BigInt64Array(this.#key.buffer);
  /** In order of their coming: the first is the oldest. Used by the writer only. */
  readonly #known = new Map<string, FileIdentity>();

  constructor(table: Int32Array, cells: Int32Array) {
    this.#table = table;
    this.#cells = cells;
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#cells, CELLS.deniedCount) === 0;
  }

  /** Whether the file of a status is refused. */
  has(status: FileStatus): boolean {
    status.copyIdentity(this.#wide);
    return this.#find() >= 0;
  }

  add(file: FileIdentity): void {
    const name = nameOf(file);
    if (this.#known.has(name)) return;
    const [oldest] = this.#known.values();
    if (this.#known.size >= DENIED_FILES_MAX && oldest) this.remove(oldest);
    this.#known.set(name, file);
    this.#insert(file);
    this.#count();
  }

  remove(file: FileIdentity): void {
    if (!this.#known.delete(nameOf(file))) return;
    this.#take(file);
    const at = this.#find();
    if (at < 0) return;
    this.#clear(at);
    /* What stood behind it in the same run is put in anew, or a search would end at the gap. */
    for (let next = (at + 1) % DENIED_TABLE_SIZE; this.#isUsed(next);) {
      for (let index = 0; index < KEY_INTS; index += 1) {
        this.#key[index] = Atomics.load(this.#table, next * DENIED_INTS + index);
      }
      this.#clear(next);
      this.#place();
      next = (next + 1) % DENIED_TABLE_SIZE;
    }
    this.#count();
  }

  #insert(file: FileIdentity): void {
    this.#take(file);
    this.#place();
  }

  #take(file: FileIdentity): void {
    this.#wide[0] = BigInt.asIntN(64, file.device);
    this.#wide[1] = BigInt.asIntN(64, file.inode);
    this.#wide[2] = BigInt.asIntN(64, file.birthNs);
  }

  #place(): void {
    let at = this.#home();
    while (this.#isUsed(at)) at = (at + 1) % DENIED_TABLE_SIZE;
    for (let index = 0; index < KEY_INTS; index += 1) {
      Atomics.store(this.#table, at * DENIED_INTS + index, this.#key[index] ?? 0);
    }
    Atomics.store(this.#table, at * DENIED_INTS + IS_USED, 1);
  }

  #clear(at: number): void {
    Atomics.store(this.#table, at * DENIED_INTS + IS_USED, 0);
  }

  /** Where the key in hand stands, or -1. */
  #find(): number {
    let at = this.#home();
    for (let steps = 0; steps < DENIED_TABLE_SIZE && this.#isUsed(at); steps += 1) {
      if (this.#isKeyAt(at)) return at;
      at = (at + 1) % DENIED_TABLE_SIZE;
    }
    return -1;
  }

  #isKeyAt(at: number): boolean {
    for (let index = 0; index < KEY_INTS; index += 1) {
      if (Atomics.load(this.#table, at * DENIED_INTS + index) !== this.#key[index]) return false;
    }
    return true;
  }

  #isUsed(at: number): boolean {
    return Atomics.load(this.#table, at * DENIED_INTS + IS_USED) === 1;
  }

  /** A multiplicative hash of device and inode: both are chosen by the kernel, not by an attacker. */
  #home(): number {
    const [device = 0, , inode = 0, inodeHigh = 0] = this.#key;
    const mixed = Math.imul(inode ^ Math.imul(device, 0x85eb_ca6b) ^ inodeHigh, 0x9e37_79b1);
    return (mixed >>> 8) % DENIED_TABLE_SIZE;
  }

  #count(): void {
    Atomics.store(this.#cells, CELLS.deniedCount, this.#known.size);
  }
}

function nameOf(file: FileIdentity): string {
  return `${file.device}:${file.inode}:${file.birthNs}`;
}
