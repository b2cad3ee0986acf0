import { spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** A program that some tests start, and where Debian has it. */
export interface Requirement {
  /** What a person calls it. */
  readonly name: string;
  /** Debian's package. */
  readonly packageName: string;
  /** Any of these on the machine is enough; a bare name is looked for in the usual folders. */
  readonly programs: readonly string[];
  /** Which tests cannot run without it. */
  readonly neededFor: string;
}

/** How an installation ended. */
export type Installation =
  | { readonly kind: 'installed'; readonly message: string }
  | { readonly kind: 'impossible' | 'failed'; readonly message: string };

/** What the tests need from the system beyond Node. */
export const REQUIREMENTS: readonly Requirement[] = [
  {
    name: 'Chromium',
    packageName: 'chromium',
    programs: ['chromium'],
    neededFor: 'the console in a real browser',
  },
  {
    name: 'nmap',
    packageName: 'nmap',
    programs: ['nmap'],
    neededFor: 'discovery checked against another scanner',
  },
  {
    name: 'nftables',
    packageName: 'nftables',
    programs: ['nft'],
    neededFor: 'isolation of a device by its firewall',
  },
  {
    name: 'iproute2',
    packageName: 'iproute2',
    programs: ['ip'],
    neededFor: 'networks made for isolation and discovery',
  },
  {
    name: 'mkfs.ext4',
    packageName: 'e2fsprogs',
    programs: ['mkfs.ext4'],
    neededFor: 'filesystems made for file protection',
  },
  {
    name: 'ping',
    packageName: 'iputils-ping',
    programs: ['ping'],
    neededFor: 'networks made for isolation and discovery',
  },
  {
    name: 'clang',
    packageName: 'clang',
    programs: ['/usr/bin/clang'],
    neededFor: 'the part of the process and network sensors that runs in the kernel',
  },
  {
    name: 'the headers of libbpf',
    packageName: 'libbpf-dev',
    programs: ['/usr/include/bpf'],
    neededFor: 'the part of the process and network sensors that runs in the kernel',
  },
  {
    name: 'libyara',
    packageName: 'libyara9',
    programs: ['/usr/lib/x86_64-linux-gnu/libyara.so.9', '/usr/lib/aarch64-linux-gnu/libyara.so.9'],
    neededFor: 'the contract of the YARA engines',
  },
  {
    name: 'YARA',
    packageName: 'yara',
    programs: ['yara'],
    neededFor: 'the scan-files bench against another scanner',
  },
  {
    name: 'ClamAV daemon',
    packageName: 'clamav-daemon',
    programs: ['clamd'],
    neededFor: 'scans that ask a real clamd',
  },
  {
    name: 'PostgreSQL 15',
    packageName: 'postgresql-15',
    programs: ['/usr/lib/postgresql/15/bin/postgres'],
    neededFor: 'the controller on the oldest supported database (*.pg.test.ts, journeys)',
  },
];

/** The folders of programs on every Debian (FHS 3.0), whatever the caller's search path is. */
const PROGRAM_DIRS: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

/** The requirements of the list that the machine does not meet. Looks at files only. */
export async function findMissing(
  requirements: readonly Requirement[] = REQUIREMENTS,
): Promise<readonly Requirement[]> {
  const isMet = await Promise.all(
    requirements.map(async ({ programs }) => (await findProgram(programs)) !== undefined),
  );
  return requirements.filter((_, index) => !isMet[index]);
}

/** One plain line for each requirement: what is missing, and which tests need it. */
export function describeMissing(missing: readonly Requirement[]): readonly string[] {
  return missing.map(
    ({ name, packageName, neededFor }) =>
      `Missing: ${name} (Debian package ${packageName}), needed for ${neededFor}.`,
  );
}

/** Installs what is missing with apt-get, when this is root on a Debian. */
export async function installMissing(
  missing: readonly Requirement[],
  write: (line: string) => void,
): Promise<Installation> {
  const packageNames = missing.map(({ packageName }) => packageName);
  const byHand = `apt-get install --no-install-recommends ${packageNames.join(' ')}`;
  if (missing.length === 0) return { kind: 'installed', message: 'Nothing to install.' };
  const aptGet = await findProgram(['apt-get']);
  if (aptGet === undefined) {
    return { kind: 'impossible', message: `No apt-get here. On Debian: ${byHand}` };
  }
  if (process.getuid?.() !== 0) {
    return { kind: 'impossible', message: `Only root can install. As root: ${byHand}` };
  }
  // An update that fails for one of many sources may still have found the packages.
  if ((await runAptGet(aptGet, ['update'], write)) !== 0) write('apt-get update failed; going on.');
  const install = ['install', '--yes', '--no-install-recommends', ...packageNames];
  const code = await runAptGet(aptGet, install, write);
  const left = await findMissing(missing);
  if (code === 0 && left.length === 0) {
    return { kind: 'installed', message: `Installed: ${packageNames.join(', ')}.` };
  }
  const names = left.map(({ name }) => name).join(', ');
  return {
    kind: 'failed',
    message: `apt-get ended with ${code}; still missing: ${names || 'nothing'}.`,
  };
}

async function findProgram(programs: readonly string[]): Promise<string | undefined> {
  const paths = programs.flatMap((program) =>
    program.startsWith('/') ? [program] : PROGRAM_DIRS.map((dir) => join(dir, program)),
  );
  for (const path of paths) {
    // A library is read, not run.
    const mode = path.includes('.so.') ? constants.R_OK : constants.X_OK;
    const isThere = await access(path, mode).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

function runAptGet(
  aptGet: string,
  args: readonly string[],
  write: (line: string) => void,
): Promise<number | null> {
  write(`Running apt-get ${args.join(' ')}`);
  return new Promise((resolve) => {
    // The caller's environment is passed on: it may name the proxy. `env` adds the one thing that
    // keeps packages from asking questions; waiting for another apt-get is bounded to two minutes.
    const child = spawn(
      '/usr/bin/env',
      ['DEBIAN_FRONTEND=noninteractive', aptGet, '-qq', '-o', 'DPkg::Lock::Timeout=120', ...args],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
}
