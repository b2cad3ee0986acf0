import * as z from 'zod';
import { Count, EpochMs, Id } from './primitives.ts';

/** What an event is about. Each class has its log sources in Sigma and its OCSF class. */
export const EventClass = z.enum([
  'process',
  'file',
  'network',
  'authentication',
  'log',
  'memory',
  'module',
  'scan',
]);
export type EventClass = z.infer<typeof EventClass>;

/** What happened, within a class. */
export const EventAction = z.enum([
  // process
  'exec',
  'exit',
  'fork',
  // file; `open` and `exec` are those that waited for a verdict
  'create',
  'write',
  'rename',
  'delete',
  'attributes',
  'open',
  // network
  'connect',
  'listen',
  'dns',
  // authentication
  'login',
  'logout',
  'failure',
  'elevate',
  // service log lines
  'line',
  // memory
  'region',
  // kernel modules and BPF programs
  'load',
  // a file or memory looked at by a scan that somebody ordered or scheduled
  'hit',
]);
export type EventAction = z.infer<typeof EventAction>;

/** Which part of the agent saw it. */
export const SensorName = z.enum([
  'file-access',
  'file-change',
  'process',
  'network',
  'authentication',
  'service-log',
  'memory',
  'scan',
]);
export type SensorName = z.infer<typeof SensorName>;

type FieldKind = 'text' | 'number' | 'boolean' | 'list';

/**
 * The fields of an event, named after ECS 8; each with its kind. Absent is not empty: a field that does
 * not apply is left out, one that the sensor could not read is also named in `missing`.
 */
export const eventFieldKinds = {
  'process.entity_id': 'text',
  'process.pid': 'number',
  'process.start': 'number',
  'process.executable': 'text',
  'process.name': 'text',
  'process.args': 'list',
  'process.command_line': 'text',
  'process.working_directory': 'text',
  'process.tty': 'text',
  'process.exit_code': 'number',
  'process.is_deleted': 'boolean',
  'process.is_memfd': 'boolean',
  'process.is_script': 'boolean',
  'process.env': 'list',
  'process.cgroup': 'text',
  'process.container.id': 'text',
  'process.hash.sha256': 'text',
  'process.stdin.type': 'text',
  'process.stdout.type': 'text',
  'process.stderr.type': 'text',
  'process.parent.entity_id': 'text',
  'process.parent.pid': 'number',
  'process.parent.executable': 'text',
  'process.parent.name': 'text',
  'process.parent.command_line': 'text',
  /** Executables from the parent's parent upwards, at most eight. */
  'process.ancestors': 'list',
  'user.id': 'number',
  'user.name': 'text',
  'user.effective.id': 'number',
  'user.login.id': 'number',
  'file.path': 'text',
  'file.name': 'text',
  'file.directory': 'text',
  'file.extension': 'text',
  'file.previous_path': 'text',
  'file.device': 'number',
  'file.inode': 'text',
  'file.size': 'number',
  'file.mode': 'number',
  'file.uid': 'number',
  'file.gid': 'number',
  'file.mtime': 'number',
  'file.entropy': 'number',
  'file.entropy_before': 'number',
  'file.magic': 'text',
  'file.hash.sha256': 'text',
  'file.is_canary': 'boolean',
  'file.verdict': 'text',
  'source.ip': 'text',
  'source.port': 'number',
  'destination.ip': 'text',
  'destination.port': 'number',
  'destination.domain': 'text',
  'network.transport': 'text',
  'network.direction': 'text',
  'dns.question.name': 'text',
  'event.outcome': 'text',
  'event.reason': 'text',
  'event.module': 'text',
  'service.name': 'text',
  'log.path': 'text',
  message: 'text',
  'memory.address': 'text',
  'memory.size': 'number',
  'memory.protection': 'text',
  'memory.mapping': 'text',
  'module.name': 'text',
  'module.path': 'text',
  'audit.type': 'text',
  'audit.syscall': 'text',
  'audit.key': 'text',
} as const satisfies Readonly<Record<string, FieldKind>>;

