/**
 * A controller and an agent as real processes that can be killed at any moment and come back at once,
 * the controller on one port and one data folder, the agent on a small disk of its own. It owns the
 * processes, the folder and the disk, and takes them all away when it closes.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { codeOf } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import {
  apiTokenRoutes,
  createClient,
  enrolmentKeyRoutes,
  organizationRoutes,
} from '@wardgrid/wire';
import { Permission, setupRoutes, type Call, type Transport } from '@wardgrid/wire';
import { makeTestDirectory, type TestDirectory } from '../../database/directory.ts';
import { startWardgrid, type Program } from '../processes.ts';

/** What is struck down. */
export type Part = 'controller' | 'agent';

/** A running grid of one controller and one device. */
export interface Grid {
  /** A client with an API token, which outlives every restart. */
  readonly call: Call;
  readonly agentData: string;
  /** The server process of the database now; undefined while there is none. */
  readonly postmaster: () => number | undefined;
  /** The folder of the database's Unix socket. */
  readonly socketDir: () => string;
  /**
   * The first line of a part that matches: of the program that runs, or of the one that follows it
   * when it ends meanwhile. Fails when time is over.
   */
  readonly waitFor: (part: Part, pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>;
  /** Starts what is not running, and again whenever it ends by itself. */
  readonly start: (part: Part) => void;
  /** `kill -9`; what is struck stays down until it is started. */
  readonly strike: (part: Part) => Promise<void>;
  /** Ends that nobody asked for, and errors that no crash explains. */
  readonly surprises: readonly string[];
  /** How often an agent said that its disk is full. */
  readonly fullDiskSaid: () => number;
  /** Takes all room on the agent's disk, and again whatever becomes free, until called off. */
  readonly fillDisk: () => () => void;
  readonly close: () => Promise<void>;
}

const PASSWORD = 'correct horse battery staple 7';
/** Room for the agent's database, its log and reserve, and little more. */
const DISK_SIZE = '4m';
/** As a service manager would. */
const RESTART_MS = 500;
const LOOK_MS = 50;
const LINE_MS = 60_000;
const FILL_INTERVAL_MS = 20;
const FILL_BYTES = 4_096;
/** Lines that say more than that something is away for the moment. */
const SURPRISE = /record refused|is broken|unhandled|"code":"internal"|becoming a device/i;

const FULL_DISK = /refuses writes|disk is full/;
const GIVING_UP = /^wardgrid controller: .*(?:database|connection|unavailable|terminat)/i;

/** Starts the controller, sets it up and makes the agent's disk; the agent is not started yet. */
export async function createGrid(): Promise<Grid> {
  const directory = await makeTestDirectory();
  const agentData = join(directory.path, 'agent');
  mkdirSync(agentData);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE}`, 'tmpfs', agentData]);
  try {
    return await open(directory, agentData);
  } catch (error) {
    await remove(directory, agentData);
    throw error;
  }
}

async function open(directory: TestDirectory, agentData: string): Promise<Grid> {
  const data = join(directory.path, 'controller');
  const url = `http://127.0.0.1:${await freePort()}`;
  const surprises: string[] = [];
  const words: Record<Part, string[]> = {
    controller: ['controller', '--data', data, '--listen', url.slice('http://'.length)],
    agent: ['agent', 'run', '--controller', url, '--data', agentData],
  };
  words.controller.push('--exchange-interval-ms', '1000');
  const parts = createParts(words, surprises);
  const pidFile = (): string[] => linesOf(join(data, 'postgres', 'cluster', 'postmaster.pid'));

  async function close(): Promise<void> {
    for (const part of ['agent', 'controller'] as const) await parts.stop(part);
    await remove(directory, agentData);
  }

  try {
    parts.start('controller');
    const [[, link = '']] = await Promise.all([
      parts.waitFor('controller', /^set up: (\S+)$/),
      parts.waitFor('controller', /^ready: /),
    ]);
    const { call, enrolmentKey } = await setUp(url, link.split('#')[1] ?? '');
    words.agent.push('--enrolment-key', enrolmentKey);
    return {
      ...parts,
      call,
      agentData,
      surprises,
      close,
      postmaster: () => ownedPid(pidFile()[0], data),
      // The fifth line of `postmaster.pid` (miscadmin.h).
      socketDir: () => pidFile()[4] ?? '',
      fillDisk: () => fill(join(agentData, 'filler')),
    };
  } catch (error) {
    await parts.stop('controller');
    throw error;
  }
}

