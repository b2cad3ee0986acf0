import { boundedText } from '@wardgrid/base';
import type { Severity } from '@wardgrid/wire';
import type { Rule } from '../rule.ts';
import { techniqueOf } from './techniques.ts';
import type { RuleDocument } from './rule-document.ts';

const SEVERITIES: Readonly<Record<string, Severity>> = {
  informational: 'info',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
};
const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const;
const CONFIDENCES: Readonly<Record<string, number>> = { stable: 90, test: 75, experimental: 50 };
const TITLE_LENGTH_MAX = 256;
const TECHNIQUES_MAX = 16;
/** Descriptions of others are long at times; people read the first lines. */
const DESCRIPTION_LENGTH_MAX = 2_000;

/** What every document says about itself. */
export interface Metadata extends Omit<Rule, 'body' | 'engine' | 'subject' | 'unmapped'> {
  /** The subject as written; its name is resolved with the log source. */
  readonly subjectField: string | null;
  /** Read and checked, but it does not run. */
  readonly isRetired: boolean;
}

/** The texts, numbers and switches of a document's own keys, each told when it does not fit. */
export function metadataOf(document: RuleDocument): Metadata {
  const title = textOf(document, 'title', TITLE_LENGTH_MAX);
  if (title === null) document.report('key-missing', [], "there is no 'title'");
  const id = textOf(document, 'id', 200);
  const status = statusOf(document);
  const isRetired = status === 'deprecated' || status === 'unsupported';
  const confidence = numberOf(document, 'confidence', 100);
  return {
    // Rules of others may have no id: their place tells them apart.
    id: id?.toLowerCase() ?? `${document.file}#${title ?? ''}`.slice(-200),
    name: textOf(document, 'name', 200),
    title: boundedText(title ?? '', TITLE_LENGTH_MAX),
    status: isRetired ? 'experimental' : status,
    severity: severityOf(document),
    confidence: confidence ?? CONFIDENCES[status] ?? 50,
    techniques: techniquesOf(document),
    author: boundedOrNull(textOf(document, 'author', 2_000), 300),
    remedy: textOf(document, 'remedy', 1_000) ?? '',
    subjectField: textOf(document, 'subject', 200),
    isReportOnly: switchOf(document, 'report', false),
    isGenerating: switchOf(document, 'generate', true),
    isRetired,
  };
}

/** What the rule looks for, in its author's words; empty when it does not say. */
export function descriptionOf({ value }: RuleDocument): string {
  const { description } = value;
  return typeof description === 'string'
    ? boundedText(description.trim().toWellFormed(), DESCRIPTION_LENGTH_MAX)
    : '';
}

function boundedOrNull(text: string | null, lengthMax: number): string | null {
  return text === null ? null : boundedText(text, lengthMax);
}

function textOf(document: RuleDocument, key: string, lengthMax: number): string | null {
  const value = document.value[key];
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value.length <= lengthMax && value.trim() !== '') {
    return value.trim().toWellFormed();
  }
  document.report('key-invalid', [key], `'${key}' is a text of at most ${lengthMax} characters`);
  return null;
}

function numberOf(document: RuleDocument, key: string, max: number): number | null {
  const value = document.value[key];
  if (value === undefined) return null;
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= max) return Number(value);
  document.report('key-invalid', [key], `'${key}' is a whole number up to ${max}`);
  return null;
}

function switchOf(document: RuleDocument, key: string, fallback: boolean): boolean {
  const value = document.value[key];
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  document.report('key-invalid', [key], `'${key}' is true or false`);
  return fallback;
}

function statusOf(document: RuleDocument): (typeof STATUSES)[number] {
  const status = textOf(document, 'status', 40) ?? 'test';
  const known = STATUSES.find((one) => one === status);
  if (known) return known;
  document.report('key-invalid', ['status'], `'${status}' is not one of ${STATUSES.join(', ')}`);
  return 'experimental';
}

function severityOf(document: RuleDocument): Severity {
  const level = textOf(document, 'level', 40) ?? 'medium';
  const severity = SEVERITIES[level];
  if (severity && Object.hasOwn(SEVERITIES, level)) return severity;
  const levels = Object.keys(SEVERITIES).join(', ');
  document.report('key-invalid', ['level'], `'${level}' is not one of ${levels}`);
  return 'medium';
}

function techniquesOf(document: RuleDocument): string[] {
  const tags = document.value['tags'];
  if (tags === undefined || tags === null) return [];
  if (!Array.isArray(tags)) {
    document.report('key-invalid', ['tags'], "'tags' is a list");
    return [];
  }
  const techniques = new Set<string>();
  for (const [index, tag] of tags.entries()) {
    const technique = typeof tag === 'string' ? techniqueOf(tag) : undefined;
    if (technique === undefined) {
      document.report('technique-invalid', ['tags', index], `'${tag}' names no technique`);
    } else if (technique !== null) techniques.add(technique);
  }
  return [...techniques].slice(0, TECHNIQUES_MAX);
}
