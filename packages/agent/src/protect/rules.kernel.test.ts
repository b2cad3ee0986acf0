/* Rules at work on a real kernel: content comes, what it names is found and ended, and stays found. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { buildPack, type Rule } from '@wardgrid/detection';
import {
  DEFAULT_PROTECTION,
  DeviceFinding,
  type ContentManifest,
  type ProtectionSettings,
} from '@wardgrid/wire';
import { createProcessSensor } from '../sensors/process/index.ts';
import { createMemoryStore, type AgentStore } from '../store/index.ts';
import { until } from '../testing/test-agent.ts';
import type { FetchContent } from './content-store.ts';
import { createProtection, type Protection } from './protection.ts';

/** As the compiler makes it; agents do not know the language of rules. */
const RULE: Rule = {
  id: '6b1c2f4e-7a7b-4b52-9d0c-1d1d2f3a4b5c',
  name: null,
  title: 'A marked program',
  status: 'stable',
  severity: 'critical',
  confidence: 95,
  techniques: ['T1059.004'],
  author: null,
  remedy: 'Look at it.',
  isReportOnly: false,
  isGenerating: true,
  body: {
    kind: 'event',
    source: { product: 'linux', events: [{ class: 'process', actions: ['exec'] }] },
    when: {
      kind: 'named',
      name: 'selection',
      of: {
        kind: 'test',
        field: 'process.executable',
        test: { kind: 'text', place: 'end', text: '/wardgrid-marked', cased: false },
      },
    },
  },
  subject: null,
  engine: 'sigma',
  unmapped: [],
};

const PACK = buildPack([RULE]);

let folder: string;
let store: AgentStore;
let settings: ProtectionSettings;
let version = 0;
let protection: Protection;
const stop = new AbortController();
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardgrid-rules-'));
  store = createMemoryStore();
  settings = { policy: DEFAULT_PROTECTION, switches: [], exceptions: [], content: null };
  copyFileSync('/bin/sleep', join(folder, 'wardgrid-marked'));
});

afterEach(async () => {
  await protection.stop();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  protection = createProtection({
    clock: systemClock,
    log: silentLog,
    newId: systemNewId,
    store: {
      ...store,
      link: () => {
        const link = store.link();
        return { ...link, settings: { ...link.settings, version, protection: settings } };
      },
    },
    dataPath: join(folder, 'data'),
    sensors: [createProcessSensor({ clock: systemClock, log: silentLog })],
    denyPrograms: () => undefined,
    createFiles: null,
    createGuardian: null,
    mountPoints: null,
  });
  await protection.start();
}

/** Gives the device a pack in its settings, and a controller that has it. */
function offer(text: string, serial: number): FetchContent {
  const bytes = Buffer.from(text);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const part = { kind: 'rules' as const, origin: 'product' as const, digest };
  const manifest: ContentManifest = {
    digest: createHash('sha256').update(digest).digest('hex'),
    serial,
    parts: [{ ...part, sizeBytes: bytes.length }],
  };
  version += 1;
  settings = { ...settings, content: manifest };
  return (wanted, offset) => {
    // In small stretches, as a large part comes.
    const data = bytes.subarray(offset, offset + 500).toString('base64');
    return Promise.resolve({ digest: wanted, sizeBytes: bytes.length, offset, data });
  };
}

function runMarked(): Promise<string | null> {
  const child = spawn(join(folder, 'wardgrid-marked'), ['60'], { stdio: 'ignore' });
  children.push(child);
  return new Promise((resolve) => {
    child.once('exit', (_, signal) => resolve(signal));
  });
}

function findings(): readonly DeviceFinding[] {
  const records = store.takeBatch({ recordsMax: 1_000, sizeBytesMax: 100_000_000 });
  return records.flatMap(({ body }) =>
    body.kind === 'finding' ? [DeviceFinding.parse(body.finding)] : [],
  );
}

test('content is fetched, its rules find and end what they name, every time, also after a restart', async () => {
  await start();
  const fetch = offer(PACK.text, 1);
  const keeping = protection.keepContent(fetch, stop.signal);
  protection.refresh();
  await until(() => protection.health().contentDigest === settings.content?.digest);
  expect(await runMarked()).toBe('SIGKILL');
  const finding = await until(() => findings().find(({ actions }) => actions.length > 0));
  expect(finding).toMatchObject({
    rule: RULE.id,
    engine: 'sigma',
    severity: 'critical',
    contentDigest: PACK.digest,
    techniques: ['T1059.004'],
    actions: [{ kind: 'kill', outcome: 'done' }],
  });
  expect(finding.processes[0]?.executable).toContain('wardgrid-marked');
  // A repeat is not told at once, but it is ended at once.
  expect(await runMarked()).toBe('SIGKILL');

  // Broken content is refused, and what ran before runs on.
  const broken = offer('{"format":1,"rules":[{"id":"x"}]}', 2);
  protection.refresh();
  const over = new AbortController();
  void protection.keepContent(broken, over.signal);
  await until(() => protection.health().engines.some(({ reason }) => reason !== null));
  over.abort();
  expect(protection.health().contentDigest).not.toBe(settings.content?.digest);
  expect(await runMarked()).toBe('SIGKILL');

  // With no controller at all, the last good content is on the disk.
  stop.abort();
  await keeping;
  await protection.stop();
  await start();
  expect(await runMarked()).toBe('SIGKILL');
}, 60_000);

test('a rule that only reports ends nothing, and one that is off finds nothing', async () => {
  settings = {
    ...settings,
    switches: [{ ruleId: RULE.id, setting: 'report' }],
  };
  await start();
  const over = new AbortController();
  const keeping = protection.keepContent(offer(PACK.text, 3), over.signal);
  protection.refresh();
  await until(() => protection.health().contentDigest !== null);
  let isEnded = false;
  void runMarked().then(() => (isEnded = true));
  await until(() => findings().length === 1);
  await systemClock.sleep(200);
  expect(isEnded).toBe(false);
  over.abort();
  await keeping;
});

test('a program that the policy leaves alone is found and not ended, until that expires', async () => {
  const exclusion = {
    id: systemNewId(),
    kind: 'process' as const,
    value: '/**/wardgrid-marked',
    reason: 'ours',
    expiresAt: Date.now() + 3_000,
  };
  const over = new AbortController();
  settings = { ...settings, policy: { ...DEFAULT_PROTECTION, exclusions: [exclusion] } };
  await start();
  const keeping = protection.keepContent(offer(PACK.text, 4), over.signal);
  protection.refresh();
  await until(() => protection.health().contentDigest !== null);
  let isEnded = false;
  void runMarked().then(() => (isEnded = true));
  await until(() => findings().length === 1);
  expect(isEnded).toBe(false);
  await until(() => Date.now() > exclusion.expiresAt);
  expect(isEnded).toBe(false);
  expect(await runMarked()).toBe('SIGKILL');
  over.abort();
  await keeping;
});
