/* Columns that text takes on a terminal. Unicode Standard Annex #11: wide and full-width characters
   take two, marks and format characters none; emoji are wide by their presentation (UTS #51). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Emoji}\ufe0f/u;
const INVISIBLE = /^[\p{Mark}\p{Format}]+$/u;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Whether every character is printable ASCII: one column each, the usual case. */
const ASCII = /^[\u0020-\u007e]*$/;

/** The columns of a text without control characters. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) columns += clusterWidth(segment);
  return columns;
}

function clusterWidth(cluster: string): number {
  if (INVISIBLE.test(cluster)) return 0;
  return WIDE.test(cluster) ? 2 : 1;
}

/** The text cut to at most `columnsMax` columns, with `…` where something was cut. */
export function cutToWidth(text: string, columnsMax: number): string {
  if (widthOf(text) <= columnsMax) return text;
  let kept = '';
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) {
    columns += clusterWidth(segment);
    if (columns > columnsMax - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The text filled with spaces to `columns`. */
export function padToWidth(text: string, columns: number, align: 'left' | 'right'): string {
  const padding = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return align === 'left' ? text + padding : padding + text;
}
