import type { RuleIssue } from './issues.ts';
import { readDocuments, type RuleDocument, type RuleFile } from './rule-document.ts';

/** Most values of one placeholder. */
const VALUES_MAX = 2_000;

/** The values of placeholders for rules of a folder. */
export type PlaceholdersOf = (rulePath: string) => ReadonlyMap<string, readonly string[]>;

/** Reads `values.yml` files; one counts for its folder and those below, the nearest first. */
export function readPlaceholders(files: readonly RuleFile[], issues: RuleIssue[]): PlaceholdersOf {
  const byFolder = new Map<string, ReadonlyMap<string, readonly string[]>>();
  for (const file of files) {
    const values = readDocuments(file, issues).flatMap((document) => valuesOf(document));
    byFolder.set(folderOf(file.path), new Map(values));
  }
  return (rulePath) =>
    new Map(foldersAbove(rulePath).flatMap((folder) => [...(byFolder.get(folder) ?? [])]));
}

function valuesOf(document: RuleDocument): (readonly [name: string, values: readonly string[]])[] {
  return Object.entries(document.value).flatMap(([name, value]) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const isFitting = list.every((one) => typeof one === 'string' || typeof one === 'number');
    if (isFitting && list.length <= VALUES_MAX) return [[name, list.map(String)] as const];
    document.report('key-invalid', [name], `is a list of at most ${VALUES_MAX} texts`);
    return [];
  });
}

/** Whether a file holds values of placeholders. */
export function isValuesFile(path: string): boolean {
  return /(?:^|[\\/])values\.ya?ml$/.test(path);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** The folders above a file, from the outermost. */
function foldersAbove(path: string): readonly string[] {
  const parts = folderOf(path).split('/');
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}