function createParts(words: Readonly<Record<Part, readonly string[]>>, surprises: string[]) {
  const wanted = new Set<Part>();
  const running = new Map<Part, Program>();
  let fullDiskSaid = 0;

  /** A part that ends by itself is started again, as a service is; most often it is a fault, too. */
  async function watch(part: Part, program: Program): Promise<void> {
    const how = await program.ended;
    surprises.push(...program.lines.filter((line) => SURPRISE.test(line)));
    fullDiskSaid += program.lines.filter((line) => FULL_DISK.test(line)).length;
    if (running.get(part) !== program) return;
    running.delete(part);
    if (!isExcused(program)) {
      surprises.push(`${part} ended by itself (${how}): ${program.lines.slice(-16).join(' | ')}`);
    }
    await systemClock.sleep(RESTART_MS);
    if (wanted.has(part)) start(part);
  }

  function start(part: Part): void {
    wanted.add(part);
    if (running.has(part)) return;
    const program = startWardgrid(words[part]);
    running.set(part, program);
    void watch(part, program);
  }

  async function end(part: Part, signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const program = running.get(part);
    wanted.delete(part);
    running.delete(part);
    await program?.kill(signal);
  }

  async function waitFor(
    part: Part,
    pattern: RegExp,
    timeoutMs = LINE_MS,
  ): Promise<RegExpMatchArray> {
    const untilMs = systemClock.monotonic() + timeoutMs;
    let why: unknown;
    for (;;) {
      const leftMs = untilMs - systemClock.monotonic();
      if (leftMs <= 0) throw new Error(`the ${part} was never heard`, { cause: why });
      try {
        const line = await running.get(part)?.waitFor(pattern, leftMs);
        if (line) return line;
      } catch (error) {
        why = error;
      }
      await systemClock.sleep(LOOK_MS);
    }
  }

  return {
    start,
    waitFor,
    fullDiskSaid: () => fullDiskSaid,
    strike: (part: Part): Promise<void> => end(part, 'SIGKILL'),
    stop: (part: Part): Promise<void> => end(part, 'SIGTERM'),
  };
}

/** A controller whose database dies while both start may give up, in words, and leave it to its service. */
function isExcused({ lines }: Program): boolean {
  const isReady = lines.some((line) => line.startsWith('ready: '));
  return !isReady && lines.some((line) => GIVING_UP.test(line));
}

/** Set-up by API: an API token with every permission and an enrolment key. */
async function setUp(
  url: string,
  token: string,
): Promise<{ readonly call: Call; readonly enrolmentKey: string }> {
  let headers: Record<string, string> = {};
  const transport: Transport = async (address, request) => {
    const response = await fetch(address, {
      ...request,
      headers: { ...request.headers, ...headers },
    });
    const cookies = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (cookies.length > 0) headers = { ...headers, cookie: cookies.join('; ') };
    return response;
  };
  const person = createClient({ baseUrl: url, transport });
  const email = 'root@example.com';
  const session = await person(setupRoutes.create, {
    body: { token, email, password: PASSWORD, organizationName: 'Acme' },
  });
  headers = { ...headers, 'x-wardgrid-csrf': session.csrfToken };
  const permissions = Permission.options.filter((one) => session.permissions.includes(one));
  const { value } = await person(apiTokenRoutes.create, {
    body: { name: 'crash', permissions, expiresInDays: 1 },
  });
  const call = createClient({
    baseUrl: url,
    transport: fetch,
    headers: () => ({ authorization: `Bearer ${value}` }),
  });
  const [organization] = (await call(organizationRoutes.list, { query: {} })).data;
  if (!organization) throw new Error('set-up made no organization');
  const key = await call(enrolmentKeyRoutes.create, {
    body: { name: 'crash', organizationId: organization.id },
  });
  return { call, enrolmentKey: key.value };
}

/** Writes until nothing fits, and again every moment: what the agent frees is taken as well. */
function fill(path: string): () => void {
  let cancel: () => void = () => undefined;
  const piece = Buffer.alloc(FILL_BYTES, 1);
  const turn = (): void => {
    try {
      for (;;) appendFileSync(path, piece);
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC') throw error;
    }
    cancel = systemClock.after(FILL_INTERVAL_MS, turn);
  };
  turn();
  return () => {
    cancel();
    rmSync(path, { force: true });
  };
}

/** A number from `postmaster.pid`, when it is a process of this data folder. */
function ownedPid(text: string | undefined, data: string): number | undefined {
  const pid = Number(text);
  const isOurs =
    Number.isSafeInteger(pid) && pid > 1 && textOf(`/proc/${pid}/cmdline`).includes(data);
  return isOurs ? pid : undefined;
}

function linesOf(path: string): string[] {
  return textOf(path).split('\n');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function remove(directory: TestDirectory, agentData: string): Promise<void> {
  execFileSync('umount', ['--lazy', agentData]);
  await directory.remove();
}
