import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '@wardgrid/base';
import type { RuleFile } from '@wardgrid/detection/read';
import { CliError, usageError } from './errors.ts';

/** Most files of one check: the largest public collection has 10,000 with its tests. */
const FILES_MAX = 50_000;
/** Deepest folder; links are not followed, so that none leads round. */
const DEPTH_MAX = 20;
const RULE_FILE = /\.(?:ya?ml|ndjson)$/;
/** What an import may hold beside Sigma: YARA and lists of hashes. */
const IMPORT_FILE = /\.(?:ya?ml|yara?|hdb|hsb|txt|csv)$/;

/** The rule files at or below paths, in order. @throws CliError `usage`, `file-unreadable`. */
export function readRuleFiles(paths: readonly string[]): readonly RuleFile[] {
  const found = new Set(paths.flatMap((path) => filesAt(path)));
  if (found.size > FILES_MAX) throw usageError(`more than ${FILES_MAX} files`);
  return [...found].toSorted().map((path) => ({ path, text: textOf(path) }));
}

/** Files of an import, with their names as they were given; folders give everything that rules are in. */
export function readImport(paths: readonly string[]): { name: string; text: string }[] {
  const found = new Set(paths.flatMap((path) => filesAt(path, IMPORT_FILE)));
  if (found.size > FILES_MAX) throw usageError(`more than ${FILES_MAX} files`);
  return [...found].toSorted().map((path) => ({ name: path, text: textOf(path) }));
}

function filesAt(path: string, pattern = RULE_FILE): readonly string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status) throw usageError(`there is no '${path}'`);
  return status.isDirectory() ? filesBelow(path, 0, pattern) : [path];
}

function filesBelow(folder: string, depth: number, pattern: RegExp): readonly string[] {
  if (depth > DEPTH_MAX) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path, depth + 1, pattern);
    return entry.isFile() && pattern.test(entry.name) ? [path] : [];
  });
}

/** @throws CliError `file-unreadable`. */
export function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError('file-unreadable', `'${path}': ${messageOf(error)}`, { cause: error });
  }
}
