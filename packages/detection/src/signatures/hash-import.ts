import { boundedText, visibleText } from '@wardgrid/base';
import { algorithmOf, type HashEntry } from './hash-entry.ts';

/** A line that is no entry. */
export interface HashIssue {
  readonly code: 'hash-line-unreadable' | 'hash-too-many';
  readonly source: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
  readonly help: string;
}

/** A list of digests as somebody gave it. */
export interface HashSource {
  readonly name: string;
  readonly text: string;
}

/** Most entries of one list: with 44 bytes each they fill a part of a content pack. */
export const HASHES_MAX = 1_400_000;
/** Most lines complained of: a wrong file has only wrong lines. */
const ISSUES_MAX = 100;
const NAME_LENGTH_MAX = 200;

const HEX = /^[0-9a-f]+$/;

/**
 * Reads a list: plain (a digest a line, as `sha256sum` writes it, or `digest,name`) and ClamAV's `.hdb`
 * and `.hsb` (`digest:size:name[:level]`), told apart line by line.
 */
export function importHashes({ name, text }: HashSource) {
  const entries: HashEntry[] = [];
  const issues: HashIssue[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('//')) continue;
    const entry = entryOf(line, name);
    if (entry && entries.length >= HASHES_MAX) {
      issues.push(issueAt(name, index, TOO_MANY));
      break;
    }
    if (entry) entries.push(entry);
    else if (issues.length < ISSUES_MAX) issues.push(issueAt(name, index, UNREADABLE));
  }
  return { entries, issues };
}

const UNREADABLE = {
  code: 'hash-line-unreadable',
  message: 'no SHA-256, SHA-1 or MD5 digest stands here',
  help: 'Write a digest, `digest  name`, or ClamAV’s `digest:size:name`.',
} as const;
const TOO_MANY = {
  code: 'hash-too-many',
  message: `more than ${HASHES_MAX} entries`,
  help: 'Split the list; the rest of it was left out.',
} as const;

function issueAt(
  source: string,
  index: number,
  issue: Pick<HashIssue, 'code' | 'message' | 'help'>,
): HashIssue {
  return { ...issue, source, line: index + 1 };
}

function entryOf(line: string, listName: string): HashEntry | undefined {
  return line.includes(':') ? clamavEntry(line) : plainEntry(line, listName);
}

/** `digest:size:name[:level[:level]]`; a size of `*` is any. */
function clamavEntry(line: string): HashEntry | undefined {
  const [digest = '', size = '', name = ''] = line.split(':');
  const sizeBytes = size === '*' ? null : Number(size);
  if (sizeBytes !== null && (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)) return undefined;
  return name === '' ? undefined : entry(digest, sizeBytes, name);
}

function plainEntry(line: string, listName: string): HashEntry | undefined {
  const [digest = '', ...rest] = line.split(/[\s,;]+/);
  return entry(digest, null, rest.join(' ').replace(/^\*/, '') || listName);
}

function entry(digestText: string, sizeBytes: number | null, name: string) {
  const digest = digestText.toLowerCase();
  const algorithm = algorithmOf(digest);
  if (!algorithm || !HEX.test(digest)) return undefined;
  return { algorithm, digest, sizeBytes, name: boundedText(visibleText(name), NAME_LENGTH_MAX) };
}
