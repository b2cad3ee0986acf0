import { describe, expect, test } from 'vitest';
import { engineOf, errorsOf, feed, readText, rulesOf } from '../testdata/stream.ts';

const FAILURE = { class: 'authentication', action: 'failure', 'event.outcome': 'failure' };
const SUCCESS = { class: 'authentication', action: 'login', 'event.outcome': 'success' };

/** Two rules about sign-ins and one about files, and a correlation of them. */
function withCorrelation(correlation: string): string {
  const indented = correlation
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  return `
title: Failure
id: failure
name: failed
level: low
logsource: { product: linux, category: authentication }
detection: { s: { event.outcome: failure }, condition: s }
---
title: Success
id: success
name: succeeded
level: low
logsource: { product: linux, category: authentication }
detection: { s: { event.outcome: success }, condition: s }
---
title: Written
id: written
name: file_written
level: low
logsource: { product: linux, category: file_event }
detection: { s: { file.path|exists: true }, condition: s }
---
title: Correlation
id: correlation
name: together
level: high
correlation:
${indented}
`;
}

const COUNT = `
type: event_count
rules: [failed]
group-by: [source.ip]
timespan: 1m
condition: { gte: 3 }`;

function failures(count: number, more: object = {}): object {
  return { ...FAILURE, 'source.ip': '192.0.2.1', repeat: count, every: '1s', ...more };
}

describe('event_count', () => {
  test('fires when the count is reached within the span', () => {
    const findings = feed(engineOf(withCorrelation(COUNT)), [failures(3)]);
    expect(rulesOf(findings)).toEqual(['correlation']);
    expect(findings[0]).toMatchObject({
      severity: 'high',
      subject: '192.0.2.1',
      matches: [
        { selection: 'group', field: 'source.ip', value: '192.0.2.1' },
        { selection: 'event_count', value: '3' },
      ],
    });
  });

  test('does not fire below the count', () => {
    expect(feed(engineOf(withCorrelation(COUNT)), [failures(2)])).toEqual([]);
  });

  test('windows slide: what is older than the span does not count', () => {
    const slow = feed(engineOf(withCorrelation(COUNT)), [failures(10, { every: '31s' })]);
    expect(slow).toEqual([]);
    // Two in the last second of one minute and one in the first of the next are within a minute.
    const across = [failures(2, { at: '59s' }), failures(1, { at: '61s' })];
    expect(feed(engineOf(withCorrelation(COUNT)), across)).toHaveLength(1);
  });

  test('groups are counted apart', () => {
    const others = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((ip) =>
      failures(2, { 'source.ip': ip }),
    );
    expect(feed(engineOf(withCorrelation(COUNT)), others)).toEqual([]);
  });

  test('is silent after it fired until its span is over', () => {
    expect(feed(engineOf(withCorrelation(COUNT)), [failures(50)])).toHaveLength(1);
  });

  test.each([
    ['gt: 3', 3, 0],
    ['gt: 3', 4, 1],
    ['gte: 3', 3, 1],
    ['eq: 2', 2, 1],
    ['eq: 2', 1, 0],
    ['neq: 1', 1, 0],
    ['neq: 1', 2, 1],
    ['lt: 2', 1, 1],
    ['lte: 2', 1, 1],
    ['gt: 2, lte: 4', 2, 0],
    ['gt: 2, lte: 4', 3, 1],
  ])('with %s and %i events fires %i times', (condition, count, fired) => {
    const text = withCorrelation(COUNT.replace('gte: 3', condition));
    expect(feed(engineOf(text), [failures(count)])).toHaveLength(fired);
  });

  test('without a group everything counts together', () => {
    const text = withCorrelation(COUNT.replace('group-by: [source.ip]\n', ''));
    const events = [failures(2), failures(1, { 'source.ip': '192.0.2.9' })];
    expect(feed(engineOf(text), events)).toHaveLength(1);
  });

  test('events without what groups them are counted and belong to no group', () => {
    const engine = engineOf(withCorrelation(COUNT));
    expect(feed(engine, [{ ...FAILURE, repeat: 5 }])).toEqual([]);
    const health = engine.health().rules.find(({ ruleId }) => ruleId === 'correlation');
    expect(health?.notEvaluable).toBe(5);
  });

  test('the rules it refers to make no findings unless it says so', () => {
    expect(rulesOf(feed(engineOf(withCorrelation(COUNT)), [failures(1)]))).toEqual([]);
    const loud = withCorrelation(`${COUNT}\ngenerate: true`);
    expect(rulesOf(feed(engineOf(loud), [failures(1)]))).toEqual(['failure']);
    expect(rulesOf(feed(engineOf(withCorrelation(COUNT)), [SUCCESS]))).toEqual(['success']);
  });
});

