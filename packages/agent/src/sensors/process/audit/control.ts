import {
  NETLINK,
  NETLINK_FLAG,
  NETLINK_HEAD_BYTES,
  NETLINK_TYPE,
  netlinkRequest,
  openNetlink,
} from '../../../platform/linux/netlink.ts';
import { callError } from '../../../platform/linux/system-calls.ts';

/* Commands to the kernel's audit (linux/audit.h). */
const COMMAND = { get: 1_000, set: 1_001, addRule: 1_011, deleteRule: 1_012, listRules: 1_013 };
const STATUS_BYTES = 40;
const STATUS_MASK = { enabled: 1, backlogLimit: 0x10 } as const;
/** The kernel answers at once; listing rules starts a thread of its own there. */
const ANSWER_MS_MAX = 1_000;
const ANSWERS_MAX = 10_000;
/** Records that wait in the kernel: its default of 64 loses in the first burst. */
const BACKLOG_LIMIT = 8_192;

/* `struct audit_rule_data`: flags, action, count of fields, 64 words each of system calls, fields,
   values and operators, then the length of the strings and the strings. */
const RULE_HEAD_BYTES = 1_040;
const RULE_AT = { mask: 12, fields: 268, values: 524, operators: 780, stringsLength: 1_036 };
const FILTER_EXIT = 4;
const ALWAYS = 2;
const OPERATOR_EQUAL = 0x4000_0000;
const FIELD = { arch: 11, filterKey: 210 } as const;
/** By processor: the number of `execve` and `execveat`, and the audit name of the architecture. */
const MACHINE =
  process.arch === 'arm64'
    ? { calls: [221, 281], arch: 0xc000_00b7 }
    : { calls: [59, 322], arch: 0xc000_003e };
/** Marks our rule, so that it is known again after a crash and nobody else's is touched. */
const KEY = 'wardgrid-exec';

const NOTHING = Buffer.alloc(0);

interface AuditRequest {
  readonly command: number;
  readonly payload: Buffer;
  /** The type of the answer that ends it. */
  readonly last: number;
}

type OnAnswer = (payload: Buffer) => void;

/** How the kernel's audit stands. */
export interface AuditStatus {
  /** 0 off, 1 on, 2 on and locked until the next boot. */
  readonly enabled: number;
  /** The auditd that gets the records; 0 for none. */
  readonly daemonPid: number;
  readonly backlogLimit: number;
  /** Records that were lost since boot. */
  readonly lost: number;
}

/** The kernel's audit as a thing to ask and to change. */
export interface AuditControl {
  readonly status: () => AuditStatus;
  /** Whether a rule, anybody's, has every start recorded. */
  readonly recordsStarts: () => boolean;
  /** Adds our rule and switches audit on. */
  readonly enable: () => void;
  /** Takes our rule away and puts back what `enable` changed. */
  readonly restore: (before: AuditStatus) => void;
  readonly close: () => void;
}

