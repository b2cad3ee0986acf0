import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { messageOf, type Clock } from '@wardgrid/base';
import { createLineSplitter } from './line-splitter.ts';
import { logLine, type LogLine } from './syslog-line.ts';

/** Never looked up in a search path: this runs as root. */
const PROGRAM = '/usr/bin/journalctl';
/** There while a journal is kept. */
const SOCKET = 'run/systemd/journal/socket';
/** An entry with all its fields; a longer one is no line of a service. */
const ENTRY_LENGTH_MAX = 64 * 1024;
/** How long to wait before the program is started again. */
const RESTART_MS = 5_000;
const CURSOR_LENGTH_MAX = 512;

/** A journal that is being followed. */
export interface Journal {
  /** Of the newest entry that was told; null before the first. */
  readonly cursor: () => string | null;
  /** Why nothing comes; null while its program runs. */
  readonly trouble: () => string | null;
  readonly stop: () => void;
}

/** Whether this machine keeps a journal that can be read. */
export function hasJournal(rootPath: string): boolean {
  try {
    accessSync(rootPath + SOCKET);
    accessSync(PROGRAM, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Follows the journal by its own program, which starts again when it ends. */
export function followJournal(options: {
  readonly clock: Clock;
  readonly cursor: string | null;
  readonly onLines: (lines: readonly LogLine[]) => void;
  readonly program?: string;
}): Journal {
  const { clock } = options;
  let { cursor } = options;
  let child: ChildProcess | undefined;
  let cancelRestart = (): void => undefined;
  let isStopped = false;
  let trouble: string | null = null;

  function begin(): void {
    const from = cursor === null ? '--lines=0' : `--after-cursor=${cursor}`;
    const argv = ['--follow', '--output=json', '--no-pager', from];
    const splitter = createLineSplitter(ENTRY_LENGTH_MAX);
    child = spawn(options.program ?? PROGRAM, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout?.on('data', (bytes: Buffer) => {
      trouble = null;
      const entries = splitter.push(bytes).map((text) => parseJournalEntry(text, clock.now()));
      const whole = entries.filter((entry) => entry !== null);
      cursor = whole.findLast((entry) => entry.cursor !== null)?.cursor ?? cursor;
      const lines = whole.flatMap((entry) => entry.line ?? []);
      if (lines.length > 0) options.onLines(lines);
    });
    child.once('error', (error) => again(messageOf(error)));
    child.once('close', (code) => again(`it ended with ${code ?? 'a signal'}`));
  }

  let isPlanned = false;
  function again(reason: string): void {
    if (isStopped || isPlanned) return;
    trouble = `journalctl: ${reason}`;
    isPlanned = true;
    cancelRestart = clock.after(RESTART_MS, () => {
      isPlanned = false;
      begin();
    });
  }

  begin();
  return {
    cursor: () => cursor,
    trouble: () => trouble,
    stop() {
      isStopped = true;
      cancelRestart();
      child?.kill('SIGTERM');
    },
  };
}

/** One entry of `--output=json`: where it stands, and its line when a service wrote one. */
export interface JournalEntry {
  readonly cursor: string | null;
  readonly line: LogLine | null;
}

/** Parses an entry (systemd's "Journal JSON Format"); null when it is none or was cut. */
export function parseJournalEntry(text: string, nowMs: number): JournalEntry | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = new Map(Object.entries(value));
  const cursor = textOf(fields.get('__CURSOR'));
  const service = textOf(fields.get('SYSLOG_IDENTIFIER')) ?? textOf(fields.get('_COMM'));
  const message = textOf(fields.get('MESSAGE'));
  const pid = Number(textOf(fields.get('_PID')) ?? Number.NaN);
  const at = Number(textOf(fields.get('__REALTIME_TIMESTAMP')) ?? Number.NaN) / 1_000;
  const known = cursor !== null && cursor.length <= CURSOR_LENGTH_MAX ? cursor : null;
  if (service === null || message === null) return { cursor: known, line: null };
  const line = { at, service, pid: Number.isInteger(pid) ? pid : null, message, path: 'journal' };
  return { cursor: known, line: logLine(line, nowMs) };
}

/** A field is text, or an array of bytes when it holds what JSON cannot. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value) || !value.every((byte) => Number.isInteger(byte))) return null;
  return Buffer.from(value).toString('utf8');
}