describe('value_count', () => {
  const text = withCorrelation(`
type: value_count
rules: [failed]
group-by: [source.ip]
timespan: 1m
condition: { field: user.name, gte: 3 }`);

  test('counts different values', () => {
    expect(feed(engineOf(text), [failures(3, { 'user.name': 'u{n}' })])).toHaveLength(1);
    expect(feed(engineOf(text), [failures(30, { 'user.name': 'root' })])).toEqual([]);
  });

  test('forgets values that are older than the span', () => {
    const slow = failures(9, { 'user.name': 'u{n}', every: '31s' });
    expect(feed(engineOf(text), [slow])).toEqual([]);
  });

  test('a flood of one value pushes no other out', () => {
    const flood = failures(5_000, { 'user.name': 'root', every: '1ms', at: '2s' });
    const events = [
      failures(2, { 'user.name': 'u{n}', every: '1ms' }),
      flood,
      failures(1, { at: '9s', 'user.name': 'x' }),
    ];
    const four = text.replace('gte: 3', 'gte: 4');
    expect(feed(engineOf(four), events)).toHaveLength(1);
  });

  test('of several fields counts their combinations', () => {
    const two = text.replace('field: user.name', 'field: [user.name, source.port]');
    const events = [failures(3, { 'user.name': 'root', 'source.port': '{n}' })];
    expect(feed(engineOf(two), events)).toHaveLength(1);
  });
});

describe('temporal', () => {
  const text = (type: string, more = '') =>
    withCorrelation(`
type: ${type}
rules: [failed, succeeded]
group-by: [user.name]
timespan: 10s${more}`);
  const failed = { ...FAILURE, 'user.name': 'root' };
  const succeeded = { ...SUCCESS, 'user.name': 'root' };

  test('fires when all happen within the span, in any order', () => {
    expect(feed(engineOf(text('temporal')), [succeeded, failed])).toHaveLength(1);
    expect(feed(engineOf(text('temporal')), [failed, failed])).toEqual([]);
    expect(feed(engineOf(text('temporal')), [failed, { ...succeeded, at: '11s' }])).toEqual([]);
  });

  test('groups are kept apart', () => {
    const other = { ...succeeded, 'user.name': 'other' };
    expect(feed(engineOf(text('temporal')), [failed, other])).toEqual([]);
  });

  test('a condition says how many of the rules are enough', () => {
    const one = text('temporal', '\ncondition: { gte: 1 }');
    expect(feed(engineOf(one), [failed])).toHaveLength(1);
  });

  test('temporal_ordered fires in the order of the rules alone', () => {
    const ordered = text('temporal_ordered');
    expect(feed(engineOf(ordered), [failed, succeeded])).toHaveLength(1);
    expect(feed(engineOf(ordered), [succeeded, failed])).toEqual([]);
    expect(feed(engineOf(ordered), [succeeded, failed, succeeded])).toHaveLength(1);
  });

  test('temporal_ordered looks at the latest beginning', () => {
    const late = [failed, { ...failed, at: '9s' }, { ...succeeded, at: '15s' }];
    expect(feed(engineOf(text('temporal_ordered')), late)).toHaveLength(1);
  });

  test('aliases join fields of different names', () => {
    const aliased = withCorrelation(`
type: temporal
rules: [failed, file_written]
aliases:
  who: { failed: user.name, file_written: file.name }
group-by: [who]
timespan: 10s`);
    const write = { class: 'file', action: 'create', 'file.path': '/home/root' };
    expect(feed(engineOf(aliased), [failed, write])).toHaveLength(1);
    expect(feed(engineOf(aliased), [failed, { ...write, 'file.path': '/home/x' }])).toEqual([]);
  });
});

describe('sums, means and ranks', () => {
  const text = (type: string, condition: string) =>
    withCorrelation(`
type: ${type}
rules: [file_written]
group-by: [process.entity_id]
timespan: 1m
condition: { field: file.size, ${condition} }`);
  const writes = (...sizes: number[]) =>
    sizes.map((size) => ({
      class: 'file',
      action: 'write',
      'file.path': '/x',
      'file.size': size,
    }));

  test('value_sum', () => {
    expect(feed(engineOf(text('value_sum', 'gte: 100')), writes(60, 39))).toEqual([]);
    expect(feed(engineOf(text('value_sum', 'gte: 100')), writes(60, 40))).toHaveLength(1);
  });

  test('value_avg', () => {
    expect(feed(engineOf(text('value_avg', 'gt: 50')), writes(10, 20, 120))).toEqual([]);
    expect(feed(engineOf(text('value_avg', 'gt: 50')), writes(10, 20, 130))).toHaveLength(1);
  });

  test('value_percentile', () => {
    const ninetieth = text('value_percentile', 'percentile: 90, gte: 90');
    expect(feed(engineOf(ninetieth), writes(1, 2, 3, 4, 5, 6, 7, 8, 80, 10))).toEqual([]);
    const median = text('value_percentile', 'gte: 5');
    expect(feed(engineOf(median), writes(1, 1, 9, 9, 9))).toHaveLength(1);
  });

  test('what is no number does not count', () => {
    const events = [{ class: 'file', action: 'write', 'file.path': '/x' }];
    expect(feed(engineOf(text('value_sum', 'gte: 0')), events)).toEqual([]);
  });
});

