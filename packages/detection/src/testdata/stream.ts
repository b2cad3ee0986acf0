import { eventsOf, TEST_EPOCH_MS } from '../check/test-events.ts';
import { createEngine, type Engine, type EngineOptions } from '../engine.ts';
import type { EngineFinding } from '../finding-log.ts';
import { buildPack, loadPack } from '../pack.ts';
import type { RuleIssue } from '../sigma/issues.ts';
import { parseRules } from '../sigma/read-rules.ts';

/** Rules of a text, and what is wrong with them. */
export function readText(text: string) {
  return parseRules([{ path: 'rules.yml', text }]);
}

/** The codes of all errors. */
export function errorsOf(issues: readonly RuleIssue[]): readonly string[] {
  return issues.filter(({ kind }) => kind === 'error').map(({ code }) => code);
}

/** An engine of rules, through a pack as it travels. Ids of findings count up. */
export function engineOf(text: string, options: Partial<EngineOptions> = {}): Engine {
  const { rules, issues } = readText(text);
  const errors = issues.filter(({ kind }) => kind === 'error');
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  let ids = 0;
  return createEngine({
    packs: [loadPack(buildPack(rules).text)],
    platform: 'linux',
    switches: [],
    exceptions: [],
    now: TEST_EPOCH_MS,
    newId: () => `00000000-0000-7000-8000-${String((ids += 1)).padStart(12, '0')}`,
    ...options,
  });
}

/** Feeds events as written in test files; gives all findings. */
export function feed(engine: Engine, items: readonly object[]): readonly EngineFinding[] {
  const names = { isAudit: false, classes: [] };
  const events = eventsOf(items, { class: 'process', action: 'exec', names });
  return events.flatMap((event) => engine.accept(event));
}

/** The ids of rules that found something, in order. */
export function rulesOf(findings: readonly EngineFinding[]): readonly string[] {
  return findings.map(({ rule }) => rule);
}
