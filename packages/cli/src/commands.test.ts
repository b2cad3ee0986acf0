import { afterEach, expect, test } from 'vitest';
import { CliError } from './errors.ts';
import {
  FakeProblem,
  startFakeController,
  type FakeController,
  type FakeHandlers,
} from './fake-controller.ts';
import { createFakeMachine, type FakeMachine } from './fake-machine.ts';
import { fakeDevice, fakeJob, idOf } from './fake-rows.ts';

const open: FakeController[] = [];

afterEach(async () => {
  for (const controller of open.splice(0)) await controller.close();
});

/** A machine that is signed in, by the environment, at a controller that answers so. */
async function signedIn(
  handlers: FakeHandlers,
): Promise<FakeMachine & { readonly controller: FakeController }> {
  const controller = await startFakeController(handlers);
  open.push(controller);
  const machine = createFakeMachine({
    WARDGRID_CONTROLLER: controller.url,
    WARDGRID_TOKEN: 'wgt_secret',
  });
  return { ...machine, controller };
}

function pageOf(data: readonly unknown[], nextCursor: string | null = null, total = data.length) {
  return { data, nextCursor, total };
}

/** A list of devices that pages and matches names as a controller does. */
function deviceList(count: number): FakeHandlers {
  const rows = Array.from({ length: count }, (_, index) => fakeDevice(index + 10));
  return {
    'devices.list'({ query }) {
      const { filter } = query;
      const name = typeof filter === 'string' ? /^name:"(.*)"$/.exec(filter)?.[1] : undefined;
      const found = rows.filter((row) => name === undefined || row.name === name);
      const start = Number(query['cursor'] ?? 0);
      const end = start + Number(query['limit']);
      const next = end < found.length ? String(end) : null;
      return pageOf(found.slice(start, end), next, found.length);
    },
    'devices.read': ({ params }) => rows.find(({ id }) => id === params['id']),
  };
}