export type EventFieldName = keyof typeof eventFieldKinds;

/** Longest text of a field: a command line of `ARG_MAX` is cut and named in `missing`. */
export const EVENT_TEXT_MAX = 32_768;
/** Most items of a list field. */
export const EVENT_LIST_MAX = 1_024;

export const EventFieldNames = z.enum(
  Object.keys(eventFieldKinds) as [EventFieldName, ...EventFieldName[]],
);

const EventValue = z.union([
  z.string().max(EVENT_TEXT_MAX),
  z.number(),
  z.boolean(),
  z.array(z.string().max(EVENT_TEXT_MAX)).max(EVENT_LIST_MAX),
]);
export type EventValue = z.infer<typeof EventValue>;

/** The fields an event has; the others are absent. */
export const EventFields = z.partialRecord(EventFieldNames, EventValue);
export type EventFields = z.infer<typeof EventFields>;

/** One thing that happened on a device, in the one event shape. */
export const DeviceEvent = z.strictObject({
  id: Id,
  class: EventClass,
  action: EventAction,
  /** The device's clock. */
  at: EpochMs,
  /** Grows by one an event on this device since the agent started; survives a clock that is set. */
  order: Count,
  sensor: SensorName,
  fields: EventFields,
  /** Fields that apply but could not be read: a rule about one is "not evaluable", not "no". */
  missing: z.array(EventFieldNames).max(32),
});
export type DeviceEvent = z.infer<typeof DeviceEvent>;

/** How a sensor is: what it saw, lost and was blind to. */
export const SensorHealth = z.strictObject({
  name: SensorName,
  state: z.enum(['on', 'degraded', 'off']),
  /** By what means: `fanotify`, `bpf`, `audit`, `proc-connector`, `inet-diag`, … */
  source: z.string().max(40),
  /** Why it is not `on`, in words; null when it is. */
  reason: z.string().max(300).nullable(),
  /** Since the agent started. */
  events: Count,
  dropped: Count,
  /** How long whoever was held had to wait, or the event was under way. */
  p50Us: Count.nullable(),
  p99Us: Count.nullable(),
  /** Total time in which it saw nothing although it should have. */
  blindMs: Count,
  /** What it cannot see here, in words: `command lines of programs that end within 1 ms`. */
  blindSpots: z.array(z.string().max(200)).max(8),
});
export type SensorHealth = z.infer<typeof SensorHealth>;

/** How a detection engine is on this device. */
export const EngineHealth = z.strictObject({
  name: z.enum(['sigma', 'behaviour', 'yara', 'hash', 'clamav', 'canary', 'anomaly']),
  state: z.enum(['on', 'off']),
  reason: z.string().max(300).nullable(),
  rules: Count,
  evaluated: Count,
  matched: Count,
  /** Rules that could not be decided for want of a field. */
  notEvaluable: Count,
});
export type EngineHealth = z.infer<typeof EngineHealth>;

/** The protection of a device at a moment; part of every heartbeat. */
export const ProtectionHealth = z.strictObject({
  mode: z.enum(['off', 'detect', 'balanced', 'strict']),
  policyVersion: Count,
  /** Digest of the content that runs; null when none does. */
  contentDigest: z.string().max(64).nullable(),
  sensors: z.array(SensorHealth).max(16),
  engines: z.array(EngineHealth).max(16),
  quarantined: Count,
});
export type ProtectionHealth = z.infer<typeof ProtectionHealth>;

/** One process in the tree around a finding. */
export const ProcessNode = z.strictObject({
  entityId: z.string().max(64),
  parentEntityId: z.string().max(64).nullable(),
  pid: Count,
  startedAt: EpochMs,
  endedAt: EpochMs.nullable(),
  executable: z.string().max(4_096),
  commandLine: z.string().max(4_096),
  user: z.string().max(255),
});
export type ProcessNode = z.infer<typeof ProcessNode>;
