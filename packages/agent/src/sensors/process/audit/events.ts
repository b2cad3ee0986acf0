import { argumentsIn, untrustedText, type AuditRecord } from './records.ts';

/* Numbers of record types (linux/audit.h). */
const TYPE = { syscall: 1_300, path: 1_302, cwd: 1_307, execve: 1_309, endOfEvent: 1_320 } as const;
/** Events whose records still come; the kernel writes those of one event nearly together. */
const OPEN_MAX = 256;
/** Records of one event: more of them belong to a list of arguments that is cut anyway. */
const RECORDS_MAX = 64;
/** Nobody signed in: `(uid_t)-1`. */
const NO_LOGIN = 4_294_967_295;

/** What the records of one start tell. */
export interface AuditStart {
  readonly at: number;
  readonly pid: number;
  readonly parentPid: number;
  readonly uid: number;
  readonly euid: number;
  readonly loginUid: number | null;
  readonly tty: string | null;
  readonly executable: string | null;
  readonly args: readonly string[];
  readonly isCut: boolean;
  readonly folder: string | null;
  readonly inode: bigint | null;
  /** Whether what was asked for is not what runs: a script and its interpreter. */
  readonly script: string | null;
}

interface Open {
  readonly records: (AuditRecord & { readonly type: number })[];
}

/** Puts records of an event together. */
export interface AuditEvents {
  /** Takes a record; gives the start that it completes. */
  readonly take: (type: number, record: AuditRecord) => AuditStart | null;
  /** Events given up for want of room. */
  readonly dropped: () => number;
}

/** With nothing open. */
export function createAuditEvents(): AuditEvents {
  const open = new Map<string, Open>();
  let dropped = 0;
  return {
    dropped: () => dropped,
    take(type, record) {
      const event = open.get(record.serial) ?? { records: [] };
      if (type === TYPE.endOfEvent) {
        open.delete(record.serial);
        return startOf(event);
      }
      if (type === TYPE.syscall && !isStart(record)) return null;
      if (type !== TYPE.syscall && event.records.length === 0) return null;
      if (event.records.length >= RECORDS_MAX) return null;
      if (!open.has(record.serial) && open.size >= OPEN_MAX) {
        open.delete(open.keys().next().value ?? '');
        dropped += 1;
      }
      event.records.push({ ...record, type });
      open.set(record.serial, event);
      return null;
    },
  };
}

/** A system call that started a program: by number and outcome, whatever rule it was recorded for. */
function isStart({ values }: AuditRecord): boolean {
  const calls = process.arch === 'arm64' ? ['221', '281'] : ['59', '322'];
  return values.get('success') === 'yes' && calls.includes(values.get('syscall') ?? '');
}

function startOf({ records }: Open): AuditStart | null {
  const ofType = (type: number): AuditRecord[] => records.filter((record) => record.type === type);
  const [call] = ofType(TYPE.syscall);
  if (call === undefined) return null;
  const numberOf = (name: string): number => Number(call.values.get(name) ?? Number.NaN);
  const { args, isCut } = argumentsIn(ofType(TYPE.execve));
  const asked = ofType(TYPE.path).find(({ values }) => values.get('item') === '0')?.values;
  const executable = untrustedText(call.values.get('exe'));
  const tty = call.values.get('tty');
  const loginUid = numberOf('auid');
  const asksForScript = ofType(TYPE.path).length > 2;
  return {
    at: call.at,
    pid: numberOf('pid'),
    parentPid: numberOf('ppid'),
    uid: numberOf('uid'),
    euid: numberOf('euid'),
    loginUid: loginUid === NO_LOGIN ? null : loginUid,
    tty: tty === undefined || tty === '(none)' ? null : tty,
    executable,
    args,
    isCut,
    folder: untrustedText(ofType(TYPE.cwd)[0]?.values.get('cwd')),
    inode: asksForScript ? null : inodeOf(asked?.get('inode')),
    script: asksForScript ? untrustedText(asked?.get('name')) : null,
  };
}

function inodeOf(text: string | undefined): bigint | null {
  return text !== undefined && /^\d{1,20}$/.test(text) ? BigInt(text) : null;
}
