/**
 * A grid as an MSP has it, in network namespaces: a cloud, a local controller at each of two clients'
 * sites, a sub-local one behind the first, a device at each, and a router between the sites. Links
 * are cut and healed with nftables; databases are read as whoever stole the disk would read them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { BrowserPlace } from './browser.ts';
import { makeTestDirectory } from '../database/directory.ts';
import { createLab, type Lab } from './namespaces.ts';
import { readCertificate, type Door } from './person.ts';
import { startWardgrid, type Program } from './processes.ts';

/** The controllers, each with the machine it stands on. */
const CONTROLLERS = {
  cloud: '10.90.0.10',
  north: '10.90.1.10',
  annex: '10.90.1.20',
  south: '10.90.2.10',
} as const;
export type ControllerName = keyof typeof CONTROLLERS;

/** Machines with an agent, or with a person. */
const MACHINES = {
  office: '10.90.0.30',
  crane: '10.90.1.30',
  buoy: '10.90.1.40',
  late: '10.90.1.50',
  desk: '10.90.2.30',
} as const;
export type MachineName = keyof typeof MACHINES;
type HostName = ControllerName | MachineName;

const IP: Readonly<Record<HostName, string>> = { ...CONTROLLERS, ...MACHINES };
const PORT = 7443;
const RELAY = join(import.meta.dirname, 'relay.ts');

/** Times of a grid in a hurry: what takes minutes in life takes seconds here. */
const CONTROLLER_PACE = [
  ['--exchange-interval-ms', '1000'],
  ['--sync-interval-ms', '1000'],
  ['--failover-after-ms', '2500'],
  ['--probe-interval-ms', '1500'],
  ['--dwell-ms', '2000'],
].flat();
const AGENT_PACE = ['--failover-after-ms', '1500'];

/** How a local controller joins. */
interface Joining {
  readonly role: 'local' | 'sub-local';
  readonly parent: ControllerName;
  readonly token: string;
}

/** The grid; everything in it runs until it is closed. */
export interface ChainWorld {
  readonly lab: Lab;
  /** Starts a controller, joined already or not, and waits until it is ready. */
  readonly start: (name: ControllerName, joining?: Joining) => Promise<Program>;
  /** The door of a running controller, for people at the API. */
  readonly door: (name: ControllerName) => Promise<Door>;
  readonly startAgent: (machine: MachineName, at: ControllerName, key?: string) => Program;
  readonly agentData: (machine: MachineName) => string;
  /** Nothing passes between two hosts any more, either way. */
  readonly cut: (from: HostName, to: HostName) => Promise<void>;
  readonly heal: () => Promise<void>;
  /** Every row of every table of a controller's database, as text. */
  readonly dump: (name: ControllerName) => Promise<string>;
  readonly query: (name: ControllerName, text: string) => Promise<Record<string, unknown>[]>;
  /** Where a person's browser runs: on a machine that reaches all sites. */
  readonly browserPlace: BrowserPlace;
  readonly close: () => Promise<void>;
}

export function urlOf(name: ControllerName): string {
  return `https://${CONTROLLERS[name]}:${PORT}`;
}

