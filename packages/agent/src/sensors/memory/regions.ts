import { basename } from 'node:path';

/* `/proc/PID/maps` (proc_pid_maps(5)): `start-end perms offset device inode path`, a line a region. */
const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-])([w-])([x-])[ps] [0-9a-f]+ [0-9a-f]+:[0-9a-f]+ (\d+) *(.*)$/;
/** Pages that the kernel itself puts into every process. */
const OF_KERNEL = /^\[(?:vdso|vsyscall|vvar|vvar_vclock|uprobes)\]$/;
/** Memory of no file that is shared: the kernel gives it the name of a file that never was. */
const SHARED_ANONYMOUS = /^\/(?:dev\/zero|SYSV[0-9a-f]{8})(?: \(deleted\))?$/;
const DELETED = ' (deleted)';

/** Why a region is worth telling. */
export type RegionKind =
  /** Can be written and run: code that is made, or brought in. */
  | 'writable-executable'
  /** Can be run and comes from no file. */
  | 'anonymous-executable'
  /** Runs from a file that was deleted, often by an update of it. */
  | 'deleted-executable'
  /** Runs from a file that exists in memory only. */
  | 'memfd-executable';

/** Executable regions of one kind that look alike. */
export interface Region {
  readonly kind: RegionKind;
  /** Hexadecimal, of the largest. */
  readonly address: string;
  /** Of all of them together. */
  readonly sizeBytes: number;
  readonly count: number;
  readonly protection: string;
  /** The file, or what the kernel calls it; empty for memory of no name. */
  readonly mapping: string;
}

/** Regions told of one process: beyond, they are alike. */
const REGIONS_MAX = 64;

interface Line {
  readonly start: bigint;
  readonly sizeBytes: number;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
  readonly protection: string;
  readonly isAnonymous: boolean;
  readonly mapping: string;
}

/** The regions of a process that are worth telling, those of one kind and mapping together. */
export function suspiciousRegions(maps: string): Region[] {
  const groups = new Map<string, Line[]>();
  for (const text of maps.split('\n')) {
    const line = parseLine(text);
    const kind = line === null ? null : kindOf(line);
    if (line === null || kind === null) continue;
    const key = `${kind} ${line.protection} ${line.mapping}`;
    const group = groups.get(key);
    if (group !== undefined) group.push(line);
    else if (groups.size < REGIONS_MAX) groups.set(key, [line]);
  }
  return [...groups.values()].map(regionOf);
}

function parseLine(text: string): Line | null {
  const [, start, end, read, write, execute, inode, mapping] = LINE.exec(text) ?? [];
  if (start === undefined || end === undefined || mapping === undefined) return null;
  const from = BigInt(`0x${start}`);
  return {
    start: from,
    sizeBytes: Number(BigInt(`0x${end}`) - from),
    isWritable: write === 'w',
    isExecutable: execute === 'x',
    protection: `${read}${write}${execute}`,
    isAnonymous: inode === '0' || SHARED_ANONYMOUS.test(mapping),
    mapping,
  };
}

function kindOf(line: Line): RegionKind | null {
  if (!line.isExecutable || OF_KERNEL.test(line.mapping)) return null;
  if (line.mapping.startsWith('/memfd:')) return 'memfd-executable';
  if (line.mapping.endsWith(DELETED) && !line.isAnonymous) return 'deleted-executable';
  if (line.isWritable) return 'writable-executable';
  return line.isAnonymous ? 'anonymous-executable' : null;
}

function regionOf(lines: readonly Line[]): Region {
  const [largest] = lines.toSorted((left, right) => right.sizeBytes - left.sizeBytes);
  const first = largest ?? { start: 0n, protection: '', mapping: '' };
  const kind = largest === undefined ? null : kindOf(largest);
  return {
    kind: kind ?? 'writable-executable',
    address: `0x${first.start.toString(16)}`,
    sizeBytes: lines.reduce((sum, line) => sum + line.sizeBytes, 0),
    count: lines.length,
    protection: first.protection,
    mapping: first.mapping,
  };
}

/** Runtimes that make code as they go, by the files that they are. */
const RUNTIMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:node|nodejs|deno|chrome|chromium|electron|code|msedge|brave)$/, 'v8'],
  [/^libv8\b/, 'v8'],
  [/^(?:bun|libjavascriptcoregtk-.*)$/, 'javascriptcore'],
  [/^(?:firefox|firefox-esr|thunderbird|libxul\.so|libmozjs-.*)$/, 'spidermonkey'],
  [/^libjvm\.so/, 'jvm'],
  [/^lib(?:coreclr|clrjit|monosgen-.*|mono-.*)\.so/, 'dotnet'],
  [/^(?:luajit.*|libluajit.*)$/, 'luajit'],
  [/^pypy/, 'pypy'],
  [/^qemu-/, 'qemu'],
  [/^libLLVM/, 'llvm'],
];

/** Files looked at for runtimes; a browser maps some 300. */
const FILES_MAX = 1_024;

/**
 * The runtime that may have made the code of a process, by the files it maps; null for none. Anybody may
 * name a file like one: it is a hint for rules, not an excuse.
 */
export function runtimeOf(maps: string): string | null {
  const files = new Set<string>();
  for (const [, path = ''] of maps.matchAll(/ (\/[^\n]*)$/gm)) {
    if (files.size < FILES_MAX) files.add(path);
  }
  for (const path of files) {
    const name = basename(path.replace(DELETED, ''));
    const found = RUNTIMES.find(([pattern]) => pattern.test(name));
    if (found !== undefined) return found[1];
  }
  return null;
}
