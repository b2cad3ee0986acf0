import { visibleText } from '@wardgrid/base';
import type { Machine } from './machine.ts';
import { createPaint, type Paint } from './style.ts';
import type { TableStyle } from './table.ts';

/** How a command speaks: to people, as one JSON document, or as a line of JSON for each row. */
export type OutputMode = 'text' | 'json' | 'jsonl';

/** Where a command writes what it has to say. */
export interface Output {
  readonly mode: OutputMode;
  readonly paint: Paint;
  readonly tableStyle: () => TableStyle;
  /** The result: as JSON in either JSON mode, else the text. */
  readonly document: (value: unknown, text: () => string) => void;
  /** One row of many; only in `jsonl`. */
  readonly row: (value: unknown) => void;
  /** A line for people; only in `text`. */
  readonly line: (text: string) => void;
  /** A remark beside the result, on the error stream; never mixed into data. */
  readonly note: (text: string) => void;
  /** Rewrites the last line of a terminal; undefined where there is none to rewrite. */
  readonly progress: ((text: string) => void) | undefined;
}

/** The output of a mode on a machine. */
export function createOutput(machine: Machine, mode: OutputMode): Output {
  const { stdout, stderr, config } = machine;
  const paint = createPaint(stdout.isTerminal && config.isColourAllowed && mode === 'text');
  return {
    mode,
    paint,
    tableStyle: () => ({ paint, widthMax: stdout.columns() }),
    document(value, text) {
      if (mode === 'text') stdout.write(`${text()}\n`);
      else stdout.write(`${jsonText(value, mode === 'json' ? 2 : 0)}\n`);
    },
    row(value) {
      if (mode === 'jsonl') stdout.write(`${jsonText(value, 0)}\n`);
    },
    line(text) {
      if (mode === 'text') stdout.write(`${text}\n`);
    },
    note: (text) => stderr.write(`${visibleText(text)}\n`),
    // CSI 2K erases the line (ECMA-48 section 8.3.41).
    progress:
      mode === 'text' && stdout.isTerminal
        ? (text) => stdout.write(`\r\u001b[2K${text}`)
        : undefined,
  };
}

/* JSON escapes C0 alone. What else a terminal obeys (C1, bidirectional and invisible characters) is
   escaped here, so that `--json` on a terminal is as safe as a table and means the same to a parser. */
const HOSTILE =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The JSON text of a value. */
export function jsonText(value: unknown, indent: number): string {
  return JSON.stringify(value, null, indent).replaceAll(
    HOSTILE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