/** Makes the networks; nothing runs yet. */
export async function makeChainWorld(): Promise<ChainWorld> {
  const lab = await createLab({ sites: [site(0), site(1), site(2)] });
  const directory = await makeTestDirectory();
  const programs = new Map<string, Program>();
  const doors = new Map<ControllerName, Door>();
  const dataOf = (name: string): string => join(directory.path, name);

  function run(host: HostName, words: readonly string[]): Program {
    const program = startWardgrid(words, (command, args) => lab.spawn(host, command, args));
    programs.set(host, program);
    return program;
  }

  async function door(name: ControllerName): Promise<Door> {
    const known = doors.get(name);
    if (known) return known;
    const socketPath = dataOf(`${name}.sock`);
    const relay = lab.spawn(name, process.execPath, [RELAY, socketPath, IP[name], String(PORT)]);
    for await (const part of relay.stdout ?? []) if (String(part).includes('ready')) break;
    const place = { socketPath, url: urlOf(name) };
    const made = { ...place, ca: await readCertificate(place) };
    doors.set(name, made);
    return made;
  }

  return {
    lab,
    door,
    async start(name, joining) {
      const listen = ['--data', dataOf(name), '--listen', `${IP[name]}:${PORT}`];
      const program = run(name, ['controller', ...listen, ...CONTROLLER_PACE, ...wordsOf(joining)]);
      await program.waitFor(/^ready: https:/, START_MS);
      return program;
    },
    startAgent(machine, at, key) {
      const enrol = key === undefined ? [] : ['--enrolment-key', key];
      const words = ['agent', 'run', '--controller', urlOf(at), ...enrol, ...AGENT_PACE];
      return run(machine, [...words, '--data', dataOf(machine)]);
    },
    agentData: dataOf,
    cut: (from, to) => cut(lab, from, to),
    heal: () => heal(lab),
    dump: (name) => dump(dataOf(name)),
    query: (name, text) =>
      withDatabase(dataOf(name), async (client) => (await client.query(text)).rows),
    browserPlace: {
      prefix: lab.prefixOf('office'),
      folder: directory.path,
      addresses: Object.values(CONTROLLERS),
    },
    async close() {
      const ended = [...programs.values()].map((program) => program.kill('SIGTERM'));
      await Promise.race([
        Promise.all(ended),
        new Promise((resolve) => setTimeout(resolve, STOP_MS)),
      ]);
      await lab.close();
      await directory.remove();
    },
  };
}

/** A first start makes a database. */
const START_MS = 90_000;
/** Whoever does not stop by then is killed with the lab. */
const STOP_MS = 20_000;

function site(index: number) {
  const network = `10.90.${index}`;
  const hosts = Object.entries(IP)
    .filter(([, ip]) => ip.startsWith(`${network}.`))
    .map(([name, ip]) => ({ name, ip }));
  return { cidr: `${network}.0/24`, gateway: `${network}.1`, hosts };
}

function wordsOf(joining: Joining | undefined): string[] {
  if (!joining) return [];
  const { role, parent, token } = joining;
  return ['--role', role, '--parent', urlOf(parent), '--token', token];
}

const TABLE = 'inet chain_cut';

async function nft(lab: Lab, host: HostName, rules: string): Promise<void> {
  const { code, stderr } = await lab.run(host, 'nft', [rules]);
  if (code !== 0) throw new Error(`nft on ${host}: ${stderr}`);
}

async function cut(lab: Lab, from: HostName, to: HostName): Promise<void> {
  const rules = [
    `add table ${TABLE}`,
    `add chain ${TABLE} out { type filter hook output priority 0; }`,
    `add chain ${TABLE} in { type filter hook input priority 0; }`,
    `add rule ${TABLE} out ip daddr ${IP[to]} drop`,
    `add rule ${TABLE} in ip saddr ${IP[to]} drop`,
  ];
  await nft(lab, from, rules.join('; '));
}

async function heal(lab: Lab): Promise<void> {
  const hosts = Object.keys(IP) as HostName[];
  // Adding it first makes the deleting the same whether anything was cut there or not.
  await Promise.all(
    hosts.map((host) => nft(lab, host, `add table ${TABLE}; delete table ${TABLE}`)),
  );
}

/** As the superuser of the embedded server, whom no row-level security stops. */
async function withDatabase<T>(data: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const lines = readFileSync(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split(
    '\n',
  );
  const client = new pg.Client({
    // The fifth line of `postmaster.pid` (miscadmin.h) is the folder of its socket.
    host: lines[4]?.trim() ?? '',
    port: 5432,
    user: 'postgres',
    database: 'wardgrid',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function dump(data: string): Promise<string> {
  return withDatabase(data, async (client) => {
    const tables = await client.query<{ name: string }>(
      `select quote_ident(relname) as name from pg_class
       where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    );
    const texts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      texts.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    return texts.join('\n');
  });
}
