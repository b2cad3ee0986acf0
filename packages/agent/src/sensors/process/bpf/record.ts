import { argumentsOf } from '../../../platform/linux/process-files.ts';
import type { EventFieldName } from '@wardgrid/wire';
import { chosenVariables, type ProcessFact, type StdioType } from '../source.ts';

/* The layout of `bpf/process.bpf.c`, little endian: the machines of our users all are. */
const AT = {
  kind: 0,
  flags: 4,
  pid: 8,
  parentPid: 12,
  atNs: 16,
  startNs: 24,
  parentStartNs: 32,
  cgroup: 40,
  inode: 48,
  device: 56,
  uid: 60,
  euid: 64,
  loginUid: 68,
  exitCode: 72,
  stdio: 76,
  tty: 88,
  argumentsLength: 104,
  pathLength: 108,
  folderLength: 112,
  filenameLength: 116,
  envLength: 120,
} as const;
const HEAD_BYTES = 128;
const TTY_BYTES = 16;
const KIND = { exec: 1, fork: 2, exit: 3 } as const;
const FLAG = {
  deleted: 1,
  memfd: 2,
  script: 4,
  denied: 8,
  argumentsCut: 16,
  argumentsUnread: 32,
  pathCut: 64,
  folderCut: 128,
  envCut: 256,
} as const;
/** Nobody signed in: `(uid_t)-1`. */
const NO_LOGIN = 0xffff_ffff;
/** A clock tick of what `/proc` prints (USER_HZ), in nanoseconds. */
const TICK_NS = 10_000_000n;

/** What turns a record into a fact. */
export interface RecordContext {
  /** Epoch milliseconds at which the machine booted, by the clock that counts sleep. */
  readonly bootedAt: number;
  /** The path of a control group by its id or by a process in it, best first. */
  readonly cgroupOf: (id: bigint, pids: readonly number[]) => string | null;
}

/** The fact in a record; null for a record of no known kind. */
export function decodeRecord(bytes: Buffer, context: RecordContext): ProcessFact | null {
  const process = keyAt(bytes, AT.pid, AT.startNs);
  const at = context.bootedAt + Number(bytes.readBigUInt64LE(AT.atNs)) / 1e6;
  const parent = keyAt(bytes, AT.parentPid, AT.parentStartNs);
  switch (bytes.readUInt32LE(AT.kind)) {
    case KIND.exec:
      return { ...execOf(bytes, context), at, process, parent };
    case KIND.fork:
      return { kind: 'fork', at, process, parent };
    case KIND.exit:
      return { kind: 'exit', at, process, status: bytes.readInt32LE(AT.exitCode) };
    default:
      return null;
  }
}

function keyAt(bytes: Buffer, pidAt: number, startAt: number) {
  const startTicks = Number(bytes.readBigUInt64LE(startAt) / TICK_NS);
  return { pid: bytes.readUInt32LE(pidAt), startTicks };
}

function execOf(bytes: Buffer, context: RecordContext) {
  const flags = bytes.readUInt32LE(AT.flags);
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const parts = partsOf(bytes);
  const loginUid = bytes.readUInt32LE(AT.loginUid);
  const name = pathOf(parts.path, has(FLAG.pathCut));
  return {
    kind: 'exec' as const,
    args: has(FLAG.argumentsUnread) ? null : argumentsOf(parts.args),
    executable: has(FLAG.memfd) ? `${name} (deleted)` : name,
    filename: textOf(parts.filename),
    folder: pathOf(parts.folder, has(FLAG.folderCut)),
    uid: bytes.readUInt32LE(AT.uid),
    euid: bytes.readUInt32LE(AT.euid),
    loginUid: loginUid === NO_LOGIN ? null : loginUid,
    tty: textOf(bytes.subarray(AT.tty, AT.tty + TTY_BYTES)) || null,
    stdio: [0, 1, 2].map((number) => stdioOf(bytes.readUInt32LE(AT.stdio + 4 * number))),
    env: chosenVariables(argumentsOf(parts.env)),
    cgroup: context.cgroupOf(bytes.readBigUInt64LE(AT.cgroup), [
      bytes.readUInt32LE(AT.pid),
      bytes.readUInt32LE(AT.parentPid),
    ]),
    inode: bytes.readBigUInt64LE(AT.inode),
    device: userDevice(bytes.readUInt32LE(AT.device)),
    isDeleted: has(FLAG.deleted),
    isMemfd: has(FLAG.memfd),
    isScript: has(FLAG.script),
    isDenied: has(FLAG.denied),
    cut: cutOf(has),
  };
}

function cutOf(has: (flag: number) => boolean): EventFieldName[] {
  const cut: EventFieldName[] = [];
  if (has(FLAG.argumentsCut)) cut.push('process.args', 'process.command_line');
  if (has(FLAG.pathCut)) cut.push('process.executable');
  if (has(FLAG.folderCut)) cut.push('process.working_directory');
  if (has(FLAG.envCut)) cut.push('process.env');
  return cut;
}

function partsOf(bytes: Buffer) {
  let at = HEAD_BYTES;
  const next = (lengthAt: number): Buffer => {
    const part = bytes.subarray(at, at + bytes.readUInt32LE(lengthAt));
    at += part.length;
    return part;
  };
  return {
    args: next(AT.argumentsLength),
    path: next(AT.pathLength),
    folder: next(AT.folderLength),
    filename: next(AT.filenameLength),
    env: next(AT.envLength),
  };
}

function textOf(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** The names come last first; a path that was too deep begins with an ellipsis instead of the root. */
function pathOf(bytes: Buffer, isCut: boolean): string {
  const names = argumentsOf(bytes).toReversed();
  return `${isCut ? '…' : ''}/${names.join('/')}`;
}

/* `inode.i_mode` in the low half, the device's major number in the high one. */
const S_IFMT = 0xf000;
const STDIO_TYPES: Readonly<Record<number, StdioType>> = {
  0xc000: 'socket',
  0x1000: 'pipe',
  0x8000: 'file',
  0x2000: 'device',
};
/** Major numbers of terminals: consoles, `/dev/tty`, pseudo-terminals (devices.txt). */
const TTY_MAJORS: ReadonlySet<number> = new Set([4, 5, 136]);

function stdioOf(value: number): StdioType {
  const type = STDIO_TYPES[value & S_IFMT] ?? 'none';
  return type === 'device' && TTY_MAJORS.has(value >>> 16) ? 'tty' : type;
}

/** The kernel's own device number (12 bits major, 20 minor) as `stat` gives it. */
export function userDevice(device: number): bigint {
  const major = BigInt(device >>> 20);
  const minor = BigInt(device & 0xf_ffff);
  return ((major & 0xfffn) << 8n) | ((minor & 0xfff00n) << 12n) | (minor & 0xffn);
}

/** A device of `stat` as the kernel numbers it inside. */
export function kernelDevice(device: bigint): bigint {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n);
  return (major << 20n) | minor;
}
