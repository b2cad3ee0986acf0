/* A spreadsheet runs a cell that begins like a formula. Device names are hostile, so such cells get
   an apostrophe in front (OWASP, CSV injection); quoting follows RFC 4180. */
const FORMULA = /^[\s\u0000]*[=+\-@\uff1d\uff0b\uff0d\uff20|]|^[\t\r\n]/;

/** One cell of a CSV file: shown as text by every spreadsheet, whatever it holds. */
export function csvCell(text: string): string {
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(text);
  const guarded = !isNumber && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n\t;]|^\s|\s$|^'/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** One line of a CSV file. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
