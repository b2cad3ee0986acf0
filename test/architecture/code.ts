/** Code with what is no code blanked by spaces, so that every offset stays where it was. */
export interface Code {
  /** Comments, strings, the text of templates and regular expressions are blank. */
  readonly bare: string;
  /** Comments alone are blank. */
  readonly withStrings: string;
}

interface Scan {
  readonly text: string;
  readonly bare: string[];
  readonly withStrings: string[];
  at: number;
  /** For each open `${`: how many braces are open inside it. */
  readonly templates: number[];
}

/** Splits code from comments and strings. Honest about TypeScript, good enough for JSX. */
export function codeOf(text: string): Code {
  // By UTF-16 units, as offsets count.
  const units = Array.from({ length: text.length }, (_, index) => text[index] ?? '');
  const scan: Scan = { text, bare: [...units], withStrings: [...units], at: 0, templates: [] };
  while (scan.at < text.length) step(scan);
  return { bare: scan.bare.join(''), withStrings: scan.withStrings.join('') };
}

function step(scan: Scan): void {
  const { text, at } = scan;
  const two = text.slice(at, at + 2);
  if (two === '//') return skip(scan, endOf(text, at, /\n/g), 'comment');
  if (two === '/*') return skip(scan, endOf(text, at + 2, /\*\//g) + 2, 'comment');
  const one = text[at] ?? '';
  if (one === "'" || one === '"') return skip(scan, endOfString(text, at), 'string');
  if (one === '`') return template(scan, at + 1);
  if (one === '/' && isRegexPlace(text, at)) return skip(scan, endOfRegex(text, at), 'string');
  braces(scan, one);
}

function braces(scan: Scan, one: string): void {
  const depth = scan.templates.at(-1);
  if (depth !== undefined && one === '}' && depth === 0) {
    scan.templates.pop();
    template(scan, scan.at + 1);
    return;
  }
  if (depth !== undefined && one === '{') scan.templates.push((scan.templates.pop() ?? 0) + 1);
  if (depth !== undefined && one === '}') scan.templates.push((scan.templates.pop() ?? 0) - 1);
  scan.at += 1;
}

/** Blanks the text of a template up to its end or its next `${`. */
function template(scan: Scan, from: number): void {
  let at = from;
  while (at < scan.text.length) {
    if (scan.text[at] === '\\') at += 2;
    else if (scan.text[at] === '`') return skipTo(scan, from, at);
    else if (scan.text.startsWith('${', at)) {
      scan.templates.push(0);
      blank(scan.bare, from, at);
      scan.at = at + 2;
      return;
    } else at += 1;
  }
  skipTo(scan, from, at);
}

function skipTo(scan: Scan, from: number, last: number): void {
  blank(scan.bare, from, last);
  scan.at = last + 1;
}

function skip(scan: Scan, end: number, kind: 'comment' | 'string'): void {
  const isString = kind === 'string';
  // A string keeps its quotes, so that it is still seen to be one.
  blank(scan.bare, isString ? scan.at + 1 : scan.at, isString ? end - 1 : end);
  if (!isString) blank(scan.withStrings, scan.at, end);
  scan.at = Math.max(end, scan.at + 1);
}

function blank(characters: string[], from: number, end: number): void {
  for (let at = from; at < Math.min(end, characters.length); at += 1) {
    if (characters[at] !== '\n') characters[at] = ' ';
  }
}

function endOf(text: string, from: number, pattern: RegExp): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** A string ends at its quote, or at the end of its line: JSX text may hold a lone apostrophe. */
function endOfString(text: string, from: number): number {
  const quote = text[from];
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at + 1;
    else if (text[at] === '\n') return at;
  }
  return text.length;
}

function endOfRegex(text: string, from: number): number {
  let isInClass = false;
  for (let at = from + 1; at < text.length; at += 1) {
    const one = text[at];
    if (one === '\\') at += 1;
    else if (one === '[') isInClass = true;
    else if (one === ']') isInClass = false;
    else if (one === '\n') return at;
    else if (one === '/' && !isInClass) return at + 1;
  }
  return text.length;
}

/** Whether a slash begins a regular expression: after an operator, not after a value. */
function isRegexPlace(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 40), at).trimEnd();
  if (before === '' || /[(,=:[!&|?{};+\-*%~^<>]$/.test(before)) return !/[<]$/.test(before);
  return /\b(?:return|typeof|case|in|of|do|else|void|await|yield)$/.test(before);
}
