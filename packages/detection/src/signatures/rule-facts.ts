import { boundedText, visibleText } from '@wardgrid/base';
import { Severity, Technique } from '@wardgrid/wire';
import { metaOf, type MetaValue } from './rule-sections.ts';

/** What a rule says of itself, as a hit tells it. */
export interface RuleFacts {
  readonly engine: 'yara';
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  readonly confidence: number;
  readonly techniques: readonly string[];
  readonly author: string | null;
}

/** What a rule says it looks for; empty when that is its title already, or it does not say. */
export function descriptionOf(ruleText: string): string {
  const meta = metaOf(ruleText);
  const [title, description] = [meta.get('title'), meta.get('description')];
  const isOwn = typeof title === 'string' && typeof description === 'string';
  return isOwn ? clean(description, DESCRIPTION_LENGTH_MAX) : '';
}

/** A rule that says nothing of its confidence only reports: the default policy acts from 80 on. */
const CONFIDENCE_DEFAULT = 70;
const CONFIDENCE_WORDS: Readonly<Record<string, number>> = { low: 40, medium: 70, high: 90 };
/** What a finding on the wire takes. */
const TITLE_LENGTH_MAX = 300;
const DESCRIPTION_LENGTH_MAX = 2_000;
const AUTHOR_LENGTH_MAX = 300;
const TECHNIQUES_MAX = 16;

/** The facts of a rule from its metadata, whichever of the usual names it uses. */
export function factsOf(name: string, ruleText: string): RuleFacts {
  const meta = metaOf(ruleText);
  const text = (...names: readonly string[]): string | undefined =>
    names.map((name) => meta.get(name)).find((value) => typeof value === 'string');
  return {
    engine: 'yara',
    rule: boundedText(name, 200),
    title: clean(text('title', 'description') ?? name, TITLE_LENGTH_MAX),
    severity: severityOf(text('severity', 'level')),
    confidence: confidenceOf(meta.get('confidence') ?? meta.get('score')),
    techniques: techniquesOf(text('attack', 'technique', 'techniques', 'mitre', 'mitre_attack')),
    author: cleanOrNull(text('author'), AUTHOR_LENGTH_MAX),
  };
}

function severityOf(text: string | undefined): Severity {
  const read = Severity.safeParse(text?.toLowerCase());
  return read.success ? read.data : 'high';
}

function confidenceOf(value: MetaValue | undefined): number {
  const number =
    typeof value === 'string' ? (CONFIDENCE_WORDS[value.toLowerCase()] ?? Number(value)) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return CONFIDENCE_DEFAULT;
  return Math.round(Math.min(100, Math.max(0, number)));
}

function techniquesOf(text: string | undefined): readonly string[] {
  const found = (text ?? '').toUpperCase().match(/T\d{4}(?:\.\d{3})?/g) ?? [];
  return [...new Set(found)]
    .filter((name) => Technique.safeParse(name).success)
    .slice(0, TECHNIQUES_MAX);
}

function clean(text: string, lengthMax: number): string {
  return boundedText(visibleText(text), lengthMax);
}

function cleanOrNull(text: string | undefined, lengthMax: number): string | null {
  return text === undefined ? null : clean(text, lengthMax);
}
