import { isMap, isNode, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { messageOf } from '@wardgrid/base';
import { RULE_ISSUES, type Path, type Report, type RuleIssue } from './issues.ts';

/** One file with its name as it is to be told. */
export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

/** One YAML document of a file: its value, and a way to tell what is wrong where. */
export interface RuleDocument {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly report: Report;
  /** Whether an error was reported. */
  readonly isRefused: () => boolean;
}

/** Largest rule file, by characters; the largest in use has some ten thousand. */
const FILE_LENGTH_MAX = 1_048_576;
/** Most documents of one file. */
const DOCUMENTS_MAX = 1_000;
/** Aliases make a small text a huge value; rules need a handful. */
const ALIASES_MAX = 100;

/** An issue at a place of a file. */
export function issueAt(
  file: string,
  code: RuleIssue['code'],
  given: { readonly line: number; readonly column: number; readonly message: string },
): RuleIssue {
  const [kind, help] = RULE_ISSUES[code];
  return { code, kind, file, ...given, help };
}

/** The documents of a file; what cannot be read is told and left out. */
export function readDocuments(file: RuleFile, issues: RuleIssue[]): readonly RuleDocument[] {
  const tell = (code: RuleIssue['code'], message: string, line = 1): void => {
    issues.push(issueAt(file.path, code, { line, column: 1, message }));
  };
  if (file.text.length > FILE_LENGTH_MAX) {
    tell('file-too-large', `longer than ${FILE_LENGTH_MAX} characters`);
    return [];
  }
  if (file.text.includes('\u0000') || file.text.includes('\ufffd')) {
    tell('file-not-text', 'holds bytes that are no text');
    return [];
  }
  const lines = new LineCounter();
  const documents = parsed(file.text, lines);
  if (documents === undefined) {
    tell('yaml-invalid', 'is nested too deeply');
    return [];
  }
  if (documents.length > DOCUMENTS_MAX) {
    tell('file-too-large', `holds more than ${DOCUMENTS_MAX} documents`);
    return [];
  }
  return documents.flatMap((document) => {
    const one = ruleDocumentOf({ file: file.path, document, lines, issues });
    return one ? [one] : [];
  });
}

function parsed(text: string, lines: LineCounter): readonly Document[] | undefined {
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (error) {
    // The parser recurses: what is nested too deeply overflows the stack, and nothing else throws.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly issues: RuleIssue[];
}

function ruleDocumentOf(source: Source): RuleDocument | undefined {
  const { file, document, lines, issues } = source;
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    issues.push(issueAt(file, 'yaml-invalid', { line, column: col, message: error.message }));
  }
  if (document.errors.length > 0) return undefined;
  let isRefused = false;
  const report: Report = (code, path, message) => {
    isRefused ||= RULE_ISSUES[code][0] === 'error';
    issues.push(issueAt(file, code, { ...placeOf(source, path), message }));
  };
  const value = valueOf(document, report);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) {
    report('document-unknown', [], 'is no map');
    return undefined;
  }
  return { file, value: value as Record<string, unknown>, report, isRefused: () => isRefused };
}

function valueOf(document: Document, report: Report): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown;
  } catch (error) {
    report('yaml-invalid', [], messageOf(error));
    return undefined;
  }
}

/** Where a path leads, or the nearest thing above it that is there: a key of a map, an item of a list. */
function placeOf(source: Source, path: Path): { readonly line: number; readonly column: number } {
  for (let length = path.length; length > 0; length -= 1) {
    const parent: unknown = source.document.getIn(path.slice(0, length - 1), true);
    const start = startWithin(parent, path[length - 1]);
    if (start === undefined) continue;
    const { line, col } = source.lines.linePos(start);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
  const { line } = source.lines.linePos(source.document.contents?.range?.[0] ?? 0);
  return { line: Math.max(1, line), column: 1 };
}

function startWithin(parent: unknown, key: Path[number] | undefined): number | undefined {
  if (isSeq(parent)) return startOf(parent.items[Number(key)]);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((one) => String(one.key) === String(key));
  return startOf(pair?.key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
