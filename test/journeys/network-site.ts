/**
 * A site as a customer has it, in network namespaces: a controller that speaks TLS by its own
 * authority and is the gateway, a device with the agent, machines with services, an idle one, and
 * one more device whose network is of an unusual size.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  enrolmentKeyRoutes,
  jobRoutes,
  JOB_STATES_FINAL,
  organizationRoutes,
  ProblemError,
  type Job,
  type NewJob,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { makeTestDirectory } from '../database/directory.ts';
import { createLab, type Lab } from './namespaces.ts';
import { readCertificate, setUp, type Person } from './person.ts';
import { eventually, startWardgrid, type Program } from './processes.ts';

/** The network of the site. */
export const CIDR = '10.78.3.0/24';
/** The machines of the site and what they serve. */
export const OFFERS = {
  hub: [],
  laptop: [],
  linux: ['ssh:22', 'http:80', 'https:443', 'redis:6379'],
  windows: ['ftp:21', 'vnc:5900'],
  printer: ['telnet:23', 'printer:9100'],
  database: ['mysql:3306', 'docker:2375'],
  idle: [],
  wide: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Host = keyof typeof OFFERS;
export const HOSTS = Object.keys(OFFERS) as Host[];

/** Where a machine of the site is. */
export const ipOf = (host: Host): string => `10.78.3.${1 + HOSTS.indexOf(host) * 30}`;

/** Where the controller listens. */
export const CONTROLLER_PORT = 7443;
const URL_OF_CONTROLLER = `https://${ipOf('hub')}:${CONTROLLER_PORT}`;
const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));
const SERVICES = fileURLToPath(new URL('./scan-services.ts', import.meta.url));

/** The running site. */
export interface Site {
  readonly lab: Lab;
  readonly person: Person;
  readonly enrolmentKey: string;
  /** The certificate that the controller's own authority was pinned by. */
  readonly ca: string;
  /** Runs an agent on a machine, until it is killed. */
  readonly startAgent: (host: Host, enrolmentKey?: string) => Program;
  /** Starts services on a machine; the returned function ends them. */
  readonly serve: (host: Host, offers: readonly string[]) => Promise<() => Promise<void>>;
  /** Runs `ip` on a machine. */
  readonly ip: (host: Host, ...words: readonly string[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts a site: everything runs, and nobody is enrolled. */
export async function startSite(): Promise<Site> {
  const hosts = HOSTS.map((name) => ({ name, ip: ipOf(name) }));
  const lab = await createLab({ cidr: CIDR, hosts });
  const directory = await makeTestDirectory();
  const ip: Site['ip'] = async (host, ...words) => {
    const { code, stderr } = await lab.run(host, 'ip', words);
    if (code !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
  };
  for (const host of HOSTS.filter((each) => each !== 'hub')) {
    await ip(host, 'route', 'add', 'default', 'via', ipOf('hub'));
  }
  const controller = startController(lab, join(directory.path, 'controller'));
  const close = async (): Promise<void> => {
    await controller.kill('SIGTERM');
    await lab.close();
    await directory.remove();
  };
  try {
    const access = await enter(lab, controller, join(directory.path, 'relay.sock'));
    return {
      lab,
      ...access,
      ip,
      serve: (host, offers) => serve(lab, host, offers),
      startAgent: (host, enrolmentKey) => {
        const keys = enrolmentKey === undefined ? [] : ['--enrolment-key', enrolmentKey];
        const words = ['agent', 'run', '--controller', URL_OF_CONTROLLER, ...keys];
        const data = join(directory.path, `agent-${host}`);
        return startWardgrid([...words, '--data', data], (command, args) =>
          lab.spawn(host, command, args),
        );
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function startController(lab: Lab, data: string): Program {
  const listen = `${ipOf('hub')}:${CONTROLLER_PORT}`;
  const words = ['controller', '--data', data, '--listen', listen];
  return startWardgrid([...words, '--exchange-interval-ms', '1000'], (command, args) =>
    lab.spawn('hub', command, args),
  );
}

/** First-run set-up through the relay, and a key to enrol with. */
async function enter(
  lab: Lab,
  controller: Program,
  socketPath: string,
): Promise<Pick<Site, 'person' | 'enrolmentKey' | 'ca'>> {
  const [, token = ''] = await controller.waitFor(/^set up: \S+#(\S+)$/);
  await controller.waitFor(/^ready: https:/);
  const port = String(CONTROLLER_PORT);
  const relay = [RELAY, socketPath, ipOf('hub'), port];
  await isReady(lab.spawn('hub', process.execPath, relay));
  const door = { socketPath, url: URL_OF_CONTROLLER };
  const ca = await readCertificate(door);
  const person = await setUp({ ...door, ca }, token);
  const { data } = await person.call(organizationRoutes.list);
  const organizationId = data[0]?.id;
  if (organizationId === undefined) throw new Error('the set-up made no organization');
  const body = { name: 'site', organizationId };
  const { value } = await person.call(enrolmentKeyRoutes.create, { body });
  return { person, ca, enrolmentKey: value };
}

async function serve(
  lab: Lab,
  host: Host,
  offers: readonly string[],
): Promise<() => Promise<void>> {
  const words = [SERVICES, JSON.stringify(offers), ipOf(host)];
  const child = lab.spawn(host, process.execPath, words);
  await isReady(child);
  return async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
}

async function isReady(child: ReturnType<Lab['spawn']>): Promise<void> {
  if (!child.stdout) throw new Error('no output to wait for');
  for await (const part of child.stdout) if (String(part).includes('ready')) break;
}

/** The problem code that a request for a job ends in, or `ok`. */
export async function codeOfJob({ call }: Person, body: z.input<typeof NewJob>): Promise<string> {
  try {
    await call(jobRoutes.create, { body });
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}

/** The job once it has ended. */
export function finalJob({ call }: Person, id: Job['id'], timeoutMs = 60_000): Promise<Job> {
  return eventually(
    `job ${id} ends`,
    async () => {
      const job = await call(jobRoutes.read, { params: { id } });
      return JOB_STATES_FINAL.has(job.state) && job;
    },
    timeoutMs,
  );
}
