import { ipOf, type SocketAct, type SocketFact } from './sockets.ts';

/* The layout of `bpf/network.bpf.c`, little endian. */
const AT = {
  kind: 0,
  family: 4,
  atNs: 8,
  startNs: 16,
  pid: 24,
  uid: 28,
  local: 32,
  remote: 48,
  localPort: 64,
  remotePort: 66,
} as const;
const ADDRESS_BYTES = 16;
const ACTS: Readonly<Record<number, SocketAct>> = { 1: 'connect', 2: 'accept', 3: 'listen' };
/** A clock tick of what `/proc` prints (USER_HZ), in nanoseconds. */
const TICK_NS = 10_000_000n;

/** The fact in a record; null for a record of no known kind. */
export function decodeRecord(bytes: Buffer, bootedAt: number): SocketFact | null {
  const act = ACTS[bytes.readUInt32LE(AT.kind)];
  if (act === undefined) return null;
  const family = bytes.readUInt32LE(AT.family);
  const ipAt = (at: number): string => ipOf(family, bytes.subarray(at, at + ADDRESS_BYTES));
  const pid = bytes.readUInt32LE(AT.pid);
  const isKnown = act !== 'accept' && pid !== 0;
  return {
    act,
    at: bootedAt + Number(bytes.readBigUInt64LE(AT.atNs)) / 1e6,
    transport: 'tcp',
    local: { ip: ipAt(AT.local), port: bytes.readUInt16LE(AT.localPort) },
    remote:
      act === 'listen' ? null : { ip: ipAt(AT.remote), port: bytes.readUInt16LE(AT.remotePort) },
    pid: isKnown ? pid : null,
    startTicks: isKnown ? Number(bytes.readBigUInt64LE(AT.startNs) / TICK_NS) : null,
    uid: isKnown ? bytes.readUInt32LE(AT.uid) : null,
    isOld: false,
  };
}
