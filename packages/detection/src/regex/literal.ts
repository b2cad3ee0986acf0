import { foldTable } from '../fold.ts';
import type { RegexNode } from './syntax.ts';
import type { UnitSet } from './unit-set.ts';

/** Texts, of which one stands in whatever matches; folded. */
type Required = readonly string[];

interface Knowledge {
  /** All it can match, folded; null when there is more than a few texts. */
  readonly exact: string | null;
  readonly required: Required | null;
}

/** Most alternatives that are worth looking for instead of the expression itself. */
const ALTERNATIVES_MAX = 64;
/** Longest text taken from one counted repetition. */
const LENGTH_MAX = 64;

/** Folded texts of which at least one stands in every match; null when nothing is known. */
export function requiredTexts(node: RegexNode): Required | null {
  return knowledgeOf(node).required;
}

function known(exact: string): Knowledge {
  return { exact, required: exact === '' ? null : [exact] };
}

const NOTHING: Knowledge = { exact: null, required: null };

function knowledgeOf(node: RegexNode): Knowledge {
  switch (node.kind) {
    case 'set': {
      const unit = singleUnit(node.set);
      return unit === undefined ? NOTHING : known(String.fromCharCode(unit));
    }
    case 'assert':
      return known('');
    case 'cat':
      return ofSequence(node.of);
    case 'alt':
      return ofAlternatives(node.of);
    case 'repeat':
      return ofRepeat(node);
  }
}

function ofRepeat(node: Extract<RegexNode, { kind: 'repeat' }>): Knowledge {
  if (node.min === 0) return NOTHING;
  const inner = knowledgeOf(node.of);
  if (inner.exact === null || inner.exact.length * node.min > LENGTH_MAX) {
    return { exact: null, required: inner.required };
  }
  const repeated = inner.exact.repeat(node.min);
  if (node.max === node.min) return known(repeated);
  return { exact: null, required: repeated === '' ? null : [repeated] };
}

/** The one folded unit of a set whose members differ only by case. */
function singleUnit(set: UnitSet): number | undefined {
  const folded = foldTable();
  const first = folded[set[0] ?? 0];
  for (let at = 0; at < set.length; at += 2) {
    const low = set[at] ?? 0;
    const high = set[at + 1] ?? 0;
    if (high - low > 1) return undefined;
    if (folded[low] !== first || folded[high] !== first) return undefined;
  }
  return set.length === 0 ? undefined : first;
}

function ofSequence(parts: readonly RegexNode[]): Knowledge {
  let run = '';
  let isExact = true;
  let best: Required | null = null;
  for (const part of parts) {
    const { exact, required } = knowledgeOf(part);
    if (exact !== null) {
      run += exact;
      continue;
    }
    isExact = false;
    best = better(better(best, run === '' ? null : [run]), required);
    run = '';
  }
  if (isExact) return known(run);
  return { exact: null, required: better(best, run === '' ? null : [run]) };
}

function ofAlternatives(parts: readonly RegexNode[]): Knowledge {
  const all: string[] = [];
  for (const part of parts) {
    const { required } = knowledgeOf(part);
    if (!required || all.length + required.length > ALTERNATIVES_MAX) return NOTHING;
    all.push(...required);
  }
  return { exact: null, required: [...new Set(all)] };
}

/** The one that is found more seldom: longer texts first, fewer of them next. */
function better(one: Required | null, other: Required | null): Required | null {
  if (!one || !other) return one ?? other;
  const score = (texts: Required) =>
    Math.min(...texts.map((text) => text.length)) * 100 - texts.length;
  return score(other) > score(one) ? other : one;
}
