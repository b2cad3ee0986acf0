/* Protection as an organization meets it: a real controller, a real agent as root, and the test file of
   EICAR on every way onto a disk. What is blocked, what is caught, and what only strict protection
   sees is written down here as it is. The agent watches a disk of its own and nothing of the machine. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  deviceRoutes,
  enrolmentKeyRoutes,
  findingRoutes,
  JOB_STATES_FINAL,
  jobRoutes,
  LIVE_STREAM_PATH,
  organizationRoutes,
  policyRoutes,
  quarantineRoutes,
  ruleSetRoutes,
  type Device,
  type Job,
  type PolicyFields,
  type QuarantineEntry,
} from '@wardgrid/wire';
import { makeTestDirectory, type TestDirectory } from '../database/directory.ts';
import { startTestController, type SignedIn, type TestController } from '../controller/harness.ts';
import { keepPicture, openBrowser } from './browser.ts';
import { openWindow, signIn, visit } from './console-page.ts';
import { eventually, startWardgrid, type Program } from './processes.ts';
import { openProtectedDisk, type ProtectedDisk } from './protected-disk.ts';

/** In two parts, so that this source is not the file itself. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(
  '',
);
const SHA256 = createHash('sha256').update(EICAR).digest('hex');
const EXCHANGE_MS = 1_000;

let directory: TestDirectory;
let disk: ProtectedDisk;
let controller: TestController;
let owner: SignedIn;
let agent: Program;
let device: Device;
let browser: Browser;

beforeAll(async () => {
  directory = await makeTestDirectory();
  disk = openProtectedDisk(directory.path);
  // What lies there before protection does: the agent has not seen it being written.
  await disk.shell(`for n in run link read-1 read-2; do printf '%s' '${EICAR}' > $D/old-$n; done
    python3 -m zipfile -c $D/old-packed.zip $D/old-run; chmod 755 $D/old-*; ln $D/old-link $D/old-link-2; printf '%s' '${EICAR}' > $O/eicar.com
    cp /bin/true $D/true; printf '#!/bin/sh\\necho fine\\n' > $D/fine.sh; chmod 755 $D/fine.sh`);
  controller = await startTestController({
    exchangeIntervalMs: EXCHANGE_MS,
    rulesFolder: fileURLToPath(new URL('../../rules', import.meta.url)),
  });
  owner = await controller.setUp();
  device = await startAgent();
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await agent?.kill('SIGTERM');
  await controller?.close();
  disk?.close();
  await directory?.remove();
}, 60_000);

async function startAgent(): Promise<Device> {
  const { call } = owner;
  const { data } = await call(organizationRoutes.list);
  const organizationId = data[0]?.id;
  if (organizationId === undefined) throw new Error('set-up made no organization');
  const body = { name: 'protected', organizationId, seats: 1 };
  const { value } = await call(enrolmentKeyRoutes.create, { body });
  const words = ['agent', 'run', '--controller', controller.url, '--enrolment-key', value];
  const more = ['--allow-plain-http', '--protect-mounts', disk.mountPoint];
  agent = startWardgrid([...words, ...more, '--data', join(directory.path, 'agent')]);
  await agent.waitFor(/controller reached/);
  return eventually('the device says that it protects files', async () => {
    const [found] = (await call(deviceRoutes.list)).data;
    if (!found) return undefined;
    const { health } = await call(deviceRoutes.protection, { params: { id: found.id } });
    const files = health?.sensors.find(({ name }) => name === 'file-access');
    return files?.state === 'on' ? found : undefined;
  });
}

/** The newest quarantined file whose path ends so. */
function quarantined(end: string): Promise<QuarantineEntry> {
  return eventually(`'${end}' is in quarantine`, async () => {
    const query = { sort: '-sealedAt', limit: 100 };
    const { data } = await owner.call(quarantineRoutes.list, { query });
    return data.find(({ path, state }) => path.endsWith(end) && state === 'sealed');
  });
}

async function ended(job: Job): Promise<Job> {
  return eventually('the job ends', async () => {
    const now = await owner.call(jobRoutes.read, { params: { id: job.id } });
    return JOB_STATES_FINAL.has(now.state) ? now : undefined;
  });
}

async function decide(fields: PolicyFields): Promise<void> {
  const { call } = owner;
  const target = { kind: 'device' as const, id: device.id };
  const { data } = await call(policyRoutes.list);
  const own = data.find((policy) => policy.deviceId === device.id);
  if (own) await call(policyRoutes.update, { params: { id: own.id }, body: { fields } });
  else await call(policyRoutes.create, { body: { name: 'Own', target, fields } });
  await eventually('the device runs the policy', async () => {
    const { health } = await call(deviceRoutes.protection, { params: { id: device.id } });
    return health?.mode === fields.mode;
  });
}

const REFUSED = expect.stringMatching(/not permitted|Permission denied/);

test('what is harmless runs as ever', async () => {
  expect(await disk.shell('$D/true && $D/fine.sh')).toEqual({ code: 0, output: 'fine\n' });
  const many = await disk.shell(
    'for n in $(seq 300); do echo $n > $D/n-$n; done; cat $D/n-* | wc -l; rm $D/n-*',
  );
  expect(many).toMatchObject({ code: 0, output: '300\n' });
});

