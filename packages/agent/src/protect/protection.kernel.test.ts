/* The host on a real kernel: from a file that is refused to the record that says what became of it. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import {
  DEFAULT_PROTECTION,
  DeviceFinding,
  ProtectionHealth,
  SealedFile,
  type ProtectionPolicy,
  type RecordBody,
} from '@wardgrid/wire';
import { createFileProtection, type FileProtectionOptions } from '../sensors/files/index.ts';
import { EICAR } from '../sensors/files/testing/eicar.ts';
import { createFileLab, type FileLab } from '../sensors/files/testing/file-lab.ts';
import { createProcessSensor } from '../sensors/process/index.ts';
import { createMemoryStore, type AgentStore } from '../store/index.ts';
import { until } from '../testing/test-agent.ts';
import type { Sensor } from './parts.ts';
import { createProtection, type Protection } from './protection.ts';

const HOUR_MS = 3_600_000;

let lab: FileLab;
let dataPath: string;
let store: AgentStore;
let protection: Protection;
/** What the kernel was told to deny, each time. */
let denials: bigint[][] = [];

beforeAll(() => void (lab = createFileLab()));
afterAll(() => lab.close());
beforeEach(() => {
  dataPath = mkdtempSync(join(tmpdir(), 'wardgrid-protection-'));
  store = createMemoryStore();
  denials = [];
});
afterEach(async () => {
  await protection.stop();
  await lab.shell('rm -rf $D/*');
  rmSync(dataPath, { recursive: true, force: true });
});

async function protect(
  policy: Partial<ProtectionPolicy> = {},
  more: Pick<Partial<FileProtectionOptions>, 'scannerThread' | 'content'> = {},
  sensors: readonly Sensor[] = [],
): Promise<void> {
  const given = { policy: { ...DEFAULT_PROTECTION, ...policy }, switches: [], exceptions: [] };
  const link = store.link();
  const settings = { ...link.settings, version: 7, protection: { ...given, content: null } };
  const deps = { clock: systemClock, log: silentLog };
  protection = createProtection({
    ...deps,
    newId: systemNewId,
    store: { ...store, link: () => ({ ...link, settings }) },
    dataPath,
    sensors,
    denyPrograms: (files) => void denials.push(files.map(({ inode }) => inode)),
    createFiles: (files) =>
      createFileProtection({
        ...files,
        ...deps,
        mountPoints: [lab.mountPoint],
        canaryFolders: [],
        ...more,
      }),
    createGuardian: null,
    mountPoints: [lab.mountPoint],
  });
  await protection.start();
}

/** The bodies of all records so far. */
function records(): readonly RecordBody[] {
  const records = store.takeBatch({ recordsMax: 1_000, sizeBytesMax: 100_000_000 });
  return records.map(({ body }) => body);
}

function findings(): readonly DeviceFinding[] {
  return records().flatMap((body) =>
    body.kind === 'finding' ? [DeviceFinding.parse(body.finding)] : [],
  );
}

function sealed(): readonly SealedFile[] {
  return records().flatMap((body) =>
    body.kind === 'sealed-file' ? [SealedFile.parse(body.file)] : [],
  );
}

test('a malicious file that is written is found, sealed and told; restored, it is let alone', async () => {
  await protect();
  const path = lab.at('eicar.com');
  await lab.shell(`printf '%s' '${EICAR}' > $D/eicar.com; chmod 755 $D/eicar.com`);
  const file = await until(() => sealed()[0]);
  expect(readdirSync(lab.mountPoint).filter((name) => name !== 'lost+found')).toEqual([]);
  const finding = await until(() => findings().find(({ actions }) => actions.length > 0));
  expect(file).toMatchObject({ state: 'sealed', path, findingId: finding.id });
  expect(finding).toMatchObject({
    rule: 'eicar-test-file',
    engine: 'hash',
    subject: path,
    event: { class: 'file', action: 'write', fields: { 'file.verdict': 'malicious' } },
    actions: [{ kind: 'quarantine', outcome: 'done', target: path }],
  });
  await protection.quarantine.restore(file.id, Date.now() + HOUR_MS);
  expect(readFileSync(path, 'utf8')).toBe(EICAR);
  expect(await lab.shell('cat $D/eicar.com')).toMatchObject({ code: 0, output: EICAR });
  expect(await lab.shell('$D/eicar.com')).not.toMatchObject({ code: 126 });
  // The same content elsewhere is no exception of this path.
  await lab.shell('cp $D/eicar.com $D/copy.com');
  await until(() => sealed().find((one) => one.path === lab.at('copy.com')));
  expect(readFileSync(path, 'utf8')).toBe(EICAR);
});