describe('chains', () => {
  test('a correlation may wait for a correlation', () => {
    const text = `${withCorrelation(COUNT)}
---
title: Chain
id: chain
level: critical
correlation:
  type: temporal_ordered
  rules: [together, succeeded]
  group-by: [source.ip]
  timespan: 10m
`;
    const success = { ...SUCCESS, 'source.ip': '192.0.2.1', at: '30s' };
    expect(rulesOf(feed(engineOf(text), [failures(3), success]))).toEqual(['chain']);
    expect(rulesOf(feed(engineOf(text), [failures(2), success]))).toEqual([]);
  });

  test('rules that wait for each other are refused', () => {
    const waiting = (id: string, other: string) => `
title: ${id}
id: ${id}
name: ${id}
correlation: { type: event_count, rules: [${other}], timespan: 1m, condition: { gte: 1 } }`;
    const { rules, issues } = readText(`${waiting('a', 'b')}\n---${waiting('b', 'a')}`);
    expect(rules).toEqual([]);
    expect(errorsOf(issues)).toEqual(['reference-circular', 'reference-circular']);
  });
});

describe('a correlation is refused', () => {
  test.each([
    [
      'type: event_count\nrules: [nobody]\ntimespan: 1m\ncondition: { gte: 1 }',
      'reference-unknown',
    ],
    ['type: often\nrules: [failed]\ntimespan: 1m\ncondition: { gte: 1 }', 'key-invalid'],
    ['type: event_count\nrules: [failed]\ntimespan: soon\ncondition: { gte: 1 }', 'key-invalid'],
    ['type: event_count\nrules: [failed]\ntimespan: 400d\ncondition: { gte: 1 }', 'key-invalid'],
    ['type: event_count\nrules: [failed]\ntimespan: 1m\ncondition: { about: 1 }', 'key-invalid'],
    ['type: event_count\nrules: [failed]\ntimespan: 1m', 'key-missing'],
    ['type: value_count\nrules: [failed]\ntimespan: 1m\ncondition: { gte: 1 }', 'key-missing'],
    [
      'type: value_percentile\nrules: [failed]\ntimespan: 1m\ncondition: { field: file.size, gte: 1, percentile: 101 }',
      'key-invalid',
    ],
  ])('%j', (correlation, code) => {
    const { rules, issues } = readText(withCorrelation(correlation));
    expect(errorsOf(issues)).toContain(code);
    expect(rules.map(({ id }) => id)).not.toContain('correlation');
    expect(rules).toHaveLength(3);
  });
});

describe('a clock that is set', () => {
  test('forward for a moment silences no group for good', () => {
    const engine = engineOf(withCorrelation(COUNT));
    expect(feed(engine, [failures(3, { at: '20d' })])).toHaveLength(1);
    // Back in the present, as a finding of its own: the first is a repeat of it.
    const fired = () => engine.health().rules.find(({ ruleId }) => ruleId === 'correlation');
    feed(engine, [failures(3, { at: '1m' })]);
    expect(fired()?.matched).toBe(2);
  });

  test('back leaves nothing of the time to come in the count', () => {
    const engine = engineOf(withCorrelation(COUNT));
    feed(engine, [failures(2, { at: '20d' }), failures(1, { at: '1m' })]);
    const health = engine.health().rules.find(({ ruleId }) => ruleId === 'correlation');
    expect(health?.matched).toBe(0);
  });
});

describe('memory', () => {
  test('a spray from many addresses throws out the quietest groups and counts them', () => {
    const engine = engineOf(withCorrelation(COUNT));
    const spray = { ...FAILURE, 'source.ip': 'host-{n}', repeat: 12_000, every: '1ms' };
    expect(feed(engine, [spray])).toEqual([]);
    const health = engine.health().rules.find(({ ruleId }) => ruleId === 'correlation');
    expect(health?.evicted).toBe(2_000);
    const late = { ...FAILURE, 'source.ip': 'host-12000', repeat: 2, at: '13s' };
    expect(feed(engine, [late])).toHaveLength(1);
  });

  test('what was thrown out counts no more, however long a spray goes on', () => {
    const engine = engineOf(withCorrelation(COUNT));
    for (let round = 0; round < 4; round += 1) {
      const address = `round-${round}-{n}`;
      feed(engine, [failures(15_000, { 'source.ip': address, every: '1ms' })]);
    }
    expect(feed(engine, [failures(3, { at: '20s' })])).toHaveLength(1);
  });

  test('a group keeps no more events than it may', () => {
    const text = withCorrelation(COUNT.replace('gte: 3', 'gte: 1000000'));
    const engine = engineOf(text);
    feed(engine, [failures(20_000, { every: '1ms' })]);
    expect(engine.snapshot().length).toBeLessThan(2_000_000);
  });

  test('counts outlive a restart', () => {
    const text = withCorrelation(COUNT);
    const before = engineOf(text);
    expect(feed(before, [failures(2)])).toEqual([]);
    const after = engineOf(text, { snapshot: before.snapshot() });
    expect(feed(after, [failures(1, { at: '10s' })])).toHaveLength(1);
  });
});
