import { canonicalJson } from '@wardgrid/base';
import type { Conflict } from '@wardgrid/wire';
import { t, wordOr } from '../../messages/index.ts';

/** What kind of thing it is, in words. */
export function nounWords(noun: string): string {
  return wordOr(`thing.${noun}`, noun);
}

/** Why a change did not come to stand, in words. */
export function reasonWords(reason: string): string {
  return wordOr(`conflictReason.${reason}`, reason);
}

/** The name of a column, in words where there are some: `is_named` is `is named` otherwise. */
export function fieldWords(name: string): string {
  const camel = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return wordOr(`field.${camel}`, wordOr(`policy.${camel}`, name.replaceAll('_', ' ')));
}

type Value = Conflict['fields'][number]['lost'];

/** A value as a person reads it; documents line by line, so that two can be laid side by side. */
export function valueText(value: Value): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? t('accounts.on') : t('accounts.off');
  return typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
}

/** One line of two texts laid side by side. */
export interface Line {
  readonly text: string;
  /** Only this side has it. */
  readonly isOwn: boolean;
}

/** The lines of a value, those marked that the other value lacks. */
export function linesOf(value: Value, other: Value): readonly Line[] {
  const there = new Set(valueText(other).split('\n'));
  return valueText(value)
    .split('\n')
    .map((text) => ({ text, isOwn: !there.has(text) }));
}

/** Whether two values say the same. */
export function isEqual(left: Value, right: Value): boolean {
  return canonicalJson(left) === canonicalJson(right);
}