test('a program that runs because its scan was slow is ended with all that it started, and sealed', async () => {
  const sleep = 'sleep 60 >/dev/null 2>&1';
  const script = `#!${lab.at('sh')}\n# ${EICAR}\n${sleep} & ${sleep}\n`;
  writeFileSync(lab.at('late.sh'), script, { mode: 0o755 });
  /* Only programs on this filesystem are ended here: the shell has to be one of them. */
  await lab.shell('cp /bin/dash $D/sh');
  const scannerThread = new URL(
    '../sensors/files/testing/eicar-scanner-worker.ts',
    import.meta.url,
  );
  const processes = createProcessSensor({ clock: systemClock, log: silentLog });
  const slow = { scannerThread, content: { delayMs: 1_500 } };
  await protect({ killFrom: 'high' }, slow, [processes]);
  const run = await lab.shell('$D/late.sh; echo ended by $?');
  expect(run.output).toContain('ended by 137');
  expect(run.tookMs).toBeLessThan(15_000);
  const finding = await until(() => findings().find(({ actions }) => actions.length === 2));
  expect(finding.actions).toMatchObject([
    { kind: 'kill', outcome: 'done' },
    { kind: 'quarantine', outcome: 'done' },
  ]);
});

test('strict refuses the read, seals the file, and counts what comes again', async () => {
  writeFileSync(lab.at('eicar.com'), EICAR);
  await protect({ mode: 'strict' });
  const read = await lab.shell('cat $D/eicar.com');
  expect(read).toMatchObject({ code: 1, output: expect.stringContaining('not permitted') });
  await until(() => sealed()[0]);
  const finding = await until(() => findings().find(({ actions }) => actions.length === 2));
  expect(finding.actions.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
    'block done',
    'quarantine done',
  ]);
  expect(ProtectionHealth.parse(protection.health())).toMatchObject({
    mode: 'strict',
    policyVersion: 7,
    contentDigest: null,
    quarantined: 1,
    sensors: [
      { name: 'file-access', state: 'on' },
      { name: 'file-change', state: 'on' },
    ],
  });
  expect(protection.health().engines).toContainEqual(
    expect.objectContaining({ name: 'hash', state: 'on', matched: 1 }),
  );
});

test('what the agent keeps is left alone, though others write and read it', async () => {
  mkdirSync(lab.at('data'));
  symlinkSync(lab.at('data'), join(dataPath, 'linked'));
  dataPath = join(dataPath, 'linked');
  await protect({ mode: 'strict' });
  await lab.shell(`printf '%s' '${EICAR}' > $D/data/list; printf '%s' '${EICAR}' > $D/other`);
  await until(() => findings()[0]);
  expect(await lab.shell('cat $D/data/list')).toMatchObject({ code: 0, output: EICAR });
  expect(await lab.shell('cat $D/other')).toMatchObject({ code: 1 });
  expect(new Set(findings().map(({ subject }) => subject))).toEqual(new Set([lab.at('other')]));
});

