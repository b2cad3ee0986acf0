import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The objects that we have, by the names of their sources. */
export type BpfObjectName = 'process' | 'network' | 'dns';

/** Where the C sources lie; what is made of them lies in `dist` below, or came there by a package. */
const SOURCE_FOLDER = fileURLToPath(new URL('../../../../bpf/', import.meta.url));
const BUILD_FOLDER = join(SOURCE_FOLDER, 'dist');
/** Never looked up in a search path: this runs as root. */
const COMPILER = '/usr/bin/clang';
/** It takes half a second; a machine that starts everything at once takes longer. */
const COMPILE_MS_MAX = 60_000;
/** Where Debian keeps the headers of an architecture. */
const HEADERS = { x64: '/usr/include/x86_64-linux-gnu', arm64: '/usr/include/aarch64-linux-gnu' };

/**
 * The compiled object of a source in `bpf/`. Its name holds a hash of the sources, so that an old one
 * is never taken for a new one. Made here once when it is not there and a compiler is; one object runs
 * on every kernel that has type information (CO-RE). @throws Error when there is neither.
 */
export async function bpfObjectFile(name: BpfObjectName): Promise<string> {
  const source = join(SOURCE_FOLDER, `${name}.bpf.c`);
  const path = join(BUILD_FOLDER, `${name}.${await hashOf(source)}.o`);
  if (await isThere(path)) return path;
  if (!(await isThere(COMPILER))) throw new Error('no BPF object was built, and no clang is here');
  await mkdir(BUILD_FOLDER, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const headers = process.arch === 'arm64' ? HEADERS.arm64 : HEADERS.x64;
  const argv = ['-target', 'bpf', '-O2', '-g', '-Wall', '-I', headers, '-c', source];
  await run(COMPILER, [...argv, '-o', unfinished], { timeout: COMPILE_MS_MAX });
  await rename(unfinished, path);
  return path;
}

async function hashOf(source: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [source, join(SOURCE_FOLDER, 'kernel.h')]) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