test('a list is a table for people, a document for programs, lines for streams', async () => {
  const { run, controller } = await signedIn(deviceList(3));
  const text = await run(['devices', 'list', '--filter', 'status:online', '--sort=-name']);
  expect(text.exitCode).toBe(0);
  expect(text.stdout).toMatch(/^ID +NAME +STATUS/);
  expect(controller.requests[0]?.query).toEqual({
    filter: 'status:online',
    sort: '-name',
    limit: 50,
  });
  expect(controller.requests[0]?.headers.authorization).toBe('Bearer wgt_secret');

  const json = await run(['devices', 'list', '--json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ total: 3, nextCursor: null });
  const lines = await run(['devices', 'list', '--jsonl', '--columns', 'name,status']);
  expect(
    lines.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([10, 11, 12].map((number) => ({ name: `device-${number}`, status: 'online' })));
});

test('--limit and --all page through the list, and a cut list says so', async () => {
  const { run, controller } = await signedIn(deviceList(1_203));
  const cut = await run(['devices', 'list']);
  expect(cut.stdout.trim().split('\n')).toHaveLength(51);
  expect(cut.stderr).toBe('50 of 1203; --all shows the rest\n');
  const all = await run(['devices', 'list', '--all', '--jsonl']);
  expect(all.stdout.trim().split('\n')).toHaveLength(1_203);
  expect(controller.requests.slice(1).map(({ query }) => query['cursor'])).toEqual([
    undefined,
    '500',
    '1000',
  ]);
  const some = await run(['devices', 'list', '--limit', '600', '--jsonl']);
  expect(some.stdout.trim().split('\n')).toHaveLength(600);
});

test('an unknown column is a usage error that names the known ones', async () => {
  const { run } = await signedIn(deviceList(1));
  const { exitCode, stderr } = await run(['devices', 'list', '--columns', 'name,colour']);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/no 'colour'; known: id, .*hostname/);
});

test('a thing is found by id, by name and by how its id begins or ends', async () => {
  const { run, controller } = await signedIn(deviceList(3));
  for (const given of [
    idOf(11),
    idOf(11).toUpperCase(),
    'device-11',
    idOf(11).slice(0, 13),
    `…${idOf(11).slice(-8)}`,
  ]) {
    const { exitCode, stdout } = await run(['devices', 'show', given, '--json']);
    expect({ given, exitCode }).toEqual({ given, exitCode: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ id: idOf(11) });
  }
  expect(controller.requests.some(({ query }) => query['filter'] === 'hostname:"018b"')).toBe(
    false,
  );
});

test('a name that several have is refused with the candidates, one that nobody has is not found', async () => {
  const { run } = await signedIn({
    'organizations.list': ({ query }) =>
      query['filter'] === 'name:"Berlin"'
        ? pageOf([7, 8].map((number) => fakeOrganization(number, 'Berlin')))
        : pageOf([]),
  });
  const several = await run(['organizations', 'show', 'Berlin']);
  expect(several.exitCode).toBe(2);
  expect(several.stderr).toContain(`'Berlin' (${idOf(7)}), 'Berlin' (${idOf(8)})`);
  expect(several.stderr).toMatch(/\(name-ambiguous\)\n$/);
  const none = await run(['organizations', 'show', 'Hamburg']);
  expect(none.exitCode).toBe(4);
  expect(none.stderr).toBe("wardgrid: there is no organization 'Hamburg' (not-found)\n");
});

test('exit codes tell apart what went wrong', async () => {
  const cases = [
    ['filter-invalid', 2],
    ['not-signed-in', 3],
    ['forbidden', 3],
    ['not-found', 4],
    ['device-retired', 4],
    ['name-taken', 5],
    ['precondition-failed', 5],
    ['network-too-large', 1],
    ['internal', 1],
  ] as const;
  for (const [code, exitCode] of cases) {
    const { run } = await signedIn({
      'devices.list'() {
        throw new FakeProblem(code);
      },
    });
    const result = await run(['devices', 'list', '--json']);
    expect({ code, exitCode: result.exitCode }).toEqual({ code, exitCode });
    expect(result.stderr).toBe(`wardgrid: a fake ${code} (${code})\n`);
    expect(JSON.parse(result.stdout)).toMatchObject({ code });
  }
});

test('a POST carries one Idempotency-Key through its retries, which heed Retry-After', async () => {
  let calls = 0;
  const { run, controller } = await signedIn({
    'organizations.create'({ body }) {
      calls += 1;
      if (calls < 3) throw new FakeProblem(calls === 1 ? 'rate-limited' : 'unavailable', 7);
      return fakeOrganization(9, (body as { name: string }).name);
    },
  });
  const waits: number[] = [];
  const { exitCode, stdout } = await run(['organizations', 'create', '--name', 'Kiel'], {
    onSleep: (delayMs) => waits.push(delayMs),
  });
  expect({ exitCode, stdout }).toEqual({
    exitCode: 0,
    stdout: `created organization 'Kiel' (${idOf(9)})\n`,
  });
  expect(waits).toEqual([7_000, 7_000]);
  const keys = controller.requests.map(({ headers }) => headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
});

test('retries end: after a few, or at once when asked for more patience than people have', async () => {
  let calls = 0;
  const { run } = await signedIn({
    'devices.list'({ query }) {
      calls += 1;
      throw new FakeProblem('rate-limited', query['filter'] === 'long' ? 3_600 : 1);
    },
  });
  expect((await run(['devices', 'list'])).exitCode).toBe(1);
  expect(calls).toBe(5);
  expect((await run(['devices', 'list', '--filter', 'long'])).exitCode).toBe(1);
  expect(calls).toBe(6);
});

test('acting on many things goes on past one that fails, and ends with 6', async () => {
  const { run } = await signedIn({
    ...deviceList(3),
    'devices.delete'({ params }) {
      if (params['id'] === idOf(11)) throw new FakeProblem('conflict');
      return null;
    },
  });
  const some = await run(['devices', 'retire', 'device-10', 'device-11', 'nobody', 'device-12']);
  expect(some.exitCode).toBe(6);
  expect(some.stdout).toBe('retired device-10\nretired device-12\n');
  expect(some.stderr).toContain("'device-11': a fake conflict (conflict)");
  const one = await run(['devices', 'retire', 'device-11']);
  expect(one.exitCode).toBe(5);
  const json = await run(['devices', 'retire', 'device-10', 'device-11', '--json']);
  expect(json.exitCode).toBe(6);
  expect(JSON.parse(json.stdout)).toMatchObject({
    data: [{ id: idOf(10) }],
    failed: [{ given: 'device-11', problem: { code: 'conflict' } }],
  });
});

test('a body that does not fit is refused before it is sent, naming the option', async () => {
  const { run, controller } = await signedIn(deviceList(1));
  const argv = ['jobs', 'run', 'discovery', '--device', idOf(10), '--packets-per-second', '1'];
  const { exitCode, stderr } = await run(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^wardgrid: --packets-per-second: .* \(usage\)\n$/);
  expect(controller.requests).toEqual([]);
  const nothing = await run(['devices', 'update', idOf(10)]);
  expect(nothing.exitCode).toBe(2);
  expect(nothing.stderr).toContain('say what to change: --name, --tags');
});

test('options become the body: names turn into ids, none clears, switches are true', async () => {
  const { run, controller } = await signedIn({
    ...deviceList(1),
    'groups.list': () => pageOf([]),
    'devices.update': () => fakeDevice(10),
    'jobs.create': () => fakeJob(20),
  });
  await run(['devices', 'update', 'device-10', '--tags', 'vip,lab', '--group', 'none']);
  expect(controller.requests.at(-1)?.body).toEqual({ tags: ['vip', 'lab'], groupId: null });
  await run(['devices', 'scan', 'device-10', '--approve', '--no-ports']);
  expect(controller.requests.at(-1)?.body).toMatchObject({
    deviceId: idOf(10),
    task: { kind: 'discovery', isNetworkApproved: true, ports: null },
  });
  const argv = [
    'jobs',
    'run',
    'port-scan',
    '--device',
    'device-10',
    '--hosts',
    '10.0.0.1,10.0.0.2',
  ];
  await run([...argv, '--ports', '22,80-90']);
  expect(controller.requests.at(-1)?.body).toMatchObject({
    task: { kind: 'port-scan', hosts: ['10.0.0.1', '10.0.0.2'], ports: '22,80-90' },
  });
});

const running = { state: 'running', progress: progressOf(127) };

function progressOf(done: number) {
  return { phase: 'hosts', done, total: 254, found: 12, etaMs: 8_000 };
}

function jobSteps(): FakeHandlers {
  const steps = [
    fakeJob(20),
    fakeJob(20, running),
    fakeJob(20, { ...running, progress: progressOf(128) }),
    fakeJob(20, {
      state: 'succeeded',
      summary: { hosts: 12, ports: 31 },
      finishedAt: '2026-11-21T10:01:05.000Z',
    }),
  ];
  return { 'jobs.read': () => (steps.length > 1 ? steps.shift() : steps[0]) };
}

test('a watch draws plain lines in a pipe, one for each step that matters', async () => {
  const { run } = await signedIn(jobSteps());
  const { exitCode, stdout } = await run(['jobs', 'watch', idOf(20)]);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    [
      'queued  waiting for the device',
      'running  hosts     50 %  127/254  found 12  8 s left',
      'succeeded after 1 min 5 s: hosts 12, ports 31',
      '',
    ].join('\n'),
  );
});

test('a watch draws a bar on a terminal and leaves nothing half-drawn', async () => {
  const { run } = await signedIn(jobSteps());
  const { stdout } = await run(['jobs', 'watch', idOf(20)], { columns: 120 });
  expect(stdout).toContain('\r\u001b[2Krunning  hosts     [############------------]  50 %');
  expect(stdout.endsWith('\r\u001b[2Ksucceeded after 1 min 5 s: hosts 12, ports 31\n')).toBe(true);
});

test('a watched job that fails ends with 1, its reason shown', async () => {
  const failed = {
    state: 'failed',
    error: { code: 'network-left', detail: 'moved \u001b[2J away' },
  };
  const { run } = await signedIn({ 'jobs.read': () => fakeJob(20, failed) });
  const text = await run(['jobs', 'watch', idOf(20)]);
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toContain('failed after 0 s: moved \\u{1b}[2J away (network-left)');
  const json = await run(['jobs', 'watch', idOf(20), '--json']);
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ state: 'failed' });
});

