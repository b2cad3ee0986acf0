import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A text file of the tree, by its path from the root with forward slashes. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What is made, installed or git's own. */
const FOREIGN: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.cache',
  '.wardgrid',
  'dist',
  'test-output',
]);
const TEXT =
  /\.(?:ts|tsx|mjs|cjs|js|sql|md|json|css|html|sh|service|yml|yaml|toml|ps1|txt)$|(?:^|\/)(?:\.ci\/run|\.npmrc|\.gitignore|Dockerfile|Containerfile)$/;
/** Data files larger than this hold no prose and no code. */
const SIZE_BYTES_MAX = 1_000_000;

/** Every text file of the tree. */
export async function readTree(): Promise<readonly Source[]> {
  const paths = await pathsBelow(ROOT);
  const texts = paths.filter((path) => TEXT.test(path) && !path.endsWith('package-lock.json'));
  const sources = await Promise.all(texts.map((path) => readSource(path)));
  return sources.filter((source) => source !== undefined);
}

/** A file that went away meanwhile was a temporary one. */
async function readSource(path: string): Promise<Source | undefined> {
  const full = join(ROOT, path);
  try {
    if ((await stat(full)).size > SIZE_BYTES_MAX) return undefined;
    return { path, text: await readFile(full, 'utf8') };
  } catch {
    return undefined;
  }
}

async function pathsBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const ours = entries.filter((entry) => !FOREIGN.has(entry.name));
  const files = ours
    .filter((entry) => entry.isFile())
    .map((entry) => relative(ROOT, join(folder, entry.name)).replaceAll('\\', '/'));
  const folders = ours.filter((entry) => entry.isDirectory());
  const nested = await Promise.all(folders.map((entry) => pathsBelow(join(folder, entry.name))));
  return [...files, ...nested.flat()].toSorted();
}

/** Whether a file is code of ours that is run or built. */
export function isCode(source: Source): boolean {
  return /\.(?:ts|tsx|mjs|js)$/.test(source.path);
}

/** Whether a file is a test or stands only beside tests. */
export function isTest(source: Source): boolean {
  return /\.test\.tsx?$|\/testdata\/|\/testing\/|^test\//.test(source.path);
}
