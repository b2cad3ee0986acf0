import { describe, expect, test } from 'vitest';
import { eventsOf } from '../check/test-events.ts';
import { engineOf, errorsOf, feed, readText, rulesOf } from '../testdata/stream.ts';

/** A behaviour document with helper rules it may refer to. */
function withBehaviour(behaviour: string): string {
  const indented = behaviour
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  const helper = (name: string, image: string, level = 'informational') => `
title: ${name}
id: ${name}-id
name: ${name}
level: ${level}
generate: false
logsource: { product: linux, category: process_creation }
detection: { s: { Image: ${image} }, condition: s }
---`;
  return `${helper('download', '/usr/bin/curl')}${helper('decode', '/usr/bin/base64')}${helper('manager', '/usr/bin/dpkg')}${helper('look', '/usr/bin/whoami', 'medium')}
title: Behaviour
id: behaviour
level: high
tags: [attack.t1105]
logsource: { product: linux }
behaviour:
${indented}
`;
}

const CURL = { Image: '/usr/bin/curl', 'process.parent.pid': 500 };
const BASE64 = { Image: '/usr/bin/base64', 'process.parent.pid': 500 };
const SHELL = { Image: '/bin/sh', 'process.pid': 500 };

describe('a sequence', () => {
  const text = withBehaviour(`
kind: sequence
within: 1m
by: [process.tree]
steps:
  - { rule: download }
  - logsource: { category: process_creation }
    detection: { s: { Image|endswith: /base64 }, condition: s }
unless: [{ rule: manager }]`);

  test('fires when its steps follow each other in one process tree', () => {
    const findings = feed(engineOf(text), [SHELL, CURL, BASE64]);
    expect(rulesOf(findings)).toEqual(['behaviour']);
    expect(findings[0]).toMatchObject({ engine: 'behaviour', techniques: ['T1105'] });
    expect(findings[0]?.processes.map(({ executable }) => executable)).toEqual([
      '/usr/bin/base64',
      '/bin/sh',
    ]);
  });

  test('does not fire in another order, another tree or too late', () => {
    expect(feed(engineOf(text), [SHELL, BASE64, CURL])).toEqual([]);
    const elsewhere = { ...BASE64, 'process.parent.pid': 900 };
    expect(feed(engineOf(text), [SHELL, CURL, elsewhere])).toEqual([]);
    expect(feed(engineOf(text), [SHELL, CURL, { ...BASE64, at: '2m' }])).toEqual([]);
  });

  test('is forgotten when something harmless explains it', () => {
    const manager = { Image: '/usr/bin/dpkg', 'process.parent.pid': 500 };
    expect(feed(engineOf(text), [SHELL, CURL, manager, BASE64])).toEqual([]);
  });

  test('steps may count, and be joined by different fields', () => {
    const joined = withBehaviour(`
kind: sequence
within: 1m
by: [file.path]
steps:
  - logsource: { category: file_event }
    detection: { s: { file.path|startswith: /tmp/ }, condition: s }
    count: 2
  - logsource: { category: process_creation }
    detection: { s: { Image|startswith: /tmp/ }, condition: s }
    by: [process.executable]`);
    const write = { class: 'file', action: 'write', 'file.path': '/tmp/x' };
    const run = { Image: '/tmp/x' };
    expect(feed(engineOf(joined), [write, run])).toEqual([]);
    expect(feed(engineOf(joined), [write, write, run])).toHaveLength(1);
    expect(feed(engineOf(joined), [write, write, { Image: '/tmp/y' }])).toEqual([]);
  });

  test('later steps without a first push no first step out', () => {
    const any = withBehaviour(`
kind: sequence
within: 1m
by: [process.command_line]
steps:
  - { rule: download }
  - logsource: { category: process_creation }
    detection: { s: { Image|startswith: /bin/ }, condition: s }`);
    const engine = engineOf(any);
    feed(engine, [{ ...CURL, CommandLine: 'x' }]);
    feed(engine, [{ Image: '/bin/ls', CommandLine: 'y{n}', repeat: 15_000, every: '1ms' }]);
    expect(feed(engine, [{ Image: '/bin/sh', CommandLine: 'x', at: '20s' }])).toHaveLength(1);
  });

  test('one event is never two steps', () => {
    const twice = withBehaviour(`
kind: sequence
within: 1m
steps: [{ rule: download }, { rule: download }]`);
    expect(feed(engineOf(twice), [CURL])).toEqual([]);
    expect(feed(engineOf(twice), [CURL, CURL])).toHaveLength(1);
  });
});

