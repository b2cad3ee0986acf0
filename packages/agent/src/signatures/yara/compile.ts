import type {
  CompiledYara,
  CompilerError,
  RuleSource,
  RulesSource,
  YaraEngine,
  YaraIssue,
} from './engine.ts';
import { parseSource, type RuleText } from '@wardgrid/detection/signatures';

/** YARA source with a name for people: a file, or the pack it came in. */
export interface YaraSource {
  readonly name: string;
  readonly text: string;
}

/** Rules that scan, what they say of themselves, and what had to be left out. */
export interface RuleSet {
  readonly compiled: CompiledYara | null;
  readonly rules: ReadonlyMap<string, CompiledRule>;
  readonly issues: readonly YaraIssue[];
}

/** A rule of a set. */
export interface CompiledRule extends RuleSource {
  readonly isPositional: boolean;
}

/** Most source of all packs together: as much as one part of a content pack may hold. */
export const YARA_BYTES_MAX = 64 * 1_024 * 1_024;
/** Most compiler runs for one set: each leaves out every rule that the one before complained of. */
const ROUNDS_MAX = 40;

/** A rule, its text, and where it came from. */
interface PlacedRule {
  readonly rule: RuleText;
  readonly source: YaraSource;
}

/**
 * Compiles all sources as one set. What is wrong with a rule leaves out that rule, and those that need
 * it; a source never stops the others. An earlier source keeps a name that a later one repeats.
 */
export function compileRules(engine: YaraEngine, sources: readonly YaraSource[]): RuleSet {
  const issues: YaraIssue[] = [];
  const imports = new Set<string>();
  let rules: readonly PlacedRule[] = admit(sources, imports, issues);
  for (let round = 0; round < ROUNDS_MAX && rules.length > 0; round += 1) {
    const joined = join(imports, rules);
    const result = engine.compile(joined);
    if (result.kind === 'compiled') {
      const byName = new Map(joined.rules.map((rule) => [rule.name, rule]));
      return { compiled: result.rules, rules: byName, issues };
    }
    const blamed = blame(joined, result.errors);
    issues.push(...blamed.values());
    rules = blamed.size > 0 ? rules.filter((rule) => !blamed.has(rule)) : [];
  }
  return { compiled: null, rules: new Map(), issues };
}

/** The rules that may be compiled at all. */
function admit(
  sources: readonly YaraSource[],
  imports: Set<string>,
  issues: YaraIssue[],
): readonly PlacedRule[] {
  const admitted = new Map<string, PlacedRule>();
  let sizeBytes = 0;
  for (const source of sources) {
    sizeBytes += Buffer.byteLength(source.text);
    if (sizeBytes > YARA_BYTES_MAX) {
      issues.push(issueAt(source, null, { ...TOO_LARGE, offset: 0 }));
      break;
    }
    // A C compiler would stop reading at the NUL, and the rest would be left out in silence.
    const readable = { ...source, text: source.text.replaceAll('\0', ' ') };
    const parsed = parseSource(readable.text);
    for (const name of parsed.imports) imports.add(name);
    for (const offset of parsed.includes)
      issues.push(issueAt(source, null, { ...INCLUDE, offset }));
    for (const rule of parsed.rules) {
      const refusal = refusalOf(rule, admitted);
      if (refusal) issues.push(issueAt(source, rule, { ...refusal, offset: rule.start }));
      else admitted.set(rule.name, { rule, source: readable });
    }
  }
  return [...admitted.values()];
}

type Refusal = Pick<YaraIssue, 'code' | 'message' | 'help'>;

const TOO_LARGE: Refusal = {
  code: 'yara-too-large',
  message: 'all sources together are larger than 64 MiB',
  help: 'Leave out rules for other systems, or split the pack by platform.',
};
const INCLUDE: Refusal = {
  code: 'yara-include',
  message: '`include` would read files of the device',
  help: 'Put the included rules into the pack.',
};
const GLOBAL: Refusal = {
  code: 'yara-global',
  message: 'a global rule can silence every other rule',
  help: 'Write its condition into the rules it was meant for, as a private rule they name.',
};
const DUPLICATE: Refusal = {
  code: 'yara-duplicate',
  message: 'another rule has this name already',
  help: 'Rename one of them; the first one is used.',
};
const SYNTAX_HELP = 'Mend the rule; it is left out until then, the others run.';

function refusalOf(rule: RuleText, admitted: ReadonlyMap<string, PlacedRule>): Refusal | undefined {
  if (rule.isGlobal) return GLOBAL;
  return admitted.has(rule.name) ? DUPLICATE : undefined;
}

interface Joined extends RulesSource {
  readonly text: string;
  readonly rules: readonly CompiledRule[];
  /** Each rule with the line of the joined text it starts on, ascending. */
  readonly starts: readonly { readonly line: number; readonly placed: PlacedRule }[];
}

function join(imports: ReadonlySet<string>, rules: readonly PlacedRule[]): Joined {
  const heads = [...imports].map((name) => `import "${name}"`);
  let line = heads.length + 1;
  const starts: { line: number; placed: PlacedRule }[] = [];
  const compiled = rules.map((placed): CompiledRule => {
    const { rule, source } = placed;
    const text = source.text.slice(rule.start, rule.end);
    starts.push({ line, placed });
    line += text.split('\n').length;
    return { name: rule.name, text, isPrivate: rule.isPrivate, isPositional: rule.isPositional };
  });
  const text = `${[...heads, ...compiled.map((rule) => rule.text)].join('\n')}\n`;
  return { text, rules: compiled, starts };
}

/** One issue for each rule that a compiler complained of. */
function blame(joined: Joined, errors: readonly CompilerError[]): Map<PlacedRule, YaraIssue> {
  const blamed = new Map<PlacedRule, YaraIssue>();
  for (const { line, message } of errors) {
    const start = joined.starts.findLast((one) => one.line <= line) ?? joined.starts[0];
    if (!start || blamed.has(start.placed)) continue;
    const { rule, source } = start.placed;
    const issue = issueAt(source, rule, {
      code: 'yara-syntax',
      message: message.slice(0, 500),
      help: SYNTAX_HELP,
      offset: rule.start,
    });
    blamed.set(start.placed, { ...issue, line: issue.line + Math.max(0, line - start.line) });
  }
  return blamed;
}

function issueAt(
  source: YaraSource,
  rule: RuleText | null,
  { offset, ...refusal }: Refusal & { readonly offset: number },
): YaraIssue {
  const line = source.text.slice(0, offset).split('\n').length;
  return { ...refusal, source: source.name, rule: rule?.name ?? null, line };
}
