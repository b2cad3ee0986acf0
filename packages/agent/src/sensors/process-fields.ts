import { basename } from 'node:path';
import { boundedText } from '@wardgrid/base';
import { EVENT_TEXT_MAX, type EventFields } from '@wardgrid/wire';
import { readLink, readStat } from '../platform/linux/files.ts';
import {
  entityIdOf,
  readArguments,
  readBootId,
  readProcessStat,
} from '../platform/linux/process-files.ts';

/** Who does something, as events of other things than processes tell it. */
export interface ProcessName {
  readonly entityId: string;
  readonly pid: number;
  readonly executable: string | null;
  readonly commandLine: string | null;
}

/** Finds a process that is known already; undefined when it is not. */
export type FindProcess = (pid: number, startTicks: number | null) => ProcessName | undefined;

/** Tells of processes by their numbers: from what is known, else from `/proc`; null when it is gone. */
export function createProcessFields(
  rootPath: string,
  find: FindProcess = () => undefined,
): (pid: number, startTicks?: number | null) => EventFields | null {
  const bootId = readBootId(rootPath);
  return (pid, startTicks = null) => {
    const known = find(pid, startTicks) ?? readName(rootPath, { bootId, pid });
    if (known === null) return null;
    const uid = readStat(`${rootPath}proc/${pid}`)?.uid;
    return {
      'process.entity_id': known.entityId,
      'process.pid': pid,
      ...(known.executable === null ? {} : namesOf(known.executable)),
      ...(known.commandLine === null
        ? {}
        : { 'process.command_line': boundedText(known.commandLine, EVENT_TEXT_MAX) }),
      ...(uid === undefined ? {} : { 'user.id': Number(uid) }),
    };
  };
}

function namesOf(executable: string): EventFields {
  return {
    'process.executable': boundedText(executable, EVENT_TEXT_MAX),
    'process.name': boundedText(basename(executable), EVENT_TEXT_MAX),
  };
}

function readName(
  rootPath: string,
  who: { readonly bootId: string; readonly pid: number },
): ProcessName | null {
  const path = `${rootPath}proc/${who.pid}`;
  const stat = readProcessStat(path);
  if (stat === null) return null;
  return {
    entityId: entityIdOf(who.bootId, who.pid, stat.startTicks),
    pid: who.pid,
    executable: readLink(`${path}/exe`),
    commandLine: readArguments(path)?.join(' ') ?? null,
  };
}