describe('a threshold', () => {
  const text = withBehaviour(`
kind: threshold
within: 10s
by: [source.ip]
count: 3
distinct: user.name
on:
  logsource: { category: authentication }
  detection: { s: { event.outcome: failure }, condition: s }`);
  const failure = {
    class: 'authentication',
    action: 'failure',
    'event.outcome': 'failure',
    'source.ip': '192.0.2.1',
  };

  test('counts different values within the span', () => {
    const spray = { ...failure, 'user.name': 'u{n}', repeat: 3, every: '1s' };
    expect(feed(engineOf(text), [spray])).toMatchObject([{ subject: '192.0.2.1' }]);
    expect(feed(engineOf(text), [{ ...spray, 'user.name': 'root', repeat: 30 }])).toEqual([]);
    expect(feed(engineOf(text), [{ ...spray, every: '6s', repeat: 9 }])).toEqual([]);
  });

  test('may count different process trees', () => {
    const trees = withBehaviour(`
kind: threshold
within: 1m
count: 3
distinct: process.tree
on: { rule: download }`);
    expect(feed(engineOf(trees), [SHELL, { ...CURL, repeat: 9 }])).toEqual([]);
    expect(feed(engineOf(trees), [{ Image: '/usr/bin/curl', repeat: 3 }])).toHaveLength(1);
  });

  test('keeps its counts over a restart', () => {
    const before = engineOf(text);
    feed(before, [{ ...failure, 'user.name': 'u{n}', repeat: 2 }]);
    const after = engineOf(text, { snapshot: before.snapshot() });
    expect(feed(after, [{ ...failure, 'user.name': 'x', at: '2s' }])).toHaveLength(1);
  });
});

describe('a score', () => {
  const text = withBehaviour(`
kind: score
halfLife: 1m
threshold: 50
signals:
  - { rule: download, weight: 20 }
  - { rule: decode, weight: 20 }
  - { level: medium, weight: 25 }`);
  const look = { Image: '/usr/bin/whoami', 'process.parent.pid': 500 };

  test('adds weak signals of one process tree up', () => {
    const findings = feed(engineOf(text), [SHELL, CURL, BASE64, look]);
    expect(rulesOf(findings)).toEqual(['behaviour']);
    expect(findings[0]?.matches.map(({ value }) => value)).toEqual([
      expect.stringMatching(/^6[45]\.\d$/),
      'download',
      'decode',
      'look',
    ]);
  });

  test('fades with time', () => {
    const slow = [SHELL, CURL, { ...BASE64, at: '2m' }, { ...look, at: '4m' }];
    expect(feed(engineOf(text), slow)).toEqual([]);
  });

  test('counts a signal once a tree', () => {
    expect(feed(engineOf(text), [SHELL, { ...CURL, repeat: 50 }])).toEqual([]);
    const repeating = text.replace('weight: 20 }', 'weight: 20, repeats: true }');
    expect(feed(engineOf(repeating), [SHELL, { ...CURL, repeat: 3 }])).toHaveLength(1);
  });

  test('does not add trees up', () => {
    const others = [CURL, BASE64, look].map((event, index) => ({
      ...event,
      'process.parent.pid': 900 + index,
    }));
    expect(feed(engineOf(text), others)).toEqual([]);
  });

  test('what is new on a known device adds weight, and says nothing while it is being learnt', () => {
    const anomalous = withBehaviour(`
kind: score
halfLife: 1m
threshold: 50
signals:
  - { rule: download, weight: 30 }
  - { anomaly: first-seen-program, weight: 30 }`);
    expect(feed(engineOf(anomalous), [SHELL, CURL])).toEqual([]);
    const known = [SHELL, CURL, { ...SHELL, 'process.pid': 600, at: '8d' }];
    const again = { ...CURL, 'process.parent.pid': 600 };
    expect(feed(engineOf(anomalous), [...known, again])).toEqual([]);
    const fresh = { Image: '/opt/new', 'process.parent.pid': 600 };
    expect(feed(engineOf(anomalous), [...known, again, fresh])).toHaveLength(1);
  });
});