/** Opens the control. @throws SystemCallError without the right to (CAP_AUDIT_CONTROL). */
export function openAuditControl(): AuditControl {
  const socket = openNetlink({
    protocol: NETLINK.audit,
    groups: 0,
    queueBytes: 1024 * 1024,
    datagramBytesMax: 16 * 1024,
  });

  /** Sends and hands over answers until the one of the type `last`. Errors come in any case. */
  function ask(request: AuditRequest, onAnswer?: OnAnswer): void {
    const { command, payload, last } = request;
    const flags = last === NETLINK_TYPE.error ? NETLINK_FLAG.acknowledge : 0;
    socket.send(netlinkRequest(command, flags, payload));
    for (let count = 0; count < ANSWERS_MAX && socket.wait(ANSWER_MS_MAX); count += 1) {
      const datagram = socket.receive();
      if (datagram === null || datagram === 'lost') return;
      const type = datagram.readUInt16LE(4);
      const answer = datagram.subarray(NETLINK_HEAD_BYTES);
      const errno = type === NETLINK_TYPE.error ? -answer.readInt32LE(0) : 0;
      if (errno !== 0) throw callError(`audit ${command}`, errno);
      if (type === command) onAnswer?.(answer);
      if (type === last) return;
    }
  }

  const change = (command: number, payload: Buffer): void =>
    ask({ command, payload, last: NETLINK_TYPE.error });

  function status(): AuditStatus {
    let found: AuditStatus | undefined;
    ask({ command: COMMAND.get, payload: NOTHING, last: COMMAND.get }, (payload) => {
      found = parseStatus(payload);
    });
    if (found === undefined) throw callError('audit status', 0);
    return found;
  }

  return {
    status,
    recordsStarts() {
      let isRecorded = false;
      ask({ command: COMMAND.listRules, payload: NOTHING, last: NETLINK_TYPE.done }, (rule) => {
        if (isStartRule(rule)) isRecorded = true;
      });
      return isRecorded;
    },
    enable() {
      const before = status();
      const backlogLimit = Math.max(before.backlogLimit, BACKLOG_LIMIT);
      change(COMMAND.addRule, startRule());
      change(COMMAND.set, statusOf({ enabled: 1, backlogLimit }));
    },
    restore({ enabled, backlogLimit }) {
      change(COMMAND.deleteRule, startRule());
      change(COMMAND.set, statusOf({ enabled, backlogLimit }));
    },
    close: socket.close,
  };
}

function parseStatus(payload: Buffer): AuditStatus {
  return {
    enabled: payload.readUInt32LE(4),
    daemonPid: payload.readUInt32LE(12),
    backlogLimit: payload.readUInt32LE(20),
    lost: payload.readUInt32LE(24),
  };
}

function statusOf(wanted: Pick<AuditStatus, 'enabled' | 'backlogLimit'>): Buffer {
  const payload = Buffer.alloc(STATUS_BYTES);
  payload.writeUInt32LE(STATUS_MASK.enabled | STATUS_MASK.backlogLimit, 0);
  payload.writeUInt32LE(wanted.enabled, 4);
  payload.writeUInt32LE(wanted.backlogLimit, 20);
  return payload;
}

/** Whether a rule records starts: at the exit of the call, always, and of nobody in particular. */
function isStartRule(rule: Buffer): boolean {
  if (rule.length < RULE_HEAD_BYTES) return false;
  const [call = 0] = MACHINE.calls;
  const word = rule.readUInt32LE(RULE_AT.mask + 4 * Math.trunc(call / 32));
  const fieldCount = Math.min(64, rule.readUInt32LE(8));
  for (let index = 0; index < fieldCount; index += 1) {
    const field = rule.readUInt32LE(RULE_AT.fields + 4 * index);
    if (field !== FIELD.arch && field !== FIELD.filterKey) return false;
  }
  const isAlways = rule.readUInt32LE(0) === FILTER_EXIT && rule.readUInt32LE(4) === ALWAYS;
  return isAlways && ((word >>> (call % 32)) & 1) === 1;
}

function startRule(): Buffer {
  const rule = Buffer.alloc(RULE_HEAD_BYTES + KEY.length);
  rule.writeUInt32LE(FILTER_EXIT, 0);
  rule.writeUInt32LE(ALWAYS, 4);
  for (const call of MACHINE.calls) {
    const at = RULE_AT.mask + 4 * Math.trunc(call / 32);
    rule.writeUInt32LE((rule.readUInt32LE(at) | (1 << (call % 32))) >>> 0, at);
  }
  const fields = [
    [FIELD.arch, MACHINE.arch],
    [FIELD.filterKey, KEY.length],
  ] as const;
  rule.writeUInt32LE(fields.length, 8);
  for (const [index, [field, value]] of fields.entries()) {
    rule.writeUInt32LE(field, RULE_AT.fields + 4 * index);
    rule.writeUInt32LE(value, RULE_AT.values + 4 * index);
    rule.writeUInt32LE(OPERATOR_EQUAL, RULE_AT.operators + 4 * index);
  }
  rule.writeUInt32LE(KEY.length, RULE_AT.stringsLength);
  rule.write(KEY, RULE_HEAD_BYTES, 'latin1');
  return rule;
}
