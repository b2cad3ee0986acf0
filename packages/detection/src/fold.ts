/* Case folding by UTF-16 unit. One unit stays one unit, so that offsets and literals keep their place;
   what lower case makes longer (`İ`) stays as it is. Rules and events are folded the same way. */

let table: Uint16Array | undefined;

/** The folded unit of every UTF-16 unit. Made at the first use: it takes a few milliseconds. */
export function foldTable(): Uint16Array {
  table ??= Uint16Array.from({ length: 65_536 }, (_, unit) => foldedUnit(unit));
  return table;
}

function foldedUnit(unit: number): number {
  const lower = String.fromCharCode(unit).toLowerCase();
  return lower.length === 1 ? lower.charCodeAt(0) : unit;
}

const BEYOND_ASCII = /[^\u0000-\u007f]/;
/** Units that one call of `String.fromCharCode` takes: arguments lie on the stack. */
const UNITS_AT_ONCE = 8_192;

/** The text without regard to case. */
export function fold(text: string): string {
  if (!BEYOND_ASCII.test(text)) return text.toLowerCase();
  const folded = foldTable();
  let result = '';
  for (let start = 0; start < text.length; start += UNITS_AT_ONCE) {
    const units: number[] = [];
    const end = Math.min(text.length, start + UNITS_AT_ONCE);
    for (let at = start; at < end; at += 1) units.push(folded[text.charCodeAt(at)] ?? 0);
    result += String.fromCharCode(...units);
  }
  return result;
}
