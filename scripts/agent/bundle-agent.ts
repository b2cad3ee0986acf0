import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';
import type { ESTree } from 'rolldown/utils';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = join(ROOT, 'packages/agent/src');
/** The module that is started; its words are those of the launcher. */
const PROGRAM_FILE = 'wardgrid-agent.mjs';
const PROGRAM = [
  "import { main } from './main.js';",
  'process.exitCode = await main(process.argv.slice(2));\n',
].join('\n');
/** Not JavaScript alone: it looks for its own files, so it lies beside the bundle as it came. */
const WHOLE_PACKAGES = ['@virustotal/yara-x'];
/** `ws` takes native parts from wherever it finds them; a service of root takes none but its own. */
const NO_NATIVE_PARTS = {
  'process.env.WS_NO_BUFFER_UTIL': '"1"',
  'process.env.WS_NO_UTF_8_VALIDATE': '"1"',
};
/** Our modules do nothing when they are imported: one of which nothing is used is left out. */
const OURS = /\/packages\/[^/]+\/src\//;
/** Where all values are schemas or made of them. */
const CONTRACTS = join(ROOT, 'packages/wire/src');
/** How sources name a module that is started on its own, or files that they read. */
const NAMED_URL = /new URL\(\s*'(\.{1,2}\/[^']+)',\s*import\.meta\.url,?\s*\)/g;

/**
 * Lays down the agent as it is shipped: JavaScript without types in few files, with its threads and
 * its guardian as modules of their own and the files it reads beside them. Gives the module to start.
 */
export async function bundleAgent(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const files = new Set<string>();
  const bundle = await rolldown({
    input: { main: join(SOURCES, 'main.ts') },
    platform: 'node',
    external: WHOLE_PACKAGES,
    transform: { define: NO_NATIVE_PARTS },
    plugins: [createUrlPlugin(files), createPurePlugin()],
    treeshake: { moduleSideEffects: [{ test: OURS, sideEffects: false }] },
    onwarn: (warning) => {
      throw new Error(warning.message);
    },
  });
  try {
    await bundle.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].js',
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
      chunkFileNames: 'chunk-[name].js',
    });
  } finally {
    await bundle.close();
  }
  for (const file of files) await copy(file, join(folder, basename(file)));
  for (const name of WHOLE_PACKAGES) {
    await copy(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const program = join(folder, PROGRAM_FILE);
  await writeFile(program, PROGRAM);
  return program;
}

async function copy(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, dereference: true });
}

/**
 * Sources find threads and files beside themselves, `new URL('./worker.ts', import.meta.url)`. Here a
 * module named so becomes an entry of the bundle, and anything else is laid beside it under its own name.
 */
function createUrlPlugin(files: Set<string>): Plugin {
  return {
    name: 'named-urls',
    transform(code, id) {
      if (!id.startsWith(SOURCES)) return null;
      return code.replaceAll(NAMED_URL, (_, name: string) => {
        const path = resolve(dirname(id), name);
        if (path.endsWith('.ts')) {
          const module = relative(SOURCES, path).replace(/\.ts$/, '').replaceAll('/', '-');
          const reference = this.emitFile({ type: 'chunk', id: path, name: module });
          return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
        }
        files.add(path);
        const end = name.endsWith('/') ? '/' : '';
        return `new URL('./${basename(path)}${end}', import.meta.url)`;
      });
    },
  };
}

/**
 * Making a schema has no effect but the schema, which a bundler cannot know: it would keep those of all
 * routes of the API, 13 MB in memory. Wrapped so, each is left out unless somebody uses it.
 */
function createPurePlugin(): Plugin {
  return {
    name: 'pure-contracts',
    transform(code, id) {
      if (!id.startsWith(CONTRACTS)) return null;
      const values = this.parse(code, { lang: 'ts' }).body.flatMap(valuesOf);
      let text = code;
      for (const { start, end } of values.toReversed()) {
        const value = text.slice(start, end);
        text = `${text.slice(0, start)}/*#__PURE__*/ (() => (${value}))()${text.slice(end)}`;
      }
      return text;
    },
  };
}

/** What a statement of a module gives names to, when it has to be made. */
function valuesOf(statement: ESTree.Statement): readonly ESTree.Expression[] {
  const inner = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
  if (inner?.type !== 'VariableDeclaration') return [];
  return inner.declarations.flatMap(({ init }) => (init && init.type !== 'Literal' ? [init] : []));
}
