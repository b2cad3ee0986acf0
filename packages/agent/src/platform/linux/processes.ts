import { INVENTORY_PROCESSES_MAX } from '@wardgrid/wire';
import {
  ACCOUNTS_MAX,
  boundedBytes,
  boundedDetail,
  boundedName,
  PROCESSES_BYTES_MAX,
  type BodyOf,
  type ProcessRow,
} from '../../inventory/index.ts';
import { parseAccounts } from './accounts.ts';
import { readLink, readNames, readStat, readText, TABLE_BYTES_MAX } from './files.ts';
import { readArguments, readProcessStat, TICKS_PER_SECOND } from './process-files.ts';
import { createThrottle, type LinuxSource } from './source.ts';
import { parseBootedAt } from './vitals.ts';

/** Entries of `/proc` looked at: processes are not all of them. */
const NAMES_MAX = INVENTORY_PROCESSES_MAX + 512;
/** Pages of every x86-64, and of the ARM kernels that distributions ship for servers. */
const PAGE_BYTES = 4_096;

/** Reads what runs at this moment, oldest numbers first. */
export async function readProcesses(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<BodyOf<'processes'>> {
  const { rootPath } = source;
  const users = readUserNames(rootPath);
  const bootedAt = parseBootedAt(readText(`${rootPath}proc/stat`, TABLE_BYTES_MAX) ?? '') ?? 0;
  const throttle = createThrottle(source.clock, signal);
  const pids = readNames(`${rootPath}proc`, NAMES_MAX)
    .filter((name) => /^\d{1,10}$/.test(name))
    .map(Number)
    .toSorted((left, right) => left - right);
  const processes: ProcessRow[] = [];
  let sizeBytes = 0;
  for (const pid of pids) {
    const row = readProcess(`${rootPath}proc/${pid}`, { users, bootedAt });
    sizeBytes += row === null ? 0 : Buffer.byteLength(JSON.stringify(row));
    const isFull = processes.length >= INVENTORY_PROCESSES_MAX || sizeBytes > PROCESSES_BYTES_MAX;
    if (isFull) return { section: 'processes', processes, isTruncated: true };
    if (row !== null) processes.push(row);
    await throttle();
  }
  return { section: 'processes', processes, isTruncated: false };
}

/** The names of local accounts by their number. */
export function readUserNames(rootPath: string): ReadonlyMap<number, string> {
  const text = readText(`${rootPath}etc/passwd`, TABLE_BYTES_MAX) ?? '';
  const accounts = parseAccounts(text, { groupIds: new Set(), members: new Set() });
  const names = new Map<number, string>();
  for (const { uid, name } of accounts.slice(0, ACCOUNTS_MAX)) {
    if (uid !== null && !names.has(uid)) names.set(uid, name);
  }
  return names;
}

function readProcess(
  path: string,
  known: { readonly users: ReadonlyMap<number, string>; readonly bootedAt: number },
): ProcessRow | null {
  const stat = readProcessStat(path);
  const uid = ownerOf(path);
  if (stat === null || uid === null) return null;
  const executable = readLink(`${path}/exe`);
  const startedMs = (stat.startTicks * 1_000) / TICKS_PER_SECOND;
  return {
    pid: stat.pid,
    parentPid: Math.max(0, stat.parentPid || 0),
    name: boundedName(stat.name),
    user: known.users.get(uid) ?? String(uid),
    executable: executable === null ? null : boundedDetail(executable),
    commandLine: boundedDetail((readArguments(path) ?? []).join(' ')),
    startedAt: Math.round(known.bootedAt + startedMs),
    cpuSeconds: Math.max(0, stat.cpuTicks || 0) / TICKS_PER_SECOND,
    residentBytes: boundedBytes(stat.residentPages * PAGE_BYTES),
  };
}

/** The effective user of a process: the owner of its folder. */
function ownerOf(path: string): number | null {
  const owner = readStat(path)?.uid;
  return owner === undefined ? null : Number(owner);
}
