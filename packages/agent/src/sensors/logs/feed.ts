import type { Clock } from '@wardgrid/base';
import { utmpRecordBytes } from '../../platform/linux/utmp.ts';
import { followJournal, hasJournal, type Journal } from './journal.ts';
import { createLineSplitter } from './line-splitter.ts';
import { followLogFiles, type FileReader, type LogFiles } from './log-files.ts';
import { openLogPositions } from './positions.ts';
import { parseSyslogLine, type LogLine } from './syslog-line.ts';

/** Names under which syslog daemons write on Debian, Red Hat and SUSE. */
const TEXT_FILES = ['auth.log', 'secure', 'syslog', 'messages', 'cron', 'cron.log'];
/** Sign-ins and failed ones as the C library records them (utmp(5)). */
const RECORD_FILES = { wtmp: 'sign-in', btmp: 'failure' } as const;

/** What is read of the logs. */
export interface LogSink {
  readonly onLines: (lines: readonly LogLine[]) => void;
  /** Records of wtmp or btmp, each of its fixed length, valid during the call. */
  readonly onRecords: (kind: 'sign-in' | 'failure', records: readonly Buffer[]) => void;
}

/** What a feed needs. */
export interface LogFeedOptions {
  readonly clock: Clock;
  /** Ends in a slash; `/` but in tests. */
  readonly rootPath: string;
  /** Where it is written down how far was read. */
  readonly positionsPath: string;
}

/** All logs of the machine, each read once for all who want them. */
export interface LogFeed {
  /** By what lines come. */
  readonly source: () => 'journal' | 'files';
  /** Why no lines come; null when they do. */
  readonly trouble: () => string | null;
  /** Reads from now on for one more; the returned function ends that. */
  readonly join: (sink: LogSink) => () => void;
}

/** A feed that reads as long as somebody has joined. */
export function createLogFeed(options: LogFeedOptions): LogFeed {
  const sinks = new Set<LogSink>();
  let opened: OpenFeed | undefined;
  const all: LogSink = {
    onLines: (lines) => sinks.forEach((sink) => sink.onLines(lines)),
    onRecords: (kind, records) => sinks.forEach((sink) => sink.onRecords(kind, records)),
  };
  return {
    source: () => (hasJournal(options.rootPath) ? 'journal' : 'files'),
    trouble: () => opened?.trouble() ?? null,
    join(sink) {
      sinks.add(sink);
      opened ??= openFeed(options, all);
      return () => {
        sinks.delete(sink);
        if (sinks.size > 0) return;
        opened?.stop();
        opened = undefined;
      };
    },
  };
}

interface OpenFeed {
  readonly trouble: () => string | null;
  readonly stop: () => void;
}

/** With a journal the text files hold the same lines again, so only one of both is read. */
function openFeed(options: LogFeedOptions, sink: LogSink): OpenFeed {
  const { clock, rootPath, positionsPath } = options;
  const positions = openLogPositions(positionsPath);
  const isJournal = hasJournal(rootPath);
  const journal = isJournal
    ? followJournal({ clock, cursor: positions.cursor(), onLines: sink.onLines })
    : undefined;
  const records = Object.entries(RECORD_FILES).map(([name, kind]) =>
    recordReader(name, (found) => sink.onRecords(kind, found)),
  );
  const texts = TEXT_FILES.map((name) => textReader(name, { clock, rootPath, sink }));
  const files = followLogFiles({
    folder: `${rootPath}var/log/`,
    readers: isJournal ? records : [...texts, ...records],
    positions,
    clock,
    onProgress: () => save(),
  });
  const save = (): void => savePositions(positions, files, journal);
  return {
    trouble: () => journal?.trouble() ?? null,
    stop() {
      save();
      journal?.stop();
      files.stop();
    },
  };
}

function savePositions(
  positions: ReturnType<typeof openLogPositions>,
  files: LogFiles,
  journal: Journal | undefined,
): void {
  positions.save(files.positions(), journal?.cursor() ?? null);
}

function textReader(
  name: string,
  from: { readonly clock: Clock; readonly rootPath: string; readonly sink: LogSink },
): FileReader {
  const splitter = createLineSplitter();
  const path = `/var/log/${name}`;
  return {
    name,
    onGap: splitter.reset,
    onBytes(bytes) {
      const nowMs = from.clock.now();
      const lines = splitter
        .push(bytes)
        .map((line) => parseSyslogLine(line, path, nowMs))
        .filter((line) => line !== null);
      if (lines.length > 0) from.sink.onLines(lines);
    },
  };
}

/** Cuts bytes into records; what is unfinished waits for its rest. */
function recordReader(name: string, onRecords: (records: readonly Buffer[]) => void): FileReader {
  const recordBytes = utmpRecordBytes(process.arch);
  let rest = Buffer.alloc(0);
  return {
    name,
    onGap() {
      rest = Buffer.alloc(0);
    },
    onBytes(bytes) {
      const joined = Buffer.concat([rest, bytes]);
      const records: Buffer[] = [];
      let at = 0;
      for (; at + recordBytes <= joined.length; at += recordBytes) {
        records.push(joined.subarray(at, at + recordBytes));
      }
      rest = Buffer.from(joined.subarray(at));
      if (records.length > 0) onRecords(records);
    },
  };
}
