import { isEventRule, type EventRule, type Rule } from '../rule.ts';
import { readDetection, type Detection } from './detection-document.ts';
import type { PlaceholdersOf } from './placeholders.ts';
import type { RuleDocument } from './rule-document.ts';
import { allOf } from './value-tests.ts';

/** Applies filter documents: what fits one is left out of the rules it names. */
export function applyFilters(
  rules: readonly Rule[],
  filters: readonly RuleDocument[],
  placeholdersOf: PlaceholdersOf,
): readonly Rule[] {
  return filters.reduce<readonly Rule[]>((left, filter) => {
    const names = namesOf(filter);
    const detection = readDetection(
      { report: filter.report, placeholders: placeholdersOf(filter.file) },
      {
        logsource: filter.value['logsource'],
        logsourcePath: ['logsource'],
        detection: filter.value['filter'],
        detectionPath: ['filter'],
      },
    );
    if (!names || !detection || filter.isRefused()) return left;
    reportUnknown(filter, names, left);
    return left.map((rule) =>
      isEventRule(rule) && isNamed(rule, names, detection) ? without(rule, detection) : rule,
    );
  }, rules);
}

function namesOf(filter: RuleDocument): readonly string[] | undefined {
  const value = filter.value['filter'];
  const rules: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'rules') : null;
  const list: readonly unknown[] = Array.isArray(rules) ? rules : [rules];
  if (list.every((one): one is string => typeof one === 'string') && list.length > 0) return list;
  filter.report('key-missing', ['filter', 'rules'], "there is no list 'rules'");
  return undefined;
}

const ANY = 'any';

function isCalled(rule: Rule, name: string): boolean {
  return rule.id === name.toLowerCase() || rule.name === name;
}

function reportUnknown(
  filter: RuleDocument,
  names: readonly string[],
  rules: readonly Rule[],
): void {
  for (const [index, name] of names.entries()) {
    if (name === ANY || rules.some((rule) => isCalled(rule, name))) continue;
    filter.report('reference-unknown', ['filter', 'rules', index], `there is no rule '${name}'`);
  }
}

/** A filter counts for rules it names, of its product, about some of its events. */
function isNamed(rule: EventRule, names: readonly string[], detection: Detection): boolean {
  const { source } = rule.body;
  const own = detection.resolved.source;
  const isOfProduct =
    own.product === null || source.product === null || own.product === source.product;
  const isAboutSame = source.events.some((event) =>
    own.events.some((other) => other.class === event.class),
  );
  return isOfProduct && isAboutSame && names.some((name) => name === ANY || isCalled(rule, name));
}

function without(rule: EventRule, detection: Detection): Rule {
  const { when: before } = rule.body;
  // Beside what is there and not around it: many filters must not nest.
  const parts = before.kind === 'and' ? before.of : [before];
  const when = allOf([...parts, { kind: 'not', of: detection.body.when }]);
  return { ...rule, body: { ...rule.body, when } };
}
