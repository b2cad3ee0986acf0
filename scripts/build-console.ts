import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';
import { build } from 'vite';

/* Builds the console into packages/console/dist and compresses every text file beside itself, so
   that the controller serves bytes and never compresses. */

const consoleRoot = fileURLToPath(new URL('../packages/console/', import.meta.url));
const distribution = join(consoleRoot, 'dist');

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
});
/* Pages without React share one document; the controller serves each by its own name. */
for (const name of ['setup', 'invite']) {
  await copyFile(join(distribution, 'sign-in.html'), join(distribution, `${name}.html`));
}
const names = await readdir(distribution, { recursive: true });
const texts = names.filter((name) => /\.(?:html|js|css|svg|json|txt)$/.test(name));
await Promise.all(texts.map((name) => compress(join(distribution, name))));
process.stdout.write(`console built: ${names.length} files in packages/console/dist\n`);
