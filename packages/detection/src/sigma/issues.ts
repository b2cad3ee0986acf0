/** Every way in which a rule file can be wrong: whether the rule still runs, and what to do. */
export const RULE_ISSUES = {
  'file-too-large': ['error', 'Split the file; rule files hold a few kilobytes.'],
  'file-not-text': ['error', 'Save the file as UTF-8 text.'],
  'yaml-invalid': [
    'error',
    'Mend the YAML; texts with special characters belong in single quotes.',
  ],
  'document-unknown': [
    'error',
    'A document has one of `detection`, `correlation`, `filter`, `behaviour`.',
  ],
  'key-missing': ['error', 'Add the key.'],
  'key-invalid': ['error', 'Give the key a value of the right kind; docs/rules.md lists them.'],
  'id-duplicate': ['error', 'Give each rule an id of its own.'],
  'name-duplicate': ['error', 'Give each rule a name of its own, or leave the name out.'],
  'rule-too-large': ['error', 'Split the rule.'],
  'modifier-unknown': ['error', 'Use the modifiers of Sigma 2.1.'],
  'modifier-conflict': ['error', 'Use modifiers together that can be applied to the same value.'],
  'modifier-pointless': ['warning', 'Leave the modifier out.'],
  'value-invalid': ['error', 'Give a value of the kind that the modifier takes.'],
  'condition-invalid': [
    'error',
    'Use selections, `and`, `or`, `not`, `1 of`, `all of` and parentheses.',
  ],
  'condition-aggregation': ['error', 'Write a correlation document instead of the old pipe.'],
  'selection-unknown': ['error', 'Name a selection of this detection.'],
  'selection-unused': ['warning', 'Use the selection in the condition, or delete it.'],
  'field-unknown': [
    'warning',
    'No event of this log source has the field: what hangs on it is never evaluable.',
  ],
  'logsource-unknown': [
    'warning',
    'No sensor makes events of this log source: the rule never runs.',
  ],
  'regex-invalid': ['error', 'Mend the regular expression.'],
  'regex-unsupported': [
    'error',
    'Leave out look-around, back-references and possessive quantifiers.',
  ],
  'regex-too-large': ['error', 'Make the expression smaller: counts are unrolled.'],
  'placeholder-unknown': ['error', 'Add the values of the placeholder to values.yml.'],
  'reference-unknown': ['error', 'Name the id or name of a rule that is read in the same call.'],
  'reference-circular': ['error', 'A rule cannot wait for itself.'],
  'technique-invalid': ['warning', 'Write techniques as attack.t1059 or attack.t1059.004.'],
  'rule-costly': [
    'warning',
    'Every event of the log source asks it: give it a plain text of three characters that must be there.',
  ],
  'test-invalid': ['error', 'Mend the test file; docs/rules.md shows its form.'],
  'test-failed': ['error', 'Mend the rule, or the event.'],
  'test-missing': ['warning', 'Write an event that fires the rule and one that must not.'],
} as const satisfies Readonly<Record<string, readonly ['error' | 'warning', string]>>;

export type RuleIssueCode = keyof typeof RULE_ISSUES;

/** One thing that is wrong in a rule file, and where. */
export interface RuleIssue {
  readonly code: RuleIssueCode;
  readonly kind: 'error' | 'warning';
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly help: string;
}

/** The keys and indexes that lead to a value within a document. */
export type Path = readonly (string | number)[];

/** Tells what is wrong, by the path to it. */
export type Report = (code: RuleIssueCode, path: Path, message: string) => void;
