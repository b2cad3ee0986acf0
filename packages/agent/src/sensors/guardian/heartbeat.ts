import type { SystemCalls } from '../../platform/linux/system-calls.ts';

const PAGE_BYTES = 4_096;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const F_ADD_SEALS = 1_033;
/** Neither shorter nor longer, and no seal taken off: a page that vanishes would end who reads it. */
const SEALS = 1n | 2n | 4n;
const FAILED = 0xffff_ffff_ffff_ffffn;

const CELLS = { agentBeat: 0, guardianBeat: 1, isStopping: 2 } as const;

/**
 * A page of memory that agent and guardian both see. It is no file: nothing that lies on a watched
 * filesystem may stand between the two.
 */
export class Heartbeat {
  readonly #cells: Int32Array;

  private constructor(cells: Int32Array) {
    this.#cells = cells;
  }

  /** Makes the memory; its descriptor is for the guardian. @throws SystemCallError */
  static create(calls: SystemCalls): { readonly heartbeat: Heartbeat; readonly fd: number } {
    const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    const fd = calls.check('memfd_create', calls.memfd_create('wardgrid-heartbeat', flags));
    calls.check('ftruncate', calls.ftruncate(fd, BigInt(PAGE_BYTES)));
    calls.check('fcntl', calls.fcntl(fd, F_ADD_SEALS, SEALS));
    return { heartbeat: Heartbeat.open(calls, fd), fd };
  }

  /** Sees the memory behind a descriptor. @throws SystemCallError */
  static open(calls: SystemCalls, fd: number): Heartbeat {
    const address = calls.mmap(null, BigInt(PAGE_BYTES), PROT_READ_WRITE, MAP_SHARED, fd, 0n);
    if (address === FAILED) calls.check('mmap', -1);
    return new Heartbeat(new Int32Array(calls.view(address, PAGE_BYTES)));
  }

  beatAgent(): void {
    this.#beat(CELLS.agentBeat);
  }

  beatGuardian(): void {
    this.#beat(CELLS.guardianBeat);
  }

  get agentBeat(): number {
    return this.#cells[CELLS.agentBeat] ?? 0;
  }

  get guardianBeat(): number {
    return this.#cells[CELLS.guardianBeat] ?? 0;
  }

  /** The agent ends because it was told to: there is nothing to report. */
  sayStopping(): void {
    this.#cells[CELLS.isStopping] = 1;
  }

  get isStopping(): boolean {
    return this.#cells[CELLS.isStopping] === 1;
  }

  #beat(cell: number): void {
    this.#cells[cell] = ((this.#cells[cell] ?? 0) + 1) | 0;
  }
}
