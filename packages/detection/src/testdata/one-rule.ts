import type { DeviceEvent } from '@wardgrid/wire';
import { eventsOf } from '../check/test-events.ts';
import { evaluatorOf } from '../evaluate.ts';
import { createMatcher } from '../match/matcher.ts';
import { isEventRule, type EventRule } from '../rule.ts';
import type { RuleIssue } from '../sigma/issues.ts';
import { parseRules } from '../sigma/read-rules.ts';
import { No, Unknown, Yes, type Truth } from '../truth.ts';

/** What a detection says of an event, in a word. */
export type Answer = 'yes' | 'no' | 'unknown' | `refused: ${string}`;

const HEAD = `title: Case
id: case
level: low
`;
const PROCESS_CREATION = 'logsource: { product: linux, category: process_creation }';

/** The rule of a detection, or the codes it is refused with. */
export function ruleOf(
  detection: string,
  logsource: string = PROCESS_CREATION,
): { readonly rule: EventRule | undefined; readonly issues: readonly RuleIssue[] } {
  const body = detection
    .trim()
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');
  const values = { path: 'values.yml', text: 'admins: [root, toor]\nempty: []\n' };
  const text = `${HEAD}${logsource}\ndetection:\n${body}\n`;
  const { rules, issues } = parseRules([{ path: 'case.yml', text }, values]);
  const [rule] = rules;
  return { rule: rule && isEventRule(rule) ? rule : undefined, issues };
}

/** What a rule says of an event: asked plainly and through the index, which must agree. */
export function answerOf(rule: EventRule, event: DeviceEvent): Answer {
  const { when } = rule.body;
  const plain = evaluatorOf(when)(event);
  const matcher = createMatcher([{ actions: [event.action], when }]);
  const { matched } = matcher.match(event);
  if ((plain === Yes) !== (matched.length === 1)) throw new Error('the index disagrees');
  return WORDS[plain];
}

const WORDS: Readonly<Record<Truth, Answer>> = { [No]: 'no', [Yes]: 'yes', [Unknown]: 'unknown' };

/** What a detection says of an event given as in a test file. */
export function ask(
  detection: string,
  fields: Readonly<Record<string, unknown>>,
  logsource: string = PROCESS_CREATION,
): Answer {
  const { rule, issues } = ruleOf(detection, logsource);
  const errors = issues.filter(({ kind }) => kind === 'error').map(({ code }) => code);
  if (!rule) return `refused: ${errors.join(' ')}`;
  const [first] = rule.body.source.events;
  const [event] = eventsOf([fields], {
    class: first?.class ?? 'process',
    action: first?.actions[0] ?? 'exec',
    names: { isAudit: logsource.includes('auditd'), classes: first ? [first.class] : [] },
  });
  if (!event) throw new Error('no event');
  return answerOf(rule, event);
}
