import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../packages/', import.meta.url));
/** What the console is built from. */
const SOURCES = [
  'console/src',
  'console/index.html',
  'console/vite.config.ts',
  'wire/src',
  'base/src',
  'trust/src',
];

/** Whether the built console is missing or older than anything it is built from. */
export async function isConsoleStale(): Promise<boolean> {
  const builtAt = await changedAt(join(root, 'console/dist/index.html'));
  const changes = await Promise.all(SOURCES.map((source) => newestIn(join(root, source))));
  return Math.max(...changes) > builtAt;
}

async function newestIn(path: string): Promise<number> {
  const names = await readdir(path, { recursive: true }).catch(() => []);
  const times = await Promise.all(
    [path, ...names.map((name) => join(path, name))].map((file) => changedAt(file)),
  );
  return Math.max(...times);
}

/** Epoch milliseconds of the last change; 0 for what is not there. */
async function changedAt(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}
