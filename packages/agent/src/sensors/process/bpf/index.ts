/**
 * Processes by BPF: three tracepoints of the kernel fill a ring that is read here. Sees every start with
 * all of its arguments however short it lives, and can kill a denied file at its start. Needs libbpf 1,
 * a kernel with type information, and an object that was built from `bpf/process.bpf.c`.
 */
import { openBpfStream, type BpfStream } from '../../../platform/linux/bpf/stream.ts';
import { createCgroupPaths } from '../cgroup.ts';
import type { DeniedFile, ProcessFact, ProcessSource } from '../source.ts';
import { decodeRecord, kernelDevice } from './record.ts';

/** `RING_BYTES` of the source. */
const RING_BYTES = 4 * 1024 * 1024;

const BLIND_SPOTS = [
  'arguments of a program beyond 16 KiB',
  'arguments that a program writes over after its start',
];

/** A source that is not attached yet. */
export function createBpfSource(rootPath: string): ProcessSource {
  const cgroups = createCgroupPaths(rootPath);
  let stream: BpfStream | undefined;
  let denied: readonly DeniedFile[] = [];

  return {
    name: 'bpf',
    blindSpots: () => BLIND_SPOTS,
    async start({ bootedAt, onFacts }) {
      let facts: ProcessFact[] = [];
      const context = { bootedAt: 0, cgroupOf: cgroups.pathOf };
      stream = await openBpfStream({
        name: 'process',
        programs: ['on_exec', 'on_fork', 'on_exit'],
        ringBytes: RING_BYTES,
        onRecord(bytes) {
          if (facts.length === 0) context.bootedAt = bootedAt();
          const fact = decodeRecord(bytes, context);
          if (fact) facts.push(fact);
        },
        onTurn() {
          const told = facts;
          facts = [];
          onFacts(told);
        },
      });
      setDenied(stream, [], denied);
    },
    dropped: () => stream?.dropped() ?? 0,
    deny(files) {
      if (stream) setDenied(stream, denied, files);
      denied = files;
    },
    stop: async () => stream?.stop(),
  };
}

/** Makes the kernel's list equal to `files`. */
function setDenied(
  { object }: BpfStream,
  before: readonly DeniedFile[],
  files: readonly DeniedFile[],
): void {
  const map = object.map('denied');
  const value = Buffer.alloc(4);
  const wanted = new Set(files.map((file) => keyOf(file).toString('hex')));
  for (const file of before) {
    const key = keyOf(file);
    if (!wanted.has(key.toString('hex'))) object.remove(map, key);
  }
  for (const file of files) object.update(map, keyOf(file), value);
}

/** `struct file_key`. */
function keyOf(file: DeniedFile): Buffer {
  const key = Buffer.alloc(16);
  key.writeBigUInt64LE(file.inode, 0);
  key.writeBigUInt64LE(kernelDevice(file.device), 8);
  return key;
}
