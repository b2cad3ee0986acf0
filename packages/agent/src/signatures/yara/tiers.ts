import { compileRules, type CompiledRule, type RuleSet, type YaraSource } from './compile.ts';
import type { CompiledYara, YaraEngine } from './engine.ts';
import { parseSource } from '@wardgrid/detection/signatures';
import { sizeBoundOf, wordsOf } from './size-bound.ts';

/** Rules in two tiers: all of them, and those that can match large files. */
export interface TieredRules extends RuleSet {
  /** Null when nearly all rules can match large files: one set then serves both. */
  readonly large: CompiledYara | null;
}

/** Files from this size on are large: half of the product's rules are about smaller ones. */
export const LARGE_BYTES_MIN = 1_048_576;
/** A second set is worth its memory when it leaves out at least this share. */
const SHARE_LEFT_OUT_MIN = 0.2;

/** Compiles all sources, and once more what is left of them for large files. */
export function compileTiers(engine: YaraEngine, sources: readonly YaraSource[]): TieredRules {
  const all = compileRules(engine, sources);
  const kept = rulesForLarge(all.rules);
  const isWorth = kept.length <= all.rules.size * (1 - SHARE_LEFT_OUT_MIN);
  if (all.compiled === null || !isWorth) return { ...all, large: null };
  const imports = new Set(sources.flatMap(({ text }) => parseSource(text).imports));
  const heads = [...imports].map((name) => `import "${name}"`);
  const text = [...heads, ...kept.map((rule) => rule.text)].join('\n');
  const result = engine.compile({ text, rules: kept });
  return { ...all, large: result.kind === 'compiled' ? result.rules : null };
}

/** Rules that can match large files, with the rules they name, in their order. */
function rulesForLarge(rules: ReadonlyMap<string, CompiledRule>): readonly CompiledRule[] {
  const kept = new Set<string>();
  const keep = (rule: CompiledRule): void => {
    if (kept.has(rule.name)) return;
    kept.add(rule.name);
    for (const word of wordsOf(rule.text)) {
      const named = rules.get(word);
      if (named) keep(named);
    }
  };
  for (const rule of rules.values()) if (sizeBoundOf(rule.text) > LARGE_BYTES_MIN) keep(rule);
  return [...rules.values()].filter(({ name }) => kept.has(name));
}
