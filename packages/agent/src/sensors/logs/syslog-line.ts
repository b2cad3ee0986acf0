import { boundedText, visibleText } from '@wardgrid/base';
import { LINE_LENGTH_MAX } from './line-splitter.ts';

/** One line of a service, wherever it was written. */
export interface LogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** The program as it calls itself: `sshd`. */
  readonly service: string;
  readonly pid: number | null;
  /** Made visible and bounded: whoever reaches the network writes here. */
  readonly message: string;
  /** The file, or `journal`. */
  readonly path: string;
}

/** The longest name of a service that is told. */
const SERVICE_LENGTH_MAX = 64;
/** Older lines than this, or newer than now, carry a clock that was wrong or a lie. */
const AGE_MS_MAX = 7 * 86_400_000;
const AHEAD_MS_MAX = 60_000;

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
/** `Nov  7 03:04:05 host tag[1]: text` (RFC 3164). */
const OLD = /^([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) \S{1,255} /;
/** `2026-11-07T03:04:05.123456+01:00 host tag[1]: text` (RFC 3339, rsyslog's default of late). */
const NEW = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) \S{1,255} /;
const TAG = /^([^\s:[\]]{1,64})(?:\[(\d{1,10})\])?: ?/;

/** The line of a syslog file; null when it is none of a service. */
export function parseSyslogLine(line: string, path: string, nowMs: number): LogLine | null {
  const stamp = NEW.exec(line) ?? OLD.exec(line);
  if (stamp === null) return null;
  const rest = line.slice(stamp[0].length);
  const tag = TAG.exec(rest);
  const [head = '', service] = tag ?? [];
  if (service === undefined) return null;
  const pid = tag?.[2];
  return logLine(
    {
      at: stampOf(stamp, nowMs),
      service,
      pid: pid === undefined ? null : Number(pid),
      message: rest.slice(head.length),
      path,
    },
    nowMs,
  );
}

/** A line with its bounds kept and its moment believable. */
export function logLine(line: LogLine, nowMs: number): LogLine {
  const isBelievable = line.at >= nowMs - AGE_MS_MAX && line.at <= nowMs + AHEAD_MS_MAX;
  return {
    ...line,
    at: isBelievable ? Math.round(line.at) : nowMs,
    service: boundedText(visibleText(line.service), SERVICE_LENGTH_MAX),
    message: boundedText(visibleText(line.message), LINE_LENGTH_MAX),
  };
}

function stampOf(stamp: RegExpExecArray, nowMs: number): number {
  const [, first = '', day] = stamp;
  if (day === undefined) return Date.parse(first);
  const month = MONTHS.indexOf(first) / 3;
  const [hour, minute, second] = stamp.slice(3, 6).map(Number);
  const year = new Date(nowMs).getFullYear();
  const at = (inYear: number): number =>
    new Date(inYear, month, Number(day), hour, minute, second).getTime();
  /* The year is not written: a line of December, read in January, is of the year before. */
  return at(year) > nowMs + AHEAD_MS_MAX ? at(year - 1) : at(year);
}
