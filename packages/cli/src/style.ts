/** A colour as SGR parameters (ECMA-48 section 8.3.117). */
const COLOURS = {
  bold: '1',
  dim: '2',
  red: '31',
  green: '32',
  yellow: '33',
  blue: '34',
  magenta: '35',
  cyan: '36',
} as const;
export type Colour = keyof typeof COLOURS;

/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour | undefined, text: string) => string;

/** A paint that colours only when told that it may. */
export function createPaint(isColoured: boolean): Paint {
  return (colour, text) =>
    isColoured && colour !== undefined && text !== ''
      ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m`
      : text;
}

const WORD_COLOURS: Readonly<Record<string, Colour>> = {
  critical: 'magenta',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  online: 'green',
  succeeded: 'green',
  active: 'green',
  approved: 'green',
  ok: 'green',
  running: 'blue',
  sent: 'blue',
  open: 'yellow',
  degraded: 'yellow',
  grace: 'yellow',
  offline: 'yellow',
  overdue: 'red',
  unknown: 'yellow',
  failed: 'red',
  down: 'red',
  expired: 'red',
  suspended: 'red',
  unmanaged: 'yellow',
};

/** The colour of a word of state or severity. The word itself always stays. */
export function colourOfWord(word: string): Colour | undefined {
  return Object.hasOwn(WORD_COLOURS, word) ? WORD_COLOURS[word] : undefined;
}
