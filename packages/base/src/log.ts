import type { Clock } from './clock.ts';
import type { Facts } from './errors.ts';

/** error: a person must act · warn: it will hurt later · info: a state changed · debug: off by default. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Writes one JSON line a call. The message is a constant; what varies goes into the facts. */
export interface Log {
  readonly error: (message: string, facts?: Facts) => void;
  readonly warn: (message: string, facts?: Facts) => void;
  readonly info: (message: string, facts?: Facts) => void;
  readonly debug: (message: string, facts?: Facts) => void;
  /** The same log with facts added to every line. */
  readonly with: (facts: Facts) => Log;
}

const ORDER: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

/** A log that hands finished lines to `write`. Control characters cannot break a line: JSON escapes them. */
export function createLog(options: {
  readonly clock: Pick<Clock, 'now'>;
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly facts?: Facts;
}): Log {
  const line =
    (level: LogLevel) =>
    (message: string, facts: Facts = {}): void => {
      if (ORDER[level] > ORDER[options.level]) return;
      const at = new Date(options.clock.now()).toISOString();
      options.write(JSON.stringify({ at, level, message, ...options.facts, ...facts }));
    };
  return {
    error: line('error'),
    warn: line('warn'),
    info: line('info'),
    debug: line('debug'),
    with: (facts) => createLog({ ...options, facts: { ...options.facts, ...facts } }),
  };
}

/** A log that says nothing. */
export const silentLog: Log = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
  with: () => silentLog,
};
