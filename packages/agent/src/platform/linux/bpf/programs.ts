import { systemCalls } from '../system-calls.ts';

/* bpf(2) commands and `struct bpf_prog_info` (linux/bpf.h). */
const BPF_CALL = process.arch === 'arm64' ? 280n : 321n;
const COMMAND = { nextId: 11n, openById: 13n, info: 15n } as const;
const ATTRIBUTE_BYTES = 16;
const INFO_BYTES = 128;
const INFO_AT = { type: 0, id: 4, uid: 48, name: 64 } as const;
const NAME_BYTES = 16;
/** Programs listed; systemd and a container engine load some hundred. */
const PROGRAMS_MAX = 4_096;

/** Names of types, as `bpftool` prints them; those of interest to who reads of a load. */
const TYPES: readonly string[] = [
  'unspec',
  'socket_filter',
  'kprobe',
  'sched_cls',
  'sched_act',
  'tracepoint',
  'xdp',
  'perf_event',
  'cgroup_skb',
  'cgroup_sock',
  'lwt_in',
  'lwt_out',
  'lwt_xmit',
  'sock_ops',
  'sk_skb',
  'cgroup_device',
  'sk_msg',
  'raw_tracepoint',
  'cgroup_sock_addr',
  'lwt_seg6local',
  'lirc_mode2',
  'sk_reuseport',
  'flow_dissector',
  'cgroup_sysctl',
  'raw_tracepoint_writable',
  'cgroup_sockopt',
  'tracing',
  'struct_ops',
  'ext',
  'lsm',
  'sk_lookup',
  'syscall',
  'netfilter',
];

/** A program that is loaded in the kernel. */
export interface BpfProgram {
  readonly id: number;
  readonly type: string;
  readonly name: string;
  /** Who loaded it. */
  readonly uid: number;
}

/** Numbers of programs are never given out again, and we load a handful a start of a sensor. */
const ownPrograms = new Set<number>();

/** Remembers a program of ours by its descriptor. */
export function rememberOwnProgram(descriptor: number): void {
  const program = programAt(descriptor);
  if (program !== null) ownPrograms.add(program.id);
}

/** Whether this process loaded it. */
export function isOwnProgram(program: BpfProgram): boolean {
  return ownPrograms.has(program.id);
}

/** The loaded programs; none where the kernel does not tell (CAP_SYS_ADMIN). Never throws. */
export function listBpfPrograms(): BpfProgram[] {
  const programs: BpfProgram[] = [];
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  let id = 0;
  while (programs.length < PROGRAMS_MAX) {
    attribute.fill(0);
    attribute.writeUInt32LE(id, 0);
    if (bpf(COMMAND.nextId, attribute) !== 0) break;
    id = attribute.readUInt32LE(4);
    const descriptor = openById(id);
    if (descriptor < 0) continue;
    const program = programAt(descriptor);
    systemCalls().close(descriptor);
    if (program !== null) programs.push(program);
  }
  return programs;
}

function openById(id: number): number {
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  attribute.writeUInt32LE(id, 0);
  return bpf(COMMAND.openById, attribute);
}

function programAt(descriptor: number): BpfProgram | null {
  const info = Buffer.alloc(INFO_BYTES);
  const attribute = Buffer.alloc(ATTRIBUTE_BYTES);
  attribute.writeUInt32LE(descriptor, 0);
  attribute.writeUInt32LE(INFO_BYTES, 4);
  attribute.writeBigUInt64LE(systemCalls().addressOf(info), 8);
  if (bpf(COMMAND.info, attribute) !== 0) return null;
  const name = info.toString('latin1', INFO_AT.name, INFO_AT.name + NAME_BYTES);
  const type = info.readUInt32LE(INFO_AT.type);
  return {
    id: info.readUInt32LE(INFO_AT.id),
    type: TYPES[type] ?? `type ${type}`,
    name: name.split('\0', 1)[0] ?? '',
    uid: info.readUInt32LE(INFO_AT.uid),
  };
}

function bpf(command: bigint, attribute: Buffer): number {
  const size = BigInt(attribute.length);
  return Number(systemCalls().syscall(BPF_CALL, command, attribute, size, 0n, 0n));
}
