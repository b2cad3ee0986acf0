import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { createFakeClock, createNewId, createSeededRandom, silentLog } from '@wardgrid/base';
import { buildPack, type EngineFinding, type Rule } from '@wardgrid/detection';
import type { DeviceEvent } from '@wardgrid/wire';
import type { ToldFinding } from './finding-book.ts';
import { createFindingLedger } from './finding-ledger.ts';
import { openFindingMemory, type KeptFindings } from './finding-memory.ts';
import { createRuleEngine } from './rule-engine.ts';

const RULE: Rule = {
  id: 'marked',
  name: null,
  title: 'A marked program',
  status: 'stable',
  severity: 'critical',
  confidence: 95,
  techniques: [],
  author: null,
  remedy: 'Look at it.',
  isReportOnly: false,
  isGenerating: true,
  body: {
    kind: 'event',
    source: { product: 'linux', events: [{ class: 'process', actions: ['exec'] }] },
    when: {
      kind: 'test',
      field: 'process.executable',
      test: { kind: 'text', place: 'end', text: '/marked', cased: false },
    },
  },
  subject: null,
  engine: 'sigma',
  unmapped: [],
};
const DAY_MS = 86_400_000;

const clock = createFakeClock();
const newId = createNewId(clock, createSeededRandom(7));
let folder: string;

beforeEach(() => {
  const made = (folder = mkdtempSync(join(tmpdir(), 'wardgrid-memory-')));
  onTestFinished(() => rmSync(made, { recursive: true }));
});

/** A process at the moment, as it starts or, to a sensor that starts later, as it runs. */
function process(entityId: string, reason?: 'running'): DeviceEvent {
  return {
    id: newId(),
    order: 1,
    class: 'process',
    action: 'exec',
    at: clock.now(),
    sensor: 'process',
    fields: {
      'process.entity_id': entityId,
      'process.executable': '/tmp/marked',
      ...(reason === undefined ? {} : { 'event.reason': reason }),
    },
    missing: [],
  };
}

/** Rules as an agent has them after its start; every finding is kept as the agent does. */
function startRules(): (event: DeviceEvent) => readonly EngineFinding[] {
  const memory = openFindingMemory(folder, silentLog);
  const pack = join(folder, 'pack');
  writeFileSync(pack, buildPack([RULE]).text);
  const engine = createRuleEngine({
    clock,
    newId,
    packs: [pack],
    settings: { switches: [], exceptions: [] },
    snapshot: undefined,
    memory,
    onSighting: ({ rule, event }) => memory.count(rule.id, event),
  });
  return (event) => {
    const findings = engine.accept(event);
    findings.forEach(memory.note);
    memory.flush();
    return findings;
  };
}

test('a process that still runs after a restart is not found again, however long it runs', async () => {
  const [found] = startRules()(process('a'));
  expect(found).toMatchObject({ count: 1, isRepeat: false });
  expect(startRules()(process('a', 'running'))).toEqual([]);
  await clock.advance(3 * DAY_MS);
  const accept = startRules();
  expect(accept(process('a', 'running'))).toEqual([]);
  // Sensors that are switched off and on again tell it once more.
  expect(accept(process('a', 'running'))).toEqual([]);
  const [other] = accept(process('b', 'running'));
  expect(other).toMatchObject({ count: 1, isRepeat: false });
  expect(other?.id).not.toBe(found?.id);
});

test('what comes again after a restart goes on under its id and with its count', async () => {
  const [found] = startRules()(process('a'));
  await clock.advance(120_000);
  const [again] = startRules()(process('b', 'running'));
  expect(again).toMatchObject({
    id: found?.id,
    count: 2,
    isRepeat: true,
    firstSeenAt: found?.firstSeenAt,
  });
});

/** A ledger as an agent has it after its start. */
function startLedger(memory: KeptFindings = openFindingMemory(folder, silentLog)) {
  const told: ToldFinding[] = [];
  const tell = (finding: ToldFinding): void => {
    told.push(finding);
    memory.note(finding);
    memory.flush();
  };
  return { told, ledger: createFindingLedger({ clock, newId, memory, tell }) };
}

test('a file that is met again after a restart is the finding it was', () => {
  const [finding] = startRules()(process('a'));
  if (!finding) throw new Error('nothing was found');
  const file = { ...finding, rule: 'eicar-test-file', subject: '/srv/a' };
  const first = startLedger();
  const id = first.ledger.note(file);
  const second = startLedger();
  expect(second.ledger.note(file)).toBe(id);
  expect(second.told).toMatchObject([{ id, count: 2 }]);
  expect(second.ledger.note({ ...file, subject: '/srv/b' })).not.toBe(id);
});

test('a broken or foreign file remembers nothing, and a flood is bounded', () => {
  writeFileSync(join(folder, 'findings.json'), '{"findings":[["a",{}]],"counted":[]}');
  const memory = openFindingMemory(folder, silentLog);
  const [finding] = startRules()(process('a'));
  if (!finding) throw new Error('nothing was found');
  for (let number = 0; number < 10_000; number += 1) {
    memory.note({ ...finding, subject: `/tmp/${number}` });
    memory.count('marked', process(`${number}`));
  }
  memory.flush();
  const read = openFindingMemory(folder, silentLog);
  expect(read.find('marked', '/tmp/7951')).toBeUndefined();
  expect(read.find('marked', '/tmp/7952')).toMatchObject({ id: finding.id });
  expect(read.isCounted('marked', process('5903', 'running'))).toBe(false);
  expect(read.isCounted('marked', process('5904', 'running'))).toBe(true);
  expect(read.isCounted('marked', process('5904'))).toBe(false);
});
