import { createHash } from 'node:crypto';
import { access, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../test/bundled-node.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What goes into the console: itself and the packages it is made of. */
const SOURCES = [
  'packages/console/src',
  'packages/console/build',
  'packages/console/index.html',
  'packages/console/sign-in.html',
  'packages/console/package.json',
  'packages/console/vite.config.ts',
  'packages/base/src',
  'packages/wire/src',
  'packages/trust/src',
  'scripts/build-console.ts',
  'package-lock.json',
];
const BUILT = join(ROOT, 'packages/console/dist/index.html');
const FINGERPRINT = join(ROOT, '.cache/console-fingerprint');

/** Builds the console unless it was built from these very sources. @throws Error when it fails. */
export async function buildConsoleWhenStale(write: (line: string) => void): Promise<void> {
  const fingerprint = await fingerprintOf(SOURCES.map((source) => join(ROOT, source)));
  if ((await isThere(BUILT)) && (await textOf(FINGERPRINT)) === fingerprint) return;
  write('Building the console.');
  const code = await runProgram(process.execPath, [join(ROOT, 'scripts/build-console.ts')]);
  if (code !== 0) throw new Error('the console did not build');
  await mkdir(dirname(FINGERPRINT), { recursive: true });
  await writeFile(FINGERPRINT, fingerprint);
}

/** A hash over names, sizes and times of all files below some paths; absent paths count as absent. */
export async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of await filesBelow(path)) {
      const { size, mtimeMs } = await stat(file);
      hash.update(`${file}\n${size}\n${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
