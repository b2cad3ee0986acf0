import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The agent and what it imports of ours. */
const PACKAGES = ['base', 'wire', 'trust', 'detection', 'agent'];
/** Relative names of modules, also those of threads: `'./worker.ts'`. */
const MODULE_NAME = /(['"])(\.{1,2}\/[^'"\n]+)\.ts\1/g;

/**
 * Lays down the agent as it would be shipped: JavaScript without types, since a Node that takes them
 * away itself keeps a compiler in memory. Gives the module to start, whose words are those of the agent.
 */
export async function compileAgent(folder: string): Promise<string> {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@wardgrid'), { recursive: true });
  for (const name of await readdir(join(ROOT, 'node_modules'))) {
    if (name.startsWith('.') || name === '@wardgrid') continue;
    await symlink(join(ROOT, 'node_modules', name), join(modules, name));
  }
  for (const name of PACKAGES) {
    const target = join(folder, 'packages', name);
    await compileFolder(join(ROOT, 'packages', name, 'src'), join(target, 'src'));
    await writeFile(join(target, 'package.json'), await manifestOf(name));
    await symlink(target, join(modules, '@wardgrid', name));
  }
  await cp(join(ROOT, 'packages/agent/bpf'), join(folder, 'packages/agent/bpf'), {
    recursive: true,
  });
  const entry = join(folder, 'agent.mjs');
  const main = "import { main } from './packages/agent/src/main.js';\n";
  await writeFile(entry, `${main}process.exitCode = await main(process.argv.slice(2));\n`);
  return entry;
}

async function compileFolder(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name);
    if (entry.isDirectory()) await compileFolder(from, join(target, entry.name));
    else if (entry.name.endsWith('.test.ts')) continue;
    else if (entry.name.endsWith('.ts')) await compileFile(from, target, entry.name);
    else await cp(from, join(target, entry.name));
  }
}

async function compileFile(from: string, target: string, name: string): Promise<void> {
  const text = stripTypeScriptTypes(await readFile(from, 'utf8'));
  const path = join(target, name.replace(/\.ts$/, '.js'));
  await writeFile(path, text.replaceAll(MODULE_NAME, '$1$2.js$1'));
}

async function manifestOf(name: string): Promise<string> {
  const text = await readFile(join(ROOT, 'packages', name, 'package.json'), 'utf8');
  return text.replaceAll('.ts"', '.js"');
}
