import { appendFileSync, renameSync, statSync } from 'node:fs';

/** Where the server's words go: a file with a bound, and its last lines for an error message. */
export interface LogFile {
  readonly write: (chunk: string) => void;
  /** The newest lines since the last `forget`, oldest first. */
  readonly lastLines: () => readonly string[];
  readonly forget: () => void;
}

/** One file and one older: enough to read what happened before a crash, never a full disk. */
export const LOG_FILE_BYTES_MAX = 4_000_000;

/** Lines kept for an error message. */
const LAST_LINES_MAX = 20;

/** Bytes of one line kept for an error message. */
const LINE_CHARS_MAX = 500;

/**
 * A log at `path`, moved to `path.1` when it reaches `sizeBytesMax`. Writing is synchronous: the
 * server says a few lines a day, and the last ones before our own end are the ones that matter.
 * A log that cannot be written is dropped rather than ending the controller.
 */
export function createLogFile(path: string, sizeBytesMax = LOG_FILE_BYTES_MAX): LogFile {
  let sizeBytes = sizeOf(path);
  let lines: string[] = [];
  let partial = '';

  function remember(chunk: string): void {
    const parts = (partial + chunk).split('\n');
    partial = (parts.pop() ?? '').slice(0, LINE_CHARS_MAX);
    lines = [...lines, ...parts.map((line) => line.slice(0, LINE_CHARS_MAX))]
      .filter((line) => line !== '')
      .slice(-LAST_LINES_MAX);
  }

  return {
    write(chunk) {
      remember(chunk);
      try {
        if (sizeBytes + chunk.length > sizeBytesMax) {
          renameSync(path, `${path}.1`);
          sizeBytes = 0;
        }
        appendFileSync(path, chunk, { mode: 0o600 });
        sizeBytes += Buffer.byteLength(chunk);
      } catch {
        sizeBytes = sizeOf(path);
      }
    },
    lastLines: () => lines,
    forget() {
      lines = [];
      partial = '';
    },
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
