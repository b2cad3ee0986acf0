import { createSeededRandom, type Random } from '@wardgrid/base';
import type { Expression, Rule, Test } from '@wardgrid/detection/rule';

/* Rules of the shape that public collections have: most ask for the end of the program's path and for
   parts of its command line, some only for parts, a few by an expression. */

/** So many rules about Linux processes, the same for the same seed. */
export function generatedRules(count: number, seed: number): readonly Rule[] {
  const random = createSeededRandom(seed);
  return Array.from({ length: count }, (_, index) => ruleOf(random, index));
}

function ruleOf(random: Random, index: number): Rule {
  return {
    id: `generated-${index}`,
    name: null,
    title: `Generated ${index}`,
    engine: 'sigma',
    status: 'test',
    severity: 'low',
    confidence: 75,
    techniques: [],
    author: null,
    remedy: '',
    subject: null,
    isReportOnly: false,
    isGenerating: true,
    unmapped: [],
    body: {
      kind: 'event',
      source: { product: 'linux', events: [{ class: 'process', actions: ['exec'] }] },
      when: whenOf(random),
    },
  };
}

function whenOf(random: Random): Expression {
  const kind = random.fraction();
  const parts = anyOf(
    'process.command_line',
    many(random, 6, () => text('any', word(random, 9))),
  );
  if (kind < 0.15) return parts;
  const image = anyOf(
    'process.executable',
    many(random, 4, () => text('end', `/${programName(random)}`)),
  );
  if (kind < 0.25) return { kind: 'and', of: [image, expression(random)] };
  const not: Expression = {
    kind: 'not',
    of: anyOf('process.parent.executable', [text('start', `/opt/${word(random, 6)}`)]),
  };
  return { kind: 'and', of: kind < 0.6 ? [image, parts] : [image, parts, not] };
}

function anyOf(field: string, tests: readonly Test[]): Expression {
  return { kind: 'or', of: tests.map((test) => ({ kind: 'test', field, test })) };
}

function expression(random: Random): Expression {
  const pattern = `${word(random, 4)}[0-9]{1,3}\\s+(?:${word(random, 4)}|${word(random, 5)})`;
  return {
    kind: 'test',
    field: 'process.command_line',
    test: { kind: 'regex', pattern, flags: 'i' },
  };
}

function text(place: 'any' | 'end' | 'start', value: string): Test {
  return { kind: 'text', place, text: value, cased: false };
}

function many<T>(random: Random, most: number, make: () => T): readonly T[] {
  return Array.from({ length: 1 + Math.floor(random.fraction() * most) }, make);
}

/** Programs that ordinary events run as well: rules about them are asked, and must say no. */
const PROGRAMS = ['bash', 'dash', 'sh', 'curl', 'python3.11', 'perl', 'git', 'ssh', 'tar', 'find'];

function programName(random: Random): string {
  const known = PROGRAMS[Math.floor(random.fraction() * PROGRAMS.length * 4)];
  return known ?? word(random, 5);
}

const LETTERS = 'etaoinshrdlucmfwypvbgkqjxz-_./';

/** A word whose letters are as frequent as in command lines, so that the automaton has work to do. */
function word(random: Random, length: number): string {
  return Array.from({ length }, () => {
    const skewed = random.fraction() ** 2;
    return LETTERS[Math.floor(skewed * LETTERS.length)] ?? 'e';
  }).join('');
}