test('a malicious file may not be started while it is there, and its number is free when it is gone', async () => {
  await protect();
  await lab.shell(`printf '%s' '${EICAR}' > $D/eicar.com`);
  await until(() => sealed()[0]);
  await until(() => denials.length === 2);
  expect(denials).toEqual([[expect.any(BigInt)], []]);
  await protection.stop();
  denials = [];
  await protect({ malwareAction: 'block' });
  await lab.shell(`printf '%s' '${EICAR}' > $D/stays.com`);
  await until(() => denials.length === 1);
  expect(denials).toEqual([[statSync(lab.at('stays.com'), { bigint: true }).ino]]);
});

test('what the policy leaves alone is a place of this machine, not of a namespace of somebody', async () => {
  const place = { id: systemNewId(), kind: 'path' as const, value: lab.at('let-be/**') };
  const exclusions = [{ ...place, reason: 'ours', expiresAt: null }];
  mkdirSync(lab.at('let-be'));
  mkdirSync(lab.at('evil'));
  writeFileSync(lab.at('let-be/own.com'), EICAR);
  writeFileSync(lab.at('evil/eicar.com'), EICAR);
  await protect({ mode: 'strict', exclusions });
  expect(await lab.shell('cat $D/let-be/own.com')).toMatchObject({ code: 0, output: EICAR });
  const forged = 'mount --bind $D/evil $D/let-be; cat $D/let-be/eicar.com';
  expect(await lab.shell(`unshare -m sh -c '${forged}'`)).toMatchObject({ code: 1 });
  const finding = await until(() => findings()[0]);
  expect(finding.subject).toBe(lab.at('let-be/eicar.com'));
  expect(readFileSync(lab.at('let-be/own.com'), 'utf8')).toBe(EICAR);
});

test('detect reports and leaves everything as it is', async () => {
  await protect({ mode: 'detect' });
  const path = lab.at('eicar.com');
  await lab.shell(`printf '%s' '${EICAR}' > $D/eicar.com`);
  const finding = await until(() => findings()[0]);
  await systemClock.sleep(100);
  expect(finding.actions).toEqual([]);
  expect(denials).toEqual([]);
  expect(sealed()).toEqual([]);
  expect(readFileSync(path, 'utf8')).toBe(EICAR);
});

test('sixty malicious files at once are all sealed, and found in the event store', async () => {
  await protect();
  await lab.shell(`for n in $(seq 60); do printf '%s' '${EICAR}' > $D/evil-$n; done`);
  await until(() => sealed().length === 60);
  expect(await lab.shell('ls $D | grep -c evil')).toMatchObject({ output: '0\n' });
  const events = await protection.events.find({ class: 'file', limit: 1_000 });
  const names = new Set(events.map(({ fields }) => fields['file.name']));
  expect(names.size).toBe(60);
  const rules = new Set(findings().map(({ rule }) => rule));
  expect([...rules].toSorted()).toEqual(['eicar-test-file', 'rule-flood']);
});

test('an ordered scan seals what lay there before protection did, and tells it without an event', async () => {
  writeFileSync(lab.at('old.com'), EICAR);
  await protect();
  const phases = new Set<string>();
  const summary = await protection.scans.run(
    { scope: 'path', paths: [lab.mountPoint, dataPath], cpuPercentMax: 100 },
    { signal: AbortSignal.timeout(60_000), onProgress: ({ phase }) => void phases.add(phase) },
  );
  expect(summary).toMatchObject({ end: 'complete', counts: { found: 1 } });
  expect([...phases]).toContain('files');
  const file = await until(() => sealed()[0]);
  expect(file.path).toBe(lab.at('old.com'));
  const finding = await until(() => findings().find(({ actions }) => actions.length > 0));
  expect(finding).toMatchObject({
    rule: 'eicar-test-file',
    event: null,
    actions: [{ kind: 'quarantine', outcome: 'done' }],
  });
  const again = await protection.scans.run(
    { scope: 'path', paths: [lab.mountPoint], cpuPercentMax: 100 },
    { signal: AbortSignal.timeout(60_000), onProgress: () => undefined },
  );
  expect(again.counts.found).toBe(0);
});