test('the device runs the rules of the product', async () => {
  const health = await eventually('content is in use', async () => {
    const params = { id: device.id };
    const { health } = await owner.call(deviceRoutes.protection, { params });
    return health?.contentDigest ? health : undefined;
  });
  const rulesOf = (name: string): number =>
    health.engines.find((engine) => engine.name === name && engine.state === 'on')?.rules ?? 0;
  expect(rulesOf('sigma')).toBeGreaterThan(100);
  expect(rulesOf('yara')).toBeGreaterThan(20);
});

test('balanced refuses to run it, by any of its names', async () => {
  expect(await disk.shell('$D/old-run')).toMatchObject({ code: 126, output: REFUSED });
  const entry = await quarantined('/old-run');
  expect(entry).toMatchObject({ sha256: SHA256, mode: 0o755, rule: 'eicar-test-file' });
  expect(existsSync(disk.at('old-run'))).toBe(false);
  expect(await disk.shell('$D/old-link-2')).toMatchObject({ code: 126, output: REFUSED });
  await quarantined('/old-link-2');
  const { size, mode } = lstatSync(disk.at('old-link'));
  expect({ size, mode: mode & 0o777 }).toEqual({ size: 0, mode: 0 });
});

test.each([
  ['written', 'new.com', `printf '%s' '${EICAR}' > $D/new.com`],
  ['copied', 'copy.com', 'cp $O/eicar.com $D/copy.com'],
  [
    'renamed over another',
    'over.txt',
    'echo good > $D/over.txt; cp $O/eicar.com $D/part; mv $D/part $D/over.txt',
  ],
  ['packed', 'packed.tar', 'tar -C $O -cf $D/packed.tar eicar.com'],
  ['packed and compressed', 'packed.tar.gz', 'tar -C $O -czf $D/packed.tar.gz eicar.com'],
  ['in a zip', 'packed.zip', 'python3 -m zipfile -c $D/packed.zip $O/eicar.com'],
  [
    'in a zip in a compressed tar',
    'nested.tgz',
    'python3 -m zipfile -c $O/inner.zip $O/eicar.com && tar -C $O -czf $D/nested.tgz inner.zip',
  ],
  [
    'written in another mount namespace',
    'there.com',
    'unshare -m sh -c "mount --bind $D $O && cp $O/../outside-copy $O/there.com"',
  ],
  [
    'written through an overlay',
    'over/up/layered.com',
    'mkdir -p $D/over/up $D/over/work $D/merged; mount -t overlay overlay -o lowerdir=$O,upperdir=$D/over/up,workdir=$D/over/work $D/merged && cp $O/eicar.com $D/merged/layered.com',
  ],
])('balanced catches it %s', async (_, name, line) => {
  await disk.shell('cp $O/eicar.com $O/../outside-copy');
  await disk.shell(line);
  const entry = await quarantined(`/${name.split('/').at(-1) ?? ''}`);
  await eventually('nothing of it is left', async () => {
    const status = lstatSync(disk.at(name), { throwIfNoEntry: false });
    return status === undefined || status.size === 0;
  });
  // Its place as the device sees it, also where another mount namespace or an overlay saw another.
  expect(entry.path).toBe(disk.at(name));
  expect(entry.sizeBytes).toBeGreaterThanOrEqual(EICAR.length);
});

test('balanced catches what a mapping wrote, when the mapping ends', async () => {
  const writer = new URL('./mapping-writer.ts', import.meta.url).pathname;
  const { code, output } = await disk.shell(
    `${process.execPath} --no-warnings ${writer} $D/mapped.com '${EICAR}'`,
  );
  expect({ code, output }).toEqual({ code: 0, output: '' });
  await quarantined('/mapped.com');
});

test('balanced lets reads be, strict refuses them', async () => {
  expect(await disk.shell('cat $D/old-read-1')).toEqual({ code: 0, output: EICAR });
  await decide({ mode: 'strict' });
  expect(await disk.shell('cat $D/old-read-1')).toMatchObject({ code: 1, output: REFUSED });
  await quarantined('/old-read-1');
  expect(await disk.shell('sh $D/old-read-2')).toMatchObject({ output: REFUSED });
  await quarantined('/old-read-2');
  expect(await disk.shell('cat $D/old-packed.zip')).toMatchObject({ code: 1, output: REFUSED });
  await quarantined('/old-packed.zip');
  expect(await disk.shell('$D/true && cat $D/fine.sh')).toMatchObject({ code: 0 });
  await decide({ mode: 'balanced' });
});

