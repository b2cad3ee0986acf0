import { compileRules, type CompiledRule, type RuleSet, type YaraSource } from './compile.ts';
import { beginningsOf, beginsWithAny } from './beginnings.ts';
import type { CompiledYara, YaraEngine } from './engine.ts';
import {
  createLiteralFilter,
  parseSource,
  requiredLiteralsOf,
  type LiteralFilter,
  type RequiredLiterals,
} from '@wardgrid/detection/signatures';
import { conditionOf, sizeBoundOf, wordsOf } from './size-bound.ts';

/** All rules, and those of them that can match certain files: the others need not be tried on these. */
export interface TieredRules extends RuleSet {
  /** For large files. Null when nearly all rules can match them. */
  readonly large: CompiledYara | null;
  /** For files that begin with none of `beginnings`. Null when nearly all rules can match them. */
  readonly plain: CompiledYara | null;
  /** What rules ask a file to begin with. */
  readonly beginnings: readonly Buffer[];
  /** What the rules need of a file; null when there are too many beginnings to tell files apart. */
  readonly literals: TierLiterals | null;
  /** What tells a file that no rule can match, before any is tried. */
  readonly filters: RuleFilters;
}

/** Filters for all rules, and for those that do not ask how a file begins; null where one needs no text. */
interface RuleFilters {
  readonly all: LiteralFilter | null;
  readonly plain: LiteralFilter | null;
}

/** No rules. */
export const NO_TIERS: TieredRules = {
  compiled: null,
  large: null,
  plain: null,
  beginnings: [],
  literals: { all: [], plain: [] },
  filters: { all: null, plain: null },
  rules: new Map(),
  issues: [],
};

/** Files from this size on are large: half of the product's rules are about smaller ones. */
export const LARGE_BYTES_MIN = 1_048_576;
/** Another set is worth its memory when it leaves out at least this share. */
const SHARE_LEFT_OUT_MIN = 0.2;
/** Beginnings that are compared with each file; most rules of the world share a dozen. */
const BEGINNINGS_MAX = 64;

/** Compiles all sources, and once more what is left of them for large and for plain files. */
export function compileTiers(engine: YaraEngine, sources: readonly YaraSource[]): TieredRules {
  const all = compileRules(engine, sources);
  const beginnings = distinct(
    [...all.rules.values()].flatMap(({ text }) => beginningsOf(text) ?? []),
  );
  const imports = new Set(sources.flatMap(({ text }) => parseSource(text).imports));
  const heads = [...imports].map((name) => `import "${name}"`);
  const compile = (isWanted: (rule: CompiledRule) => boolean): CompiledYara | null => {
    const kept = withNamed(all.rules, isWanted);
    const isWorth = kept.length <= all.rules.size * (1 - SHARE_LEFT_OUT_MIN);
    if (all.compiled === null || !isWorth) return null;
    const text = [...heads, ...kept.map((rule) => rule.text)].join('\n');
    const result = engine.compile({ text, rules: kept });
    return result.kind === 'compiled' ? result.rules : null;
  };
  const isFew = beginnings.length <= BEGINNINGS_MAX;
  const literals = isFew ? literalsOf(all) : null;
  return {
    ...all,
    large: compile(({ text }) => sizeBoundOf(text) > LARGE_BYTES_MIN),
    plain: isFew ? compile(({ text }) => beginningsOf(text) === null) : null,
    beginnings,
    literals,
    filters: literals ? filtersOf(literals) : NO_TIERS.filters,
  };
}

/** What rules that are told of need of a file, those apart that do not ask how it begins. */
interface TierLiterals {
  readonly all: readonly RequiredLiterals[];
  readonly plain: readonly RequiredLiterals[];
}

/** Private rules are told of by others alone, which need what they need themselves. */
function literalsOf({ rules }: RuleSet): TierLiterals {
  const needed = [...rules.values()]
    .filter(({ isPrivate }) => !isPrivate)
    .map(({ text }) => ({
      literals: requiredLiteralsOf(text, conditionOf(text)),
      isPlain: beginningsOf(text) === null,
    }));
  const plain = needed.filter(({ isPlain }) => isPlain);
  return {
    all: needed.map(({ literals }) => literals),
    plain: plain.map(({ literals }) => literals),
  };
}

function filtersOf({ all, plain }: TierLiterals): RuleFilters {
  return { all: createLiteralFilter(all), plain: createLiteralFilter(plain) };
}

/** A set that holds every rule that can match the bytes; null when none can. */
export function setFor(rules: TieredRules, bytes: Uint8Array): CompiledYara | null {
  const { compiled, large, plain, beginnings, filters } = rules;
  if (bytes.length >= LARGE_BYTES_MIN) return large ?? compiled;
  const isPlain = !beginsWithAny(bytes, beginnings);
  const filter = isPlain ? filters.plain : filters.all;
  if (filter?.mayMatch(bytes) === false) return null;
  return isPlain && plain ? plain : compiled;
}

function distinct(beginnings: readonly Buffer[]): readonly Buffer[] {
  return [...new Map(beginnings.map((bytes) => [bytes.toString('hex'), bytes])).values()];
}

/** The wanted rules, with the rules they name, in their order. */
function withNamed(
  rules: ReadonlyMap<string, CompiledRule>,
  isWanted: (rule: CompiledRule) => boolean,
): readonly CompiledRule[] {
  const kept = new Set<string>();
  const keep = (rule: CompiledRule): void => {
    if (kept.has(rule.name)) return;
    kept.add(rule.name);
    for (const word of wordsOf(rule.text)) {
      const named = rules.get(word);
      if (named) keep(named);
    }
  };
  for (const rule of rules.values()) if (isWanted(rule)) keep(rule);
  return [...rules.values()].filter(({ name }) => kept.has(name));
}
