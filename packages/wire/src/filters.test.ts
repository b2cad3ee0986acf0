import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deviceFields, parseFilter } from './index.ts';

const nowMs = Date.UTC(2026, 10, 21);

function termsOf(text: string) {
  const result = parseFilter(text, deviceFields, nowMs);
  if (result.kind === 'issues') throw new Error(JSON.stringify(result.issues));
  return result.terms;
}

describe('the filter grammar', () => {
  test('reads fields, quotes, alternatives, negation, comparisons, ages and free words', () => {
    expect(
      termsOf('status:online,offline -os:"Windows 11*" cpu:>=50 lastSeenAt:>7d lab "two words"'),
    ).toEqual([
      {
        kind: 'field',
        field: 'status',
        operator: 'is',
        values: ['online', 'offline'],
        isNegated: false,
      },
      { kind: 'field', field: 'os', operator: 'is', values: ['Windows 11*'], isNegated: true },
      { kind: 'field', field: 'cpu', operator: 'at-least', values: ['50'], isNegated: false },
      {
        kind: 'field',
        field: 'lastSeenAt',
        operator: 'below',
        values: [String(nowMs - 7 * 86_400_000)],
        isNegated: false,
      },
      { kind: 'words', value: 'lab', isNegated: false },
      { kind: 'words', value: 'two words', isNegated: false },
    ]);
  });

  test('an unknown field is refused with what was perhaps meant', () => {
    const result = parseFilter('x statsu:online', deviceFields, nowMs);
    expect(result).toEqual({
      kind: 'issues',
      issues: [{ offset: 2, detail: expect.stringContaining("'status'") }],
    });
  });

  test('a value that does not fit is refused', () => {
    for (const text of [
      'status:gone',
      'cpu:much',
      'lastSeenAt:tomorrow',
      'name:<5',
      'status:',
      'constructor:1',
    ]) {
      expect(parseFilter(text, deviceFields, nowMs).kind, text).toBe('issues');
    }
  });

  test('any text at all gives terms or issues, quickly', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 1_000, unit: 'binary' }), (text) => {
        const result = parseFilter(text, deviceFields, nowMs);
        expect(['filter', 'issues']).toContain(result.kind);
      }),
    );
    const startedAt = performance.now();
    parseFilter(`"${'\\"'.repeat(499)}`, deviceFields, nowMs);
    parseFilter('"a" '.repeat(250), deviceFields, nowMs);
    expect(performance.now() - startedAt).toBeLessThan(500);
  });
});
