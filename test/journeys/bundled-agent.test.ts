/* The agent as it is shipped: bundled, in a folder of its own, away from its sources. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  findingRoutes,
  organizationRoutes,
  type Device,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
import { makeTestDirectory, type TestDirectory } from '../database/directory.ts';
import { eventually, startModule, type Program } from './processes.ts';
import { openProtectedDisk, type ProtectedDisk } from './protected-disk.ts';
import { bundleAgent } from '../../scripts/agent/bundle-agent.ts';

/** In two parts, so that this source is not the file itself. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(
  '',
);

let directory: TestDirectory;
let disk: ProtectedDisk;
let controller: TestController;
let owner: SignedIn;
let agent: Program;
let device: Device;

beforeAll(async () => {
  directory = await makeTestDirectory();
  disk = openProtectedDisk(directory.path);
  await disk.shell(`printf '%s' '${EICAR}' > $D/bad; cp /bin/true $D/chisel; chmod 755 $D/*`);
  controller = await startTestController({
    exchangeIntervalMs: 3_600_000,
    rulesFolder: fileURLToPath(new URL('../../rules', import.meta.url)),
  });
  owner = await controller.setUp();
  const [organization] = (await owner.call(organizationRoutes.list)).data;
  if (!organization) throw new Error('set-up made no organization');
  const body = { name: 'bundled', organizationId: organization.id, seats: 1 };
  const { value } = await owner.call(enrolmentKeyRoutes.create, { body });
  const words = ['agent', 'run', '--controller', controller.url, '--enrolment-key', value];
  const more = ['--allow-plain-http', '--protect-mounts', disk.mountPoint];
  const program = await bundleAgent(join(directory.path, 'program'));
  agent = startModule(program, [...words, ...more, '--data', join(directory.path, 'data')]);
  await agent.waitFor(/controller reached/);
  const [found] = (await owner.call(deviceRoutes.list)).data;
  if (!found) throw new Error('no device has enrolled');
  device = found;
}, 120_000);

afterAll(async () => {
  await agent?.kill('SIGTERM');
  await controller?.close();
  disk?.close();
  await directory?.remove();
}, 60_000);

const healthOf = async () =>
  (await owner.call(deviceRoutes.protection, { params: { id: device.id } })).health;

/** The rule that found this subject. */
const ruleAbout = (subject: string): Promise<string> =>
  eventually(`'${subject}' is found`, async () => {
    const query = { filter: 'category:threat', sort: '-lastSeenAt', limit: 50 };
    const { data } = await owner.call(findingRoutes.list, { query });
    return data.find((finding) => finding.subject === subject)?.rule;
  });

/* The device is asked to come once an hour: all of this it tells of its own accord. */
test('says at once that it runs the rules of the product, in all of its threads', async () => {
  const health = await eventually('rules are in use', async () => {
    const now = await healthOf();
    return now?.contentDigest ? now : undefined;
  });
  const rulesOf = (name: string): number =>
    health.engines.find((engine) => engine.name === name && engine.state === 'on')?.rules ?? 0;
  expect(rulesOf('sigma')).toBeGreaterThan(100);
  expect(rulesOf('yara')).toBeGreaterThan(20);
  const stateOf = (name: string) => health.sensors.find((sensor) => sensor.name === name)?.state;
  expect([stateOf('file-access'), stateOf('file-change')]).toEqual(['on', 'on']);
});

test('finds a program by a rule, and refuses a file by its content', async () => {
  await disk.shell('$D/chisel');
  expect(await ruleAbout(disk.at('chisel'))).toMatch(/^[0-9a-f-]{36}$/);
  expect(await disk.shell('$D/bad')).toMatchObject({ code: 126 });
  expect(await ruleAbout(disk.at('bad'))).toBe('eicar-test-file');
});