test('a finding is heard live, and seen on the page', async () => {
  const over = new AbortController();
  const stream = await fetch(controller.url + LIVE_STREAM_PATH, {
    headers: owner.headers(),
    signal: over.signal,
  });
  const heard = listen(stream);
  await disk.shell('cp $O/eicar.com $D/live.com');
  await eventually('finding and file are told', async () =>
    ['findings', 'quarantine'].every((noun) => heard().includes(`"noun":"${noun}"`)),
  );
  over.abort();
  const query = { filter: 'category:threat', sort: '-lastSeenAt', limit: 100 };
  const finding = await eventually('the finding says what was done', async () => {
    const { data } = await owner.call(findingRoutes.list, { query });
    return data.find(({ subject, action }) => subject.endsWith('/live.com') && action !== null);
  });
  expect(finding).toMatchObject({
    rule: 'eicar-test-file',
    engine: 'hash',
    deviceId: device.id,
    action: { kind: 'quarantine', outcome: 'done' },
  });
  const window = await openWindow(browser, controller.url);
  await signIn(window, 'root@example.com');
  for (const [path, words] of [
    ['/threats', 'EICAR test file'],
    ['/quarantine', '/live.com'],
  ] as const) {
    await visit(window.page, path);
    await window.page.getByText(words).first().waitFor();
    await keepPicture(window.page, 'protection', path.slice(1));
  }
  expect(window.complaints).toEqual([]);
  await window.context.close();
});

test('a restored file is as it was, and let be', async () => {
  await disk.shell('cp $O/eicar.com $D/back.com; chmod 4750 $D/back.com; chown 12:34 $D/back.com');
  const entry = await quarantined('/back.com');
  const body = { exceptionDays: 1, reason: 'a journey', isConfirmed: true as const };
  const { call } = owner;
  const job = await ended(await call(quarantineRoutes.restore, { params: { id: entry.id }, body }));
  expect(job).toMatchObject({ state: 'succeeded' });
  const { mode, uid, gid } = entry;
  const back = lstatSync(disk.at('back.com'));
  expect({ mode: back.mode & 0o7777, uid: back.uid, gid: back.gid }).toEqual({ mode, uid, gid });
  expect(readFileSync(disk.at('back.com'), 'utf8')).toBe(EICAR);
  expect(await disk.shell('cat $D/back.com')).toMatchObject({ code: 0 });
  await eventually('the controller knows', async () => {
    const now = await call(quarantineRoutes.read, { params: { id: entry.id } });
    return now.state === 'restored';
  });
  expect(existsSync(disk.at('back.com'))).toBe(true);
});

test('a sealed file is purged by order, and a wrong order refused in words', async () => {
  const { call } = owner;
  await disk.shell('cp $O/eicar.com $D/purged.com');
  const { id } = await quarantined('/purged.com');
  const body = { reason: 'a journey', isConfirmed: true as const };
  const purge = await ended(await call(quarantineRoutes.purge, { params: { id }, body }));
  expect(purge).toMatchObject({ state: 'succeeded' });
  await eventually('the controller knows', async () => {
    return (await call(quarantineRoutes.read, { params: { id } })).state === 'deleted';
  });
  const task = { kind: 'quarantine' as const, path: disk.at('nothing-here') };
  const job = await ended(await call(jobRoutes.create, { body: { deviceId: device.id, task } }));
  expect(job).toMatchObject({ state: 'failed', error: { code: 'not-found' } });
});

test('what a verdict denies is killed at its start, where no open is held', async () => {
  const { call } = owner;
  await disk.shell('cp /bin/sleep $O/known && printf wardgrid >> $O/known');
  const path = join(directory.path, 'outside', 'known');
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  expect(await disk.shell('$O/known 0')).toEqual({ code: 0, output: '' });
  const files = [{ name: 'known.txt', text: sha256 }];
  const { tenantId } = device;
  const set = { name: 'Known', tenantId, format: 'hashes' as const, licence: 'our own', files };
  await call(ruleSetRoutes.create, { body: set });
  // Another mode than before: the device says when it has taken it.
  await decide({ mode: 'strict', malwareAction: 'block' });
  const denied = await eventually('the start is refused', async () => {
    const task = { kind: 'malware-scan' as const, scope: 'path' as const, paths: [path] };
    await ended(await call(jobRoutes.create, { body: { deviceId: device.id, task } }));
    const run = await disk.shell('$O/known 0; exit $?');
    return run.code === 0 ? undefined : run;
  });
  expect(denied).toMatchObject({ code: 137 });
  expect(await disk.shell('cp $O/known $O/other && printf 2 >> $O/other && $O/other 0')).toEqual({
    code: 0,
    output: '',
  });
  const query = { filter: 'rule:hash-sha256', limit: 10 };
  const { data } = await call(findingRoutes.list, { query });
  expect(data).toMatchObject([{ subject: path, severity: 'critical', action: null }]);
  await eventually('that it was tried is told', async () => {
    const all = await call(findingRoutes.list, {
      query: { filter: 'category:threat', limit: 200 },
    });
    return all.data.find(({ title }) => title === 'A denied program was started, and killed');
  });
  await decide({ mode: 'detect' });
  expect(await disk.shell('$O/known 0')).toEqual({ code: 0, output: '' });
});

/** Everything that a stream said so far. */
function listen(response: Response): () => string {
  let text = '';
  const decoder = new TextDecoder();
  const read = async (): Promise<void> => {
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true });
  };
  read().catch(() => undefined);
  return () => text;
}
