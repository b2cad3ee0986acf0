import { cellText, kindOfName, valueAt, wordsOfName, type Row } from './cells.ts';
import { colourOfWord, type Paint } from './style.ts';
import { cutToWidth, padToWidth, widthOf } from './width.ts';

/** A column: the member it shows, and its heading when the name would not do. */
export interface Column {
  readonly key: string;
  readonly title?: string;
}

/** How a table is drawn. */
export interface TableStyle {
  readonly paint: Paint;
  /** Columns of the terminal; undefined: nothing is cut. */
  readonly widthMax: number | undefined;
}

const GAP = '  ';
/** A column is not squeezed below this: ids and addresses would say nothing. */
const COLUMN_WIDTH_MIN = 9;

/** Rows below headings, one line each, aligned by what a terminal shows. */
export function tableText(
  rows: readonly unknown[],
  columns: readonly Column[],
  style: TableStyle,
): string {
  const titles = columns.map(({ key, title }) => (title ?? wordsOfName(key)).toUpperCase());
  const cells = rows.map((row) =>
    columns.map(({ key }) => cellText(valueAt(row, key), kindOfName(key))),
  );
  const natural = titles.map((title, index) =>
    cells.reduce((most, line) => Math.max(most, widthOf(line[index] ?? '')), widthOf(title)),
  );
  const widths = squeezed(natural, style.widthMax);
  const aligns = columns.map(({ key }) => alignOf(rows, key));
  const lineOf = (texts: readonly string[], paint: Paint, isHeading: boolean): string =>
    texts
      .map((text, index) => {
        const cut = cutCell(text, columns[index]?.key, widths[index] ?? 0);
        const isLast = index === texts.length - 1 && aligns[index] === 'left';
        const padded = isLast ? cut : padToWidth(cut, widths[index] ?? 0, aligns[index] ?? 'left');
        return paint(isHeading ? 'bold' : colourOfWord(text), padded);
      })
      .join(GAP)
      .trimEnd();
  return [
    lineOf(titles, style.paint, true),
    ...cells.map((line) => lineOf(line, style.paint, false)),
  ].join('\n');
}

/** Ids are cut from the left: their beginning is the time, their end tells them apart. */
function cutCell(text: string, key: string | undefined, width: number): string {
  if (key !== 'id' || text.length <= width) return cutToWidth(text, width);
  return `…${text.slice(1 - width)}`;
}

function alignOf(rows: readonly unknown[], key: string): 'left' | 'right' {
  const isNumeric = rows.some((row) => typeof valueAt(row, key) === 'number');
  return isNumeric ? 'right' : 'left';
}

/** The widths, taken from the widest until all fit. What cannot fit wraps: nothing is hidden. */
function squeezed(natural: readonly number[], widthMax: number | undefined): readonly number[] {
  const widths = [...natural];
  if (widthMax === undefined) return widths;
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
  excess -= widthMax;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= COLUMN_WIDTH_MIN) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}

/** Columns for rows whose members are not known before: those of the first row, in order. */
export function columnsOf(rows: readonly Row[]): readonly Column[] {
  return Object.keys(rows[0] ?? {}).map((key) => ({ key }));
}
