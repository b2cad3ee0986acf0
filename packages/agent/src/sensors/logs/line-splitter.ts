import { StringDecoder } from 'node:string_decoder';

/** The longest line that is kept whole; syslog itself cuts at 8 KiB. */
export const LINE_LENGTH_MAX = 8_192;

/** Cuts a stream of bytes into lines. Memory stays within one line, whatever comes. */
export interface LineSplitter {
  /** Takes bytes; gives the lines that are whole now, over-long ones cut. */
  readonly push: (bytes: Buffer) => string[];
  /** Forgets an unfinished line: what follows does not continue it. */
  readonly reset: () => void;
}

/** With nothing unfinished. */
export function createLineSplitter(lengthMax = LINE_LENGTH_MAX): LineSplitter {
  let decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    push(bytes) {
      const lines = (rest + decoder.write(bytes)).split('\n');
      rest = (lines.pop() ?? '').slice(0, lengthMax);
      return lines.map((line) => line.slice(0, lengthMax));
    },
    reset() {
      decoder = new StringDecoder('utf8');
      rest = '';
    },
  };
}
