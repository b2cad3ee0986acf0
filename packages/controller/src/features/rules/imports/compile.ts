import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Compiler, initSync } from '@virustotal/yara-x';
import { boundedText, visibleText } from '@wardgrid/base';
import { buildPack, type Rule } from '@wardgrid/detection';
import { parseRules } from '@wardgrid/detection/read';
import {
  buildHashes,
  descriptionOf,
  factsOf,
  importHashes,
  parseSource,
} from '@wardgrid/detection/signatures';
import type { ContentPart, FindingEngine, RuleSetFormat, Severity } from '@wardgrid/wire';

/** A text that somebody brought. */
export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** A rule as people are shown it. */
export interface ShownRule {
  readonly ruleId: string;
  readonly title: string;
  /** What it looks for; empty when it does not say. */
  readonly description: string;
  /** What to do about what it finds; empty when it does not say. */
  readonly remedy: string;
  readonly engine: FindingEngine;
  readonly severity: Severity;
  readonly confidence: number;
  readonly techniques: readonly string[];
  readonly status: Rule['status'];
  readonly author: string | null;
}

/** What is wrong in a text, and where. */
export interface SourceIssue {
  readonly code: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly help: string;
}

/** A part of the content as devices fetch it. */
export interface BuiltPart {
  readonly kind: ContentPart['kind'];
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export type Compiled =
  | {
      readonly kind: 'compiled';
      readonly part: BuiltPart;
      /** How many rules or digests are in it. */
      readonly count: number;
      readonly rules: readonly ShownRule[];
    }
  | { readonly kind: 'refused'; readonly issues: readonly SourceIssue[] };

/** Most issues told: enough to mend a collection, few enough to read. */
const ISSUES_MAX = 500;
/** Tests stand beside rules and are none. */
const TEST_FILE = /\.test\.ya?ml$/;

/** Compiles what somebody brought; one broken rule refuses all of it, with every fault. */
export function compileSources(format: RuleSetFormat, files: readonly SourceFile[]): Compiled {
  switch (format) {
    case 'sigma':
      return compileSigma(files.filter(({ name }) => !TEST_FILE.test(name)));
    case 'yara':
      return compileYara(files);
    case 'hashes':
      return compileHashes(files);
  }
}

function compileSigma(files: readonly SourceFile[]): Compiled {
  const read = parseRules(files.map(({ name, text }) => ({ path: name, text })));
  const errors = read.issues.filter(({ kind }) => kind === 'error');
  if (errors.length > 0) return refused(errors);
  if (read.rules.length === 0) return refused([nothingIn(files)]);
  const { text } = buildPack(read.rules);
  return {
    kind: 'compiled',
    part: partOf('rules', Buffer.from(text)),
    count: read.rules.length,
    rules: read.rules
      .filter(({ isGenerating }) => isGenerating)
      .map((rule) => shownOf(rule, read.descriptionOf.get(rule.id) ?? '')),
  };
}

function shownOf(rule: Rule, description: string): ShownRule {
  return {
    ruleId: rule.id,
    title: boundedText(visibleText(rule.title), 300),
    description: boundedText(visibleText(description), 2_000),
    remedy: boundedText(visibleText(rule.remedy), 1_000),
    engine: rule.engine,
    severity: rule.severity,
    confidence: rule.confidence,
    techniques: rule.techniques,
    status: rule.status,
    author: rule.author === null ? null : boundedText(visibleText(rule.author), 300),
  };
}

function compileYara(files: readonly SourceFile[]): Compiled {
  const issues = files.flatMap((file) => refusalsIn(file));
  if (issues.length === 0) issues.push(...yaraErrors(files));
  if (issues.length > 0) return refused(issues);
  const rules = files.flatMap(({ text }) =>
    parseSource(text)
      .rules.filter(({ isPrivate }) => !isPrivate)
      .map((rule) => shownYara(rule.name, text.slice(rule.start, rule.end))),
  );
  if (rules.length === 0) return refused([nothingIn(files)]);
  // A line of its own ends each file, whatever it ended with.
  const text = files.map((file) => file.text.replaceAll('\0', ' ')).join('\n');
  return {
    kind: 'compiled',
    part: partOf('yara', Buffer.from(text)),
    count: rules.length,
    rules,
  };
}

function shownYara(name: string, text: string): ShownRule {
  const { rule, ...facts } = factsOf(name, text);
  return { ...facts, ruleId: rule, description: descriptionOf(text), remedy: '', status: 'stable' };
}

/** What would be left out on every device, or would read its files. */
function refusalsIn(file: SourceFile): SourceIssue[] {
  const { includes, rules } = parseSource(file.text);
  const globals = rules.filter(({ isGlobal }) => isGlobal);
  return [
    ...includes.map((offset) =>
      issueAt(file, offset, {
        code: 'yara-include',
        message: '`include` would read files of the device',
        help: 'Put the included rules into the set.',
      }),
    ),
    ...globals.map(({ start }) =>
      issueAt(file, start, {
        code: 'yara-global',
        message: 'a global rule can silence every other rule',
        help: 'Write its condition into the rules it was meant for.',
      }),
    ),
  ];
}

function issueAt(
  file: SourceFile,
  offset: number,
  issue: Pick<SourceIssue, 'code' | 'message' | 'help'>,
): SourceIssue {
  const before = file.text.slice(0, offset).split('\n');
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { ...issue, file: file.name, line: before.length, column };
}

let isYaraReady = false;

/** What the official compiler complains of, in all files as one namespace, as devices read them. */
function yaraErrors(files: readonly SourceFile[]): SourceIssue[] {
  if (!isYaraReady) {
    const script = createRequire(import.meta.url).resolve('@virustotal/yara-x');
    initSync({ module: readFileSync(script.replace(/\.js$/, '_bg.wasm')) });
    isYaraReady = true;
  }
  const compiler = new Compiler();
  const issues: SourceIssue[] = [];
  let told = 0;
  for (const file of files) {
    try {
      compiler.addSource(file.text);
    } catch (error) {
      const reports = compiler.errors.slice(told).map(String);
      told = compiler.errors.length;
      for (const report of reports.length > 0 ? reports : [String(error)]) {
        issues.push(yaraIssue(file, report));
      }
    }
  }
  return issues;
}

/** `error[E009]: unknown identifier …` over ` --> line:3:2` and a drawing. */
function yaraIssue(file: SourceFile, report: string): SourceIssue {
  const [, line = '1', column = '1'] = /--> line:(\d+):(\d+)/.exec(report) ?? [];
  const [first = report] = report.split('\n');
  return {
    code: 'yara-syntax',
    file: file.name,
    line: Number(line),
    column: Number(column),
    message: first.replace(/^error\[\w+\]: /, ''),
    help: 'Mend the rule, or leave it out of the set.',
  };
}

function compileHashes(files: readonly SourceFile[]): Compiled {
  const read = files.map((file) => ({ file, ...importHashes(file) }));
  const issues = read.flatMap(({ file, issues: found }) =>
    found.map(({ code, line, message, help }) => ({
      code,
      file: file.name,
      line,
      column: 1,
      message,
      help,
    })),
  );
  if (issues.length > 0) return refused(issues);
  const entries = read.flatMap((one) => one.entries);
  if (entries.length === 0) return refused([nothingIn(files)]);
  return {
    kind: 'compiled',
    part: partOf('hashes', buildHashes(entries)),
    count: entries.length,
    rules: [],
  };
}

function partOf(kind: ContentPart['kind'], bytes: Uint8Array): BuiltPart {
  return { kind, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
}

function nothingIn(files: readonly SourceFile[]): SourceIssue {
  return {
    code: 'rules-none',
    file: files[0]?.name ?? '',
    line: 1,
    column: 1,
    message: 'there is no rule in it',
    help: 'Look whether the format is the right one.',
  };
}

/** Names and messages quote what others wrote: shown, never obeyed. */
function refused(issues: readonly SourceIssue[]): Compiled {
  return {
    kind: 'refused',
    issues: issues.slice(0, ISSUES_MAX).map((issue) => ({
      code: issue.code,
      line: issue.line,
      column: issue.column,
      file: boundedText(visibleText(issue.file), 300),
      message: boundedText(visibleText(issue.message), 300),
      help: boundedText(issue.help, 300),
    })),
  };
}
