import { describe, expect, test } from 'vitest';
import { compileRules } from './compile.ts';
import type { YaraEngine } from './engine.ts';
import { openLibyara } from './libyara.ts';
import { openYaraX } from './yara-x.ts';

const ENGINES: readonly (readonly [string, () => YaraEngine | undefined])[] = [
  ['libyara', openLibyara],
  ['YARA-X', openYaraX],
];

const source = (text: string, name = 'test.yar') => ({ name, text });

describe.each(ENGINES)('%s keeps the contract of a YARA engine:', (_, open) => {
  const engine = open() as YaraEngine;
  const compile = (...texts: readonly string[]) =>
    compileRules(
      engine,
      texts.map((text, index) => source(text, `${index}.yar`)),
    );
  const scan = (text: string, bytes: Uint8Array): readonly string[] => {
    const { compiled } = compile(text);
    const outcome = compiled?.scan(bytes, 5_000);
    compiled?.close();
    return outcome?.kind === 'done' ? outcome.matches.map(({ rule }) => rule).sort() : ['stopped'];
  };

  test('it is there', () => {
    expect(engine).toBeDefined();
  });

  test('text, wide, nocase, hexadecimal and regular strings match', () => {
    const rules = `
      rule plain { strings: $a = "needle" condition: $a }
      rule two_bytes { strings: $a = "wide" wide condition: $a }
      rule any_case { strings: $a = "MiXeD" nocase condition: $a }
      rule bytes { strings: $a = { DE AD ?? EF } condition: $a }
      rule pattern { strings: $a = /ab[0-9]{2}c/ condition: $a }
      rule absent { strings: $a = "not there" condition: $a }`;
    const bytes = Buffer.concat([
      Buffer.from('a needle, mIxEd, ab42c '),
      Buffer.from([0xde, 0xad, 0x01, 0xef]),
      Buffer.from('wide', 'utf16le'),
    ]);
    expect(scan(rules, bytes)).toEqual(['any_case', 'bytes', 'pattern', 'plain', 'two_bytes']);
  });

  test('private rules are used and not told', () => {
    const rules = `private rule base { strings: $a = "x" condition: $a }
      rule one { condition: base } rule two { condition: not base }`;
    expect(scan(rules, Buffer.from('x'))).toEqual(['one']);
  });

  test('modules answer', () => {
    const rules = `import "math"
      rule random { condition: math.entropy(0, filesize) > 7.0 }
      rule size { condition: filesize == 4096 }`;
    const bytes = Buffer.from(Array.from({ length: 4_096 }, (__, index) => (index * 167) & 255));
    expect(scan(rules, bytes)).toEqual(['random', 'size']);
  });

  test('a match says where', () => {
    const { compiled } = compile('rule a { strings: $b = "needle" condition: $b }');
    const outcome = compiled?.scan(Buffer.from(`${'-'.repeat(16)}needle`), 5_000);
    compiled?.close();
    const matches = outcome?.kind === 'done' ? outcome.matches : [];
    expect(matches).toEqual([{ rule: 'a', places: ['$b at 0x10'] }]);
  });

  test('a scan leaves nothing behind for the next one', () => {
    const { compiled } = compile('rule a { strings: $b = "needle" condition: $b }');
    const rounds = ['needle', 'nothing', 'needle'].map((text) => {
      const outcome = compiled?.scan(Buffer.from(text), 5_000);
      return outcome?.kind === 'done' ? outcome.matches.length : -1;
    });
    compiled?.close();
    expect(rounds).toEqual([1, 0, 1]);
  });

  test('broken rules are left out with line and words, the others work', () => {
    const broken = `rule good { strings: $a = "x" condition: $a }
rule unknown {
  condition:
    nothing_of_this_name
}
rule regex { strings: $a = /(/ condition: $a }
rule needs_unknown { condition: unknown }
rule last { condition: good }`;
    const { compiled, rules, issues } = compile(broken);
    const outcome = compiled?.scan(Buffer.from('x'), 5_000);
    compiled?.close();
    expect([...rules.keys()]).toEqual(['good', 'last']);
    expect(outcome?.kind === 'done' ? outcome.matches.length : -1).toBe(2);
    expect(issues.map(({ rule }) => rule).sort()).toEqual(['needs_unknown', 'regex', 'unknown']);
    const unknown = issues.find(({ rule }) => rule === 'unknown');
    expect(unknown).toMatchObject({ code: 'yara-syntax', source: '0.yar', line: 4 });
    expect(unknown?.message).toContain('nothing_of_this_name');
    expect(unknown?.help).not.toBe('');
  });

  test('a source that is no YARA at all stops no other', () => {
    const { compiled, rules, issues } = compile('{{{ "', 'rule a { condition: true }', 'rule {');
    compiled?.close();
    expect([...rules.keys()]).toEqual(['a']);
    expect(issues.length).toBeGreaterThan(0);
  });

  test('a name that is taken, a global rule and an include are refused', () => {
    const { compiled, rules, issues } = compile(
      'rule a { condition: true }',
      'include "/etc/passwd"\nrule a { condition: false }\nglobal rule g { condition: false }',
    );
    const outcome = compiled?.scan(Buffer.from('x'), 5_000);
    compiled?.close();
    expect([...rules.keys()]).toEqual(['a']);
    expect(outcome).toMatchObject({ kind: 'done', matches: [{ rule: 'a' }] });
    expect(issues.map(({ code, line, source: name }) => [code, name, line])).toEqual([
      ['yara-include', '1.yar', 1],
      ['yara-duplicate', '1.yar', 2],
      ['yara-global', '1.yar', 3],
    ]);
  });

  test('a NUL in a source hides nothing', () => {
    const { compiled, rules } = compile('rule a { condition: true }\0rule b { condition: true }');
    compiled?.close();
    expect([...rules.keys()]).toEqual(['a', 'b']);
  });
});

test('libyara ends a rule that would run for minutes', () => {
  const engine = openLibyara() as YaraEngine;
  const { compiled } = compileRules(engine, [
    source('rule slow { condition: for all i in (0..300000000) : (i >= 0) }'),
  ]);
  expect(compiled?.scan(Buffer.from('x'), 1_000)).toEqual({ kind: 'stopped', reason: 'deadline' });
  compiled?.close();
});
