/* Behaviour as an organization meets it: a real controller, the real agent on a stage, and an act of each
   family of heuristics. What the sensors saw has gone through the agent's own host, its rules and its
   link before it is a finding at the API. The agent only watches: its sensors see all of the machine. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onStage, stageWords } from '@wardgrid/agent/testing/tree-on-stage';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  findingRoutes,
  organizationRoutes,
  policyRoutes,
  Severity,
  type FindingDetail,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
import { readActs, type Act } from './heuristics/acts.ts';
import { eventually } from './processes.ts';

const HOST = fileURLToPath(new URL('heuristics/host.ts', import.meta.url));
const RULES = fileURLToPath(new URL('../../rules', import.meta.url));
/** One of each kind of rule and of each family of behaviour; all of them are in `heuristics.test.ts`. */
const FAMILIES: ReadonlySet<string> = new Set([
  'h01-bash-reverse-shell.sh',
  'h05-web-server-downloads.sh',
  'h07-program-in-memory.sh',
  'h11-decoded-into-a-shell.sh',
  'h20-cron-file-by-a-script.sh',
  'h26-preload-list.sh',
  'h32-setuid-shell-made.sh',
  'h38-password-hashes-read.sh',
  'h40-login-after-guessing.sh',
  'h43-audit-off.sh',
  'h44-history-and-logs-removed.sh',
  'h46-decoy-touched.sh',
  'h46-encryption-burst.sh',
  'weak-signals-add-up.sh',
]);
const ACTS = readActs().filter(({ script }) => FAMILIES.has(script));
/** Lines of a log are nobody's process. */
const WITHOUT_PROCESS: ReadonlySet<string> = new Set(['h40-login-after-guessing.sh']);
/** From the end of an act to its finding, on a machine that does other things too. */
const FOUND_MS_MAX = 30_000;

const rankOf = (severity: Severity): number => Severity.options.indexOf(severity);

let controller: TestController;
let owner: SignedIn;
let host: ChildProcess;
let said: (pattern: string) => Promise<string>;

beforeAll(async () => {
  controller = await startTestController({ exchangeIntervalMs: 1_000, rulesFolder: RULES });
  owner = await controller.setUp();
  await startHost(await enrolmentWords());
  await eventually('the device runs the rules of the product', async () => {
    const [device] = (await owner.call(deviceRoutes.list)).data;
    if (!device) return undefined;
    const params = { id: device.id };
    const { health } = await owner.call(deviceRoutes.protection, { params });
    const isWatching = health?.sensors.some(
      ({ name, state }) => name === 'process' && state === 'on',
    );
    return isWatching && health?.mode === 'detect' && health.contentDigest ? device : undefined;
  });
}, 120_000);

afterAll(async () => {
  if (host?.exitCode === null) {
    host.stdin?.end();
    await once(host, 'exit');
  }
  await controller?.close();
}, 60_000);

/** The policy is there before the agent is: with rules, it must not end what others run here. */
async function enrolmentWords(): Promise<readonly string[]> {
  const { call } = owner;
  const [organization] = (await call(organizationRoutes.list)).data;
  if (!organization) throw new Error('set-up made no organization');
  const { id } = organization;
  const target = { kind: 'organization' as const, id };
  const fields = { mode: 'detect' as const };
  await call(policyRoutes.create, { body: { name: 'Watch', target, fields } });
  const body = { name: 'stage', organizationId: id, seats: 1 };
  const { value } = await call(enrolmentKeyRoutes.create, { body });
  return ['--controller', controller.url, '--enrolment-key', value, '--allow-plain-http'];
}

async function startHost(words: readonly string[]): Promise<void> {
  const [command = '', ...rest] = stageWords(HOST, words);
  host = spawn(command, rest, { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines: string[] = [];
  if (host.stdout) createInterface({ input: host.stdout }).on('line', (line) => lines.push(line));
  said = (text) =>
    eventually(`the host says '${text}'`, () =>
      Promise.resolve(lines.find((line) => line.includes(text))),
    );
  await said('ready');
}

/** What the controller was told of an act since it began, with all that there is to know of it. */
async function findingsSince(at: number): Promise<readonly FindingDetail[]> {
  const query = { filter: 'category:threat', sort: '-lastSeenAt', limit: 200 };
  const { data } = await owner.call(findingRoutes.list, { query });
  const recent = data.filter(({ lastSeenAt }) => Date.parse(lastSeenAt) >= at);
  return Promise.all(recent.map(({ id }) => owner.call(findingRoutes.detail, { params: { id } })));
}

function fits({ finding, detection }: FindingDetail, act: Act): boolean {
  const isOurs =
    WITHOUT_PROCESS.has(act.script) ||
    (detection?.processes.some(({ commandLine }) => commandLine.includes(act.script)) ?? false);
  const isNamed = act.technique === '-' || finding.techniques.includes(act.technique);
  return isOurs && isNamed && rankOf(finding.severity) >= rankOf(act.severity);
}

test('every family is there', () => {
  expect(ACTS.map(({ script }) => script)).toEqual([...FAMILIES].toSorted());
});

test.each(ACTS)('$script is a finding at the API: $severity $technique', async (act) => {
  const at = Date.now();
  host.stdin?.write(`${onStage(act.path)}\n`);
  const end = await said(`${basename(act.path)}"`);
  const seen: string[] = [];
  const found = await eventually(
    `${act.script} is found`,
    async () => {
      const all = await findingsSince(at);
      seen.splice(
        0,
        seen.length,
        ...all.map(({ finding }) => `${finding.title} ${finding.subject}`),
      );
      return all.find((one) => fits(one, act));
    },
    FOUND_MS_MAX,
  ).catch(() => undefined);
  expect(found, JSON.stringify({ end, seen })).toBeDefined();
});