test('Ctrl-C ends a watch with 130 and lets the job go on', async () => {
  const interrupt = new AbortController();
  const { run, controller } = await signedIn({
    'jobs.read'() {
      interrupt.abort(new CliError('interrupted', 'interrupted'));
      return fakeJob(20, running);
    },
  });
  const { exitCode, stderr } = await run(['jobs', 'watch', idOf(20)], { signal: interrupt.signal });
  expect(exitCode).toBe(130);
  expect(stderr).toContain(`wardgrid jobs watch ${idOf(20)}`);
  expect(controller.requests.map(({ route }) => route)).toEqual(['jobs.read']);
});

test('an order to many devices that some refuse ends with 6', async () => {
  const { run, controller } = await signedIn({
    'jobs.createMany': () => ({
      batchId: idOf(30),
      jobs: 2,
      refused: [{ deviceId: idOf(10), code: 'device-without-network' }],
    }),
  });
  const { exitCode, stdout } = await run(['jobs', 'run', 'inventory', '--filter', 'tag:vip']);
  expect(exitCode).toBe(6);
  expect(stdout).toContain(`refused ${idOf(10)} (device-without-network)`);
  expect(controller.requests[0]?.body).toMatchObject({
    selection: { filter: 'tag:vip' },
    task: {
      kind: 'inventory',
      sections: ['system', 'hardware', 'network', 'users', 'software', 'services'],
    },
  });
});

test('a server that is no controller, and one that is not there, are told apart', async () => {
  const { run } = await signedIn({
    'devices.list': () => pageOf([]),
    'sessions.current': () => ({}),
  });
  const misfit = await run(['whoami']);
  expect(misfit.exitCode).toBe(1);
  const gone = await run(['devices', 'list', '--controller', 'http://127.0.0.1:1']);
  expect(gone.exitCode).toBe(1);
  expect(gone.stderr).toMatch(/cannot be reached: .*\(controller-unreachable\)\n$/);
});

function fakeOrganization(number: number, name: string) {
  return {
    id: idOf(number),
    tenantId: idOf(1),
    tenantName: 'Acme',
    name,
    scope: '0190000000007000800000000000000a',
    createdAt: '2026-11-21T10:00:00.000Z',
    groups: 0,
    counts: { devices: 0, online: 0, openFindings: 0, openIncidents: 0, worstSeverity: null },
  };
}
