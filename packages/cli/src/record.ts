import { cellText, isRow, kindOfName, wordsOfName, type Row } from './cells.ts';
import { colourOfWord } from './style.ts';
import { columnsOf, tableText, type TableStyle } from './table.ts';
import { padToWidth } from './width.ts';

/** A thing is shown this deep; what lies deeper is written as JSON. */
const DEPTH_MAX = 3;
const INDENT = '  ';

/** One thing: a line for each member, its lists of things as tables below. */
export function recordText(row: Row, style: TableStyle, depth = 0): string {
  const entries = Object.entries(row);
  const scalars = entries.filter(([, value]) => !isNested(value, depth));
  const nested = entries.filter(([, value]) => isNested(value, depth));
  const width = Math.max(0, ...scalars.map(([name]) => wordsOfName(name).length));
  return [
    ...scalars.map(([name, value]) => {
      const heading = padToWidth(wordsOfName(name), width, 'left');
      const text = cellText(value, kindOfName(name));
      return `${style.paint('dim', heading)}${INDENT}${style.paint(colourOfWord(text), text)}`;
    }),
    ...nested.map(([name, value]) => sectionText(name, value, { style, depth })),
  ].join('\n');
}

function sectionText(
  name: string,
  value: unknown,
  { style, depth }: { readonly style: TableStyle; readonly depth: number },
): string {
  const widthMax =
    style.widthMax === undefined ? undefined : Math.max(0, style.widthMax - INDENT.length);
  const inner = { ...style, widthMax };
  const body = isRow(value)
    ? recordText(value, inner, depth + 1)
    : listText(Array.isArray(value) ? value.filter(isRow) : [], inner);
  return `${style.paint('bold', wordsOfName(name))}\n${indented(body)}`;
}

function listText(rows: readonly Row[], style: TableStyle): string {
  return tableText(rows, columnsOf(rows), style);
}

function isNested(value: unknown, depth: number): boolean {
  if (depth >= DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.length > 0 && value.every(isRow);
  return isRow(value) && Object.keys(value).length > 0;
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, INDENT);
}