describe('a burst', () => {
  const text = withBehaviour(`
kind: burst
within: 10s
on:
  logsource: { category: file }
  detection: { s: { file.path|startswith: /home/ }, condition: s }
files: 20
directories: 3
extensions: 3
signs: 10
entropy: 7.2
entropyRise: 1
sameNewExtension: 10
canary: true`);
  const kinds = ['docx', 'xlsx', 'jpg', 'pdf'];
  const encrypted = kinds.map((kind, index) => ({
    class: 'file',
    action: 'write',
    'file.path': `/home/a/${index}/{n}.${kind}`,
    'file.entropy': 7.9,
    'file.entropy_before': 4.5,
    repeat: 5,
    every: '10ms',
  }));

  test('fires at the file that makes it one, when content becomes like noise', () => {
    const findings = feed(engineOf(text), encrypted);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.matches).toContainEqual({
      selection: 'burst',
      field: 'files',
      value: '20',
    });
  });

  test('does not fire for a few files, few folders, few kinds, or without a sign', () => {
    const without = (change: object) => encrypted.map((event) => ({ ...event, ...change }));
    expect(feed(engineOf(text), without({ repeat: 4 }))).toEqual([]);
    expect(feed(engineOf(text), without({ 'file.entropy': 5 }))).toEqual([]);
    expect(feed(engineOf(text), without({ 'file.entropy_before': 7.8 }))).toEqual([]);
    expect(feed(engineOf(text), without({ every: '2s' }))).toEqual([]);
    const oneFolder = encrypted.map((event, index) => ({
      ...event,
      'file.path': `/home/a/${index}-{n}.${kinds[index]}`,
    }));
    expect(feed(engineOf(text), oneFolder)).toEqual([]);
    const oneKind = encrypted.map((event, index) => ({
      ...event,
      'file.path': `/home/a/${index}/{n}.jpg`,
    }));
    expect(feed(engineOf(text), oneKind)).toEqual([]);
  });

  test('fires when many files get the same new extension', () => {
    const renamed = kinds.map((kind, index) => ({
      class: 'file',
      action: 'rename',
      'file.previous_path': `/home/a/${index}/{n}.${kind}`,
      'file.path': `/home/a/${index}/{n}.${kind}.locked`,
      repeat: 5,
      every: '10ms',
    }));
    expect(feed(engineOf(text), renamed)).toHaveLength(1);
  });

  test('files that no process is known of count together', () => {
    const names = { isAudit: false, classes: [] };
    const events = eventsOf(encrypted, { class: 'file', action: 'write', names });
    const engine = engineOf(text);
    const findings = events.flatMap(({ fields, ...event }) => {
      const path = String(fields['file.path']);
      return engine.accept({ ...event, fields: { 'file.path': path, 'file.entropy': 7.9 } });
    });
    expect(findings).toHaveLength(1);
  });

  test('a touched canary is enough at once', () => {
    const canary = {
      class: 'file',
      action: 'write',
      'file.path': '/home/a/00-notes.docx',
      'file.is_canary': true,
    };
    expect(feed(engineOf(text), [canary])).toHaveLength(1);
  });

  test('the same file again and again is one file', () => {
    const [first] = encrypted;
    const same = { ...first, 'file.path': '/home/a/log.txt', repeat: 2_000, every: '1ms' };
    expect(feed(engineOf(text), [same])).toEqual([]);
  });

  test('a flood of files stays bounded and fast', () => {
    const engine = engineOf(text);
    const flood = {
      class: 'file',
      action: 'write',
      'file.path': '/home/a/{n}/{n}.k{n}',
      'file.entropy': 1,
      repeat: 20_000,
      every: '1ms',
    };
    const startedAt = performance.now();
    expect(feed(engine, [flood])).toEqual([]);
    // Tells a cost per file from a cost per file and file.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('a behaviour is refused', () => {
  test.each([
    ['kind: guess', 'key-invalid'],
    ['kind: sequence\nwithin: 1m\nsteps: []', 'key-invalid'],
    ['kind: sequence\nwithin: 1m\nsteps: [{ rule: nobody }]', 'reference-unknown'],
    ['kind: sequence\nwithin: 1m\nsteps: [{ rule: download, tresh: 3 }]', 'key-invalid'],
    ['kind: sequence\nwithin: 99d\nsteps: [{ rule: download }]', 'key-invalid'],
    [
      'kind: sequence\nwithin: 1m\nby: [user.name]\nsteps: [{ rule: download, by: [] }]',
      'key-invalid',
    ],
    ['kind: threshold\nwithin: 1m\ncount: 0\non: { rule: download }', 'key-invalid'],
    ['kind: threshold\nwithin: 1m\ncount: 1\non: { rule: download, detection: {} }', 'key-invalid'],
    [
      'kind: threshold\nwithin: 1m\ncount: 1\non: { detection: { s: { Image|x: 1 }, condition: s } }',
      'modifier-unknown',
    ],
    [
      'kind: score\nhalfLife: 1m\nthreshold: 5\nsignals: [{ anomaly: strange, weight: 1 }]',
      'key-invalid',
    ],
  ])('%j', (behaviour, code) => {
    const { rules, issues } = readText(withBehaviour(behaviour));
    expect(errorsOf(issues)).toContain(code);
    expect(rules.map(({ id }) => id)).not.toContain('behaviour');
  });
});
