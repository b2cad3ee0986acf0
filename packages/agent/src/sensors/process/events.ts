import { basename } from 'node:path';
import { boundedText } from '@wardgrid/base';
import {
  EVENT_LIST_MAX,
  EVENT_TEXT_MAX,
  type EventFieldName,
  type EventFields,
  type EventValue,
} from '@wardgrid/wire';
import { TICKS_PER_SECOND } from '../../platform/linux/process-files.ts';
import type { SensedEvent } from '../../protect/parts.ts';
import { containerIdOf } from './cgroup.ts';
import type { KnownProcess, ProcessBrief } from './known.ts';
import type { ExecFact, ExitFact, ForkFact } from './source.ts';

/** What is known beside the fact. */
export interface EventContext {
  /** Epoch milliseconds at which the machine booted. */
  readonly bootedAt: number;
  readonly userName: (uid: number) => string | null;
}

/** Fields in the making: `undefined` does not apply, null could not be read. */
type DraftValue = EventValue | readonly string[];
type Draft = readonly (readonly [EventFieldName, DraftValue | null | undefined])[];

/** The event of a started program; `reason` when it is not the start itself that was seen. */
export function execEvent(
  fact: ExecFact,
  known: KnownProcess,
  context: EventContext & { readonly reason?: string },
): SensedEvent {
  const draft: Draft = [
    ...identity(known, context),
    ...program(fact),
    ...surroundings(fact, context),
    ...parentage(known),
    ['event.outcome', fact.isDenied ? 'denied' : undefined],
    ['event.reason', context.reason],
  ];
  return eventOf('exec', fact.at, { draft, cut: fact.cut });
}

/** The event of a process that made another. */
export function forkEvent(fact: ForkFact, known: KnownProcess, context: EventContext): SensedEvent {
  const draft: Draft = [
    ...identity(known, context),
    ...programBrief(known.brief),
    ...parentage(known),
  ];
  return eventOf('fork', fact.at, { draft, cut: [] });
}

/** The event of a process that ended. */
export function exitEvent(fact: ExitFact, known: KnownProcess, context: EventContext): SensedEvent {
  const draft: Draft = [
    ...identity(known, context),
    ...programBrief(known.brief),
    ['process.exit_code', fact.status === null ? null : exitCode(fact.status)],
    ['process.parent.entity_id', known.parent?.entityId],
    ['process.parent.pid', known.parent?.pid],
  ];
  return eventOf('exit', fact.at, { draft, cut: [] });
}

/** As shells tell it: the status, or 128 and the signal that ended the process. */
export function exitCode(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >>> 8) & 0xff : 128 + signal;
}

function identity(known: KnownProcess, context: EventContext): Draft {
  const { startTicks, brief } = known;
  return [
    ['process.entity_id', brief.entityId],
    ['process.pid', brief.pid],
    ['process.start', startTicks === null ? null : startedAt(startTicks, context)],
  ];
}

function startedAt(startTicks: number, context: EventContext): number {
  return Math.round(context.bootedAt + (startTicks * 1_000) / TICKS_PER_SECOND);
}

function program(fact: ExecFact): Draft {
  const { args, executable, filename } = fact;
  const script = fact.isScript === true && filename !== null ? filename : undefined;
  const path = script ?? executable;
  return [
    ['process.executable', executable],
    ['process.name', nameOf(executable)],
    ['process.args', args],
    ['process.command_line', args === null ? null : args.join(' ')],
    ['process.is_deleted', fact.isDeleted],
    ['process.is_memfd', fact.isMemfd],
    ['process.is_script', fact.isScript],
    ['process.env', fact.env],
    ['file.path', path],
    ['file.inode', script === undefined ? (fact.inode?.toString() ?? null) : undefined],
    ['file.device', script === undefined ? deviceOf(fact.device) : undefined],
  ];
}

function deviceOf(device: bigint | null): number | null {
  return device === null ? null : Number(device);
}

function programBrief(brief: ProcessBrief): Draft {
  return [
    ['process.executable', brief.executable],
    ['process.name', nameOf(brief.executable)],
  ];
}

function nameOf(executable: string | null): string | null {
  return executable === null ? null : basename(executable.replace(/ \(deleted\)$/, ''));
}

function surroundings(fact: ExecFact, context: EventContext): Draft {
  const [stdin, stdout, stderr] = fact.stdio ?? [null, null, null];
  return [
    ['process.working_directory', fact.folder],
    ['process.tty', fact.tty ?? undefined],
    ['process.stdin.type', stdin],
    ['process.stdout.type', stdout],
    ['process.stderr.type', stderr],
    ['process.cgroup', fact.cgroup],
    ['process.container.id', containerIdOf(fact.cgroup ?? '') ?? undefined],
    ['user.id', fact.uid],
    ['user.effective.id', fact.euid],
    ['user.name', fact.uid === null ? null : (context.userName(fact.uid) ?? undefined)],
    ['user.login.id', fact.loginUid ?? undefined],
  ];
}

function parentage(known: KnownProcess): Draft {
  const { parent } = known;
  if (parent === null) return [];
  return [
    ['process.parent.entity_id', parent.entityId],
    ['process.parent.pid', parent.pid],
    ['process.parent.executable', parent.executable],
    ['process.parent.name', nameOf(parent.executable)],
    ['process.parent.command_line', parent.commandLine],
    ['process.ancestors', known.ancestors],
  ];
}

/** Fields with their bounds kept; what could not be read, or not whole, is named. */
function eventOf(
  action: SensedEvent['action'],
  at: number,
  made: { readonly draft: Draft; readonly cut: readonly EventFieldName[] },
): SensedEvent {
  const fields: EventFields = {};
  const missing = new Set(made.cut);
  for (const [name, value] of made.draft) {
    if (value === null) missing.add(name);
    if (value === undefined || value === null) continue;
    const bounded = boundedValue(value);
    if (bounded.isCut) missing.add(name);
    fields[name] = bounded.value;
  }
  return {
    class: 'process',
    action,
    at: Math.round(at),
    sensor: 'process',
    fields,
    missing: [...missing],
  };
}

function boundedValue(value: DraftValue): {
  readonly value: EventValue;
  readonly isCut: boolean;
} {
  if (typeof value === 'string') {
    return { value: boundedText(value, EVENT_TEXT_MAX), isCut: value.length > EVENT_TEXT_MAX };
  }
  if (typeof value !== 'object') return { value, isCut: false };
  const items = value.slice(0, EVENT_LIST_MAX).map((text) => boundedText(text, EVENT_TEXT_MAX));
  return { value: items, isCut: value.length > EVENT_LIST_MAX };
}
