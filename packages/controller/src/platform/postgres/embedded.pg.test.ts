import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findBinaries } from './binaries.ts';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded.ts';
import { findBarrier, findServerIdentity } from './identity.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const signal = new AbortController().signal;
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let dir = '';

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'wardgrid-pg-'));
  await chmod(dir, 0o755);
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await Promise.all(running.splice(0).map((database) => database.stop()));
  await rm(dir, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedPostgresOptions> = {}): Promise<EmbeddedPostgres> {
  const defaults = { dataDir: join(dir, 'data'), log: silentLog, clock: systemClock, signal };
  // A data folder that cannot be entered must never reach the machine's own shared place.
  const database = await startEmbeddedPostgres({
    ...defaults,
    sharedDir: join(dir, 'shared'),
    ...options,
  });
  running.push(database);
  return database;
}

async function query(database: EmbeddedPostgres, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(database.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

interface Writer {
  readonly child: ChildProcess;
  readonly serverPid: () => number;
  readonly acknowledged: () => number;
  readonly ended: Promise<unknown>;
  readonly words: () => string;
}

async function startWriter(dataDir: string, ids?: { uid: number; gid: number }): Promise<Writer> {
  const script = join(import.meta.dirname, 'testdata', 'writer.ts');
  const child = spawn(process.execPath, [script, dataDir], {
    ...ids,
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let words = '';
  child.stdout.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
  const ended = new Promise((resolve) => child.once('close', resolve));
  const writer = {
    child,
    ended,
    words: () => words,
    serverPid: () => Number(/^pid (\d+)$/m.exec(words)?.[1]),
    acknowledged: () =>
      Number(
        words
          .match(/acknowledged \d+(?=\n)/g)
          ?.at(-1)
          ?.slice(13) ?? 0,
      ),
  };
  const first = writer.acknowledged();
  await until(() => writer.acknowledged() > first + 50 || child.exitCode !== null);
  expect(child.exitCode, words).toBeNull();
  return writer;
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonic() + 15_000;
  while (!(await isTrue())) {
    if (systemClock.monotonic() > deadlineMs) throw new Error('waited too long');
    await systemClock.sleep(10);
  }
}

/** A process that has ended but was not yet collected has no command line. */
function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

/** The shell that would stop the server when its controller dies. */
async function findWatcher(serverPid: number): Promise<number> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const name of names) {
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    if (command.startsWith('/bin/sh') && command.endsWith(`\0${serverPid}\0`)) return Number(name);
  }
  throw new Error('no watcher');
}

async function expectAllRows(database: EmbeddedPostgres, acknowledged: number): Promise<void> {
  const rows = await query(
    database,
    'select count(*)::int as count, max(number)::int as last from note',
  );
  // One more may have been committed without its acknowledgement having arrived.
  expect([acknowledged, acknowledged + 1]).toContain(rows[0]?.['last']);
  expect(rows[0]?.['count']).toBe(rows[0]?.['last']);
}

describe('a running database', () => {
  test('is durable, checks its pages, listens on no network and gives no superuser', async () => {
    const database = await start();
    const rows = await query(
      database,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
        current_setting('data_checksums') as checksums, current_setting('jit') as jit,
        current_setting('listen_addresses') as addresses, current_user as user,
        (select rolsuper from pg_roles where rolname = current_user) as is_super,
        (select datcollate from pg_database where datname = current_database()) as collation`,
    );
    expect(rows).toEqual([
      {
        fsync: 'on',
        commit: 'on',
        checksums: 'on',
        jit: 'off',
        addresses: '',
        user: 'wardgrid',
        is_super: false,
        collation: 'C.UTF-8',
      },
    ]);
    await query(database, 'create extension ltree; create extension pg_trgm');
    expect((await stat(database.connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dir, 'data'))).mode & 0o007).toBe(0);
  }, 20_000);

  test('keeps its data over a stop, stops once, and stops when its signal is aborted', async () => {
    const first = await start();
    await query(first, 'create table note (number int); insert into note values (7)');
    await Promise.all([first.stop(), first.stop()]);
    expect(isAlive(first.pid())).toBe(false);
    const controller = new AbortController();
    const second = await start({ signal: controller.signal });
    expect(await query(second, 'select number from note')).toEqual([{ number: 7 }]);
    controller.abort();
    await until(() => !isAlive(second.pid()));
  }, 20_000);

  test('is started again when its server is killed, and says so', async () => {
    const said: string[] = [];
    const database = await start({
      onExit: (exit) => said.push(`exit ${exit.signal}`),
      onRestart: () => said.push('restart'),
    });
    await query(database, 'create table note (number int); insert into note values (7)');
    for (const round of [1, 2]) {
      const pid = database.pid();
      process.kill(pid, 'SIGKILL');
      await until(() => said.length === 2 * round);
      expect(database.pid()).not.toBe(pid);
      expect(await query(database, 'select number from note')).toEqual([{ number: 7 }]);
    }
    expect(said).toEqual(['exit SIGKILL', 'restart', 'exit SIGKILL', 'restart']);
  }, 30_000);

  test('cannot be reached by another user of the machine', async () => {
    const database = await start();
    const { host, port } = database.connection;
    const path = join(host, `.s.PGSQL.${port}`);
    expect((await stat(path)).mode & 0o077).toBe(0);
    if (!isRoot) return;
    const probe = `require('node:net').connect(process.argv[1]).on('error', (error) => {
      process.stdout.write(error.code);
    }).on('connect', () => process.exit(1));`;
    const child = spawn(process.execPath, ['--eval', probe, path], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let words = '';
    child.stdout.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
    await new Promise((resolve) => child.once('close', resolve));
    expect(words).toBe('EACCES');
  }, 20_000);
});

describe('a folder of data', () => {
  test('is refused to a second controller, in this process and in another', async () => {
    const database = await start();
    await expect(start()).rejects.toMatchObject({ code: 'database-data-in-use' });
    const script = join(import.meta.dirname, 'testdata', 'writer.ts');
    const child = spawn(process.execPath, [script, join(dir, 'data')], { stdio: 'pipe' });
    let words = '';
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString('utf8')));
    await new Promise((resolve) => child.once('close', resolve));
    expect(words).toContain('database-data-in-use');
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 20_000);

  test('may have a path too long for a socket', async () => {
    const dataDir = join(dir, 'a'.repeat(60), 'b'.repeat(60), "with 'quotes' and spaces");
    const database = await start({ dataDir });
    expect(database.connection.host.startsWith(dataDir)).toBe(false);
    expect((await stat(database.connection.host)).mode & 0o777).toBe(0o700);
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
    await database.stop();
    await rm(database.connection.host, { recursive: true });
  }, 20_000);

  test('closed to the server by a folder above it leads elsewhere, and is never begun anew', async () => {
    await mkdir(join(dir, 'closed'), { mode: 0o700 });
    const dataDir = join(dir, 'closed', 'data');
    const first = await start({ dataDir });
    await query(first, 'create table note (number int); insert into note values (7)');
    await first.stop();
    const second = await start({ dataDir });
    expect(await query(second, 'select number from note')).toEqual([{ number: 7 }]);
    await second.stop();
    const place = isRoot ? join(dir, 'shared') : join(dataDir, 'cluster', 'PG_VERSION');
    await rm(place, { recursive: true });
    await expect(start({ dataDir })).rejects.toMatchObject({ code: 'database-data-unreachable' });
  }, 20_000);

  test('of another major version is refused, and left-overs of a cut-off beginning are removed', async () => {
    await mkdir(join(dir, 'data', 'cluster.new-cut'), { recursive: true });
    const database = await start();
    await database.stop();
    expect(await readdir(join(dir, 'data'))).not.toContain('cluster.new-cut');
    await writeFile(join(dir, 'data', 'cluster', 'PG_VERSION'), '14\n');
    await expect(start()).rejects.toMatchObject({ code: 'database-data-version' });
  }, 20_000);

  test('of another user is given to the server when root starts it', async () => {
    const first = await start();
    await query(first, 'create table note (number int); insert into note values (7)');
    await first.stop();
    if (isRoot) await chown(join(dir, 'data', 'cluster'), NOBODY, NOBODY);
    const second = await start();
    expect(await query(second, 'select number from note')).toEqual([{ number: 7 }]);
  }, 20_000);

  test('that cannot be started says why in the server’s words', async () => {
    const settings = { shared_buffers: 'plenty' };
    await expect(start({ settings })).rejects.toThrow(/shared_buffers/);
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 20_000);
});

describe('a killed controller', () => {
  test('loses no acknowledged row and leaves no server behind', async () => {
    const writer = await startWriter(join(dir, 'data'));
    writer.child.kill('SIGKILL');
    await writer.ended;
    await until(() => !isAlive(writer.serverPid()));
    await expectAllRows(await start(), writer.acknowledged());
  }, 30_000);

  test('is followed by one that stops the server it finds running', async () => {
    const writer = await startWriter(join(dir, 'data'));
    process.kill(await findWatcher(writer.serverPid()), 'SIGKILL');
    writer.child.kill('SIGKILL');
    await writer.ended;
    expect(isAlive(writer.serverPid())).toBe(true);
    const database = await start();
    await until(() => !isAlive(writer.serverPid()));
    await expectAllRows(database, writer.acknowledged());
  }, 30_000);

  test('killed together with its server loses no acknowledged row, round after round', async () => {
    const dataDir = join(dir, 'data');
    for (let round = 0; round < 3; round += 1) {
      const writer = await startWriter(dataDir);
      process.kill(await findWatcher(writer.serverPid()), 'SIGKILL');
      process.kill(writer.serverPid(), 'SIGKILL');
      writer.child.kill('SIGKILL');
      await writer.ended;
      expect(await readFile(join(dataDir, 'cluster', 'postmaster.pid'), 'utf8')).not.toBe('');
      const database = await start();
      await expectAllRows(database, writer.acknowledged());
      await database.stop();
    }
  }, 40_000);

  test('may have left a process number that is somebody else’s by now', async () => {
    const first = await start();
    await first.stop();
    const pidFile = join(dir, 'data', 'cluster', 'postmaster.pid');
    await writeFile(pidFile, `${process.pid}\n/nowhere\n0\n5432\n\n\n\nready\n`);
    const { server } = await findServerIdentity();
    if (isRoot) await chown(pidFile, server.uid, server.gid);
    expect(await query(await start(), 'select 1 as one')).toEqual([{ one: 1 }]);
  }, 20_000);
});

test('a user who is not root runs the server as itself', async () => {
  const ids = { uid: NOBODY, gid: NOBODY };
  // In a checkout that only root can enter, nobody else can run this code at all.
  const isOpen = (await findBarrier(import.meta.dirname, ids)) === undefined;
  const dataDir = join(dir, 'own', 'data');
  await mkdir(dirname(dataDir));
  if (isRoot && isOpen) await chown(dirname(dataDir), NOBODY, NOBODY);
  const writer = await startWriter(dataDir, isRoot && isOpen ? ids : undefined);
  const { uid } = await stat(join(dataDir, 'cluster'));
  const { server } = await findServerIdentity();
  expect(uid).toBe(isRoot && isOpen ? NOBODY : server.uid);
  writer.child.kill('SIGKILL');
  await writer.ended;
  await until(() => !isAlive(writer.serverPid()));
}, 20_000);

test('programs whose links are missing or that the server cannot read are copied once', async () => {
  const identity = await findServerIdentity();
  const installed = await findBinaries({ cacheDir: join(dir, 'never'), identity, signal });
  const source = dirname(dirname(dirname(installed.postgres)));
  const packageDir = join(dir, 'closed', 'package');
  await mkdir(dirname(packageDir), { mode: 0o700 });
  await cp(source, packageDir, { recursive: true, verbatimSymlinks: true });
  const libraryDir = join(packageDir, 'native', 'lib');
  await rm(join(libraryDir, 'libpq.so.5'), { force: true });
  await chmod(libraryDir, 0o500);
  await chmod(join(packageDir, 'native', 'bin', 'postgres'), 0o700);
  const cacheDir = join(dir, 'programs');
  const copied = await findBinaries({ packageDir, cacheDir, identity, signal });
  expect(copied.postgres.startsWith(cacheDir)).toBe(true);
  expect(copied.majorVersion).toBe(18);
  const { ino } = await stat(copied.postgres);
  const again = await findBinaries({ packageDir, cacheDir, identity, signal });
  expect((await stat(again.postgres)).ino).toBe(ino);
  const database = await start({ binDir: dirname(copied.initdb) });
  expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
  await chmod(libraryDir, 0o700);
}, 30_000);

test('a socket folder made by somebody else first is not entered', async () => {
  const dataDir = join(dir, 'c'.repeat(100), 'data');
  const database = await start({ dataDir });
  const { host } = database.connection;
  await database.stop();
  await rm(host, { recursive: true });
  if (isRoot) {
    await mkdir(host);
    await chown(host, NOBODY, NOBODY);
  } else {
    await writeFile(host, '');
  }
  await expect(start({ dataDir })).rejects.toMatchObject({ code: 'database-socket-unsafe' });
  await rm(host, { recursive: true });
}, 20_000);

test('programs that are not there are named', async () => {
  const error: unknown = await start({ binDir: join(dir, 'nowhere') }).catch((thrown) => thrown);
  expect(codeOf(error)).toBe('database-binaries-missing');
}, 20_000);
