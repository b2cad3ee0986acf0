import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { build } from 'vite';

/* Builds the console into packages/console/dist and compresses every text file beside itself, so
   that the controller serves bytes and never compresses. */

const consoleRoot = fileURLToPath(new URL('../packages/console/', import.meta.url));
const distribution = join(consoleRoot, 'dist');
/** Built here and then put in place at once: a controller that starts meanwhile finds no half. */
const workshop = fileURLToPath(new URL(`../.cache/console-${process.pid}/`, import.meta.url));

/** Smaller files gain nothing: they fit into one packet as they are. */
const COMPRESSED_SIZE_MIN_BYTES = 600;

async function compress(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size < COMPRESSED_SIZE_MIN_BYTES) return;
  const brotli = createBrotliCompress({
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: size },
  });
  await pipeline(createReadStream(path), brotli, createWriteStream(`${path}.br`));
  await pipeline(createReadStream(path), createGzip({ level: 9 }), createWriteStream(`${path}.gz`));
}

await build({
  configFile: join(consoleRoot, 'vite.config.ts'),
  configLoader: 'native',
  logLevel: 'warn',
  build: { outDir: workshop, emptyOutDir: true },
});
/* Pages without React share one document; the controller serves each by its own name. */
for (const name of ['setup', 'invite']) {
  await copyFile(join(workshop, 'sign-in.html'), join(workshop, `${name}.html`));
}
const names = await readdir(workshop, { recursive: true });
const texts = names.filter((name) => /\.(?:html|js|css|svg|json|txt)$/.test(name));
await Promise.all(texts.map((name) => compress(join(workshop, name))));
await rm(distribution, { recursive: true, force: true });
await rename(workshop, distribution);
process.stdout.write(`console built: ${names.length} files in packages/console/dist\n`);
