/* A controller without a token and without an address finds the one above by its announcement, on a
   network where somebody else announces a grid of their own. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fingerprintText } from '@wardgrid/base';
import {
  controllerRoutes,
  joinCandidateRoutes,
  organizationRoutes,
  type JoinCandidate,
} from '@wardgrid/wire';
import { makeTestDirectory, type TestDirectory } from '../database/directory.ts';
import { createLab, type Lab } from './namespaces.ts';
import { readCertificate, setUp, type Person } from './person.ts';
import { eventually, startWardgrid, type Program } from './processes.ts';

const RELAY = fileURLToPath(new URL('./relay.ts', import.meta.url));
const PORT = 7443;
const IPS = { cloud: '10.79.3.1', stranger: '10.79.3.2', site: '10.79.3.3' } as const;
type Host = keyof typeof IPS;
const KEY = '(?:[0-9a-f]{4}-){7}[0-9a-f]{4}';

let lab: Lab;
let directory: TestDirectory;
let owner: Person;
let stranger: Person;
const programs: Program[] = [];

function start(host: Host, data: string, ...words: readonly string[]): Program {
  const all = [
    'controller',
    '--data',
    join(directory.path, data),
    '--listen',
    `${IPS[host]}:${PORT}`,
  ];
  const program = startWardgrid([...all, ...words], (command, args) =>
    lab.spawn(host, command, args),
  );
  programs.push(program);
  return program;
}

/** A cloud with its first person. */
async function startCloud(host: 'cloud' | 'stranger'): Promise<Person> {
  const program = start(host, host);
  const [, token = ''] = await program.waitFor(/^set up: \S+#(\S+)$/);
  await program.waitFor(/^ready: https:/);
  const socketPath = join(directory.path, `${host}.sock`);
  const relay = lab.spawn(host, process.execPath, [RELAY, socketPath, IPS[host], String(PORT)]);
  if (!relay.stdout) throw new Error('no output to wait for');
  for await (const part of relay.stdout) if (String(part).includes('ready')) break;
  const door = { socketPath, url: `https://${IPS[host]}:${PORT}` };
  return setUp({ ...door, ca: await readCertificate(door) }, token);
}

beforeAll(async () => {
  directory = await makeTestDirectory();
  const hosts = Object.entries(IPS).map(([name, ip]) => ({ name, ip }));
  lab = await createLab({ cidr: '10.79.3.0/24', hosts });
  [owner, stranger] = await Promise.all([startCloud('cloud'), startCloud('stranger')]);
}, 120_000);

afterAll(async () => {
  await Promise.all(programs.map((program) => program.kill('SIGTERM')));
  await lab?.close();
  await directory?.remove();
}, 60_000);

const candidate = async ({ call }: Person): Promise<JoinCandidate | undefined> =>
  (await call(joinCandidateRoutes.list)).data[0];

test('of several that announce themselves it takes none, and asks the one whose key it is given', async () => {
  const undecided = start('site', 'site', '--role', 'local');
  const [line] = await undecided.waitFor(/several controllers are here: .*/, 60_000);
  const [one, two] = line.match(new RegExp(KEY, 'g')) ?? [];
  expect(one).not.toBe(two);
  const heard = await eventually('both clouds have heard it', async () => {
    const found = [await candidate(owner), await candidate(stranger)];
    return found.every((each) => each !== undefined) && found;
  });
  expect(heard.map((each) => [each?.source, each?.address])).toEqual([
    ['heard', IPS.site],
    ['heard', IPS.site],
  ]);
  await undecided.kill('SIGTERM');
  const ownKey = fingerprintText(heard[0]?.parentFingerprint ?? '');
  expect([one, two]).toContain(ownKey);

  const newcomer = start('site', 'site', '--role', 'local', '--parent-key', ownKey);
  await newcomer.waitFor(new RegExp(`key of the one it asks: +${ownKey}`), 60_000);
  const asked = await candidate(owner);
  expect(asked).toMatchObject({ source: 'asked', state: 'waiting', address: IPS.site });
  expect((await candidate(stranger))?.source).toBe('heard');
  const { data } = await owner.call(organizationRoutes.list);
  const params = { fingerprint: asked?.fingerprint ?? '' };
  const body = { name: 'Site', scope: data[0]?.scope ?? '' };
  await owner.call(joinCandidateRoutes.approve, { params, body });
  await newcomer.waitFor(/^let in as 'Site'$/, 60_000);
  await newcomer.waitFor(/^ready: https:/, 60_000);
  await eventually('it exchanges with the cloud', async () => {
    const { data: all } = await owner.call(controllerRoutes.list);
    return all.some(({ name, lastSyncAt }) => name === 'Site' && lastSyncAt !== null);
  });
}, 180_000);
