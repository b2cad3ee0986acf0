import { closeSync, openSync, readSync } from 'node:fs';
import { boundedText } from '@wardgrid/base';
import type { EventFieldName, EventFields } from '@wardgrid/wire';
import { pathText, readLink } from './path-text.ts';

/** Enough for the command lines that people write; a longer one is cut and named as missing. */
const COMMAND_LINE_BYTES_MAX = 4_096;

/** What is known of the process behind an event. */
export interface ProcessFacts {
  readonly fields: EventFields;
  readonly missing: readonly EventFieldName[];
}

/** Reads a process from `/proc`, which no sensor watches. Gone processes leave only their number. */
export function readProcessFacts(pid: number): ProcessFacts {
  if (pid <= 0) return { fields: {}, missing: ['process.pid', 'process.executable'] };
  const missing: EventFieldName[] = [];
  const fields: EventFields = { 'process.pid': pid };
  const link = readLink(`/proc/${pid}/exe`);
  if (link) {
    const executable = pathText(link).replace(/ \(deleted\)$/, '');
    fields['process.executable'] = executable;
    fields['process.name'] = executable.slice(executable.lastIndexOf('/') + 1);
  } else missing.push('process.executable', 'process.name');
  const line = readCommandLine(pid);
  if (line !== null) fields['process.command_line'] = line.text;
  if (line === null || line.isCut) missing.push('process.command_line');
  return { fields, missing };
}

function readCommandLine(pid: number): { text: string; isCut: boolean } | null {
  try {
    const fd = openSync(`/proc/${pid}/cmdline`, 'r');
    try {
      const bytes = Buffer.alloc(COMMAND_LINE_BYTES_MAX);
      const length = readSync(fd, bytes, 0, bytes.length, 0);
      const text = bytes.toString('utf8', 0, length).replace(/\0$/, '').replaceAll('\0', ' ');
      return {
        text: boundedText(text, COMMAND_LINE_BYTES_MAX),
        isCut: length === bytes.length,
      };
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}
