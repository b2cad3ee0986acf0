import type { Rule } from '../rule.ts';
import type { FieldNames } from './aliases.ts';
import { behaviourReferences, readBehaviour } from './behaviour-document.ts';
import { correlationReferences, readCorrelation } from './correlation-document.ts';
import { accessorIn, readDetection, type Detection } from './detection-document.ts';
import { applyFilters } from './filters.ts';
import type { Path, RuleIssue } from './issues.ts';
import { descriptionOf, metadataOf, type Metadata } from './metadata.ts';
import { isValuesFile, readPlaceholders, type PlaceholdersOf } from './placeholders.ts';
import type { KnownRule } from './references.ts';
import { readDocuments, type RuleDocument, type RuleFile } from './rule-document.ts';

/** Rules that were read, and everything that is wrong in the files. */
export interface ReadRules {
  readonly rules: readonly Rule[];
  readonly issues: readonly RuleIssue[];
  /** Which file a rule came from, by its id. */
  readonly fileOf: ReadonlyMap<string, string>;
  /** What a rule says it looks for, by its id; not there when it does not say. No engine needs it. */
  readonly descriptionOf: ReadonlyMap<string, string>;
  /** How the events of a rule about single events call their fields. */
  readonly namesOf: (ruleId: string) => FieldNames | undefined;
}

interface Draft {
  readonly document: RuleDocument;
  readonly metadata: Metadata;
}

/** A document about several events that waits for the rules it refers to. */
interface Waiting extends Draft {
  readonly kind: 'correlation' | 'behaviour';
  readonly references: readonly string[];
}

interface Reading {
  readonly issues: RuleIssue[];
  readonly placeholdersOf: PlaceholdersOf;
  readonly known: Map<string, KnownRule>;
  readonly ids: Map<string, string>;
  readonly descriptions: Map<string, string>;
  readonly waiting: Waiting[];
  /** Ids of rules that only feed a correlation. */
  readonly silenced: Set<string>;
  readonly loud: Set<string>;
}

const KINDS = ['detection', 'correlation', 'filter', 'behaviour'] as const;

/** Reads rule files; `values.yml` among them hold placeholders. All faults are told. */
export function parseRules(files: readonly RuleFile[]): ReadRules {
  const issues: RuleIssue[] = [];
  const valueFiles = files.filter(({ path }) => isValuesFile(path));
  const reading: Reading = {
    issues,
    placeholdersOf: readPlaceholders(valueFiles, issues),
    known: new Map(),
    ids: new Map(),
    descriptions: new Map(),
    waiting: [],
    silenced: new Set(),
    loud: new Set(),
  };
  const filters: RuleDocument[] = [];
  for (const file of files) {
    if (valueFiles.includes(file)) continue;
    for (const document of readDocuments(file, issues)) {
      if (document.value['filter'] !== undefined) filters.push(document);
      else readDocument(reading, document);
    }
  }
  readWaiting(reading);
  const rules = [...reading.known.values()].map(({ rule }) => quieted(reading, rule));
  const filtered = applyFilters(rules, filters, reading.placeholdersOf);
  return {
    rules: filtered,
    issues: sortedIssues(issues),
    fileOf: reading.ids,
    descriptionOf: reading.descriptions,
    namesOf: (ruleId) => reading.known.get(ruleId)?.names,
  };
}

function readDocument(reading: Reading, document: RuleDocument): void {
  const kinds = KINDS.filter((kind) => document.value[kind] !== undefined);
  const [kind] = kinds;
  if (kinds.length !== 1 || kind === undefined) {
    document.report(
      'document-unknown',
      [],
      `has ${kinds.length === 0 ? 'none' : 'several'} of them`,
    );
    return;
  }
  const draft = { document, metadata: metadataOf(document) };
  if (!isNew(reading, draft)) return;
  if (kind === 'detection') readEventRule(reading, draft);
  else if (kind === 'correlation') {
    const references = correlationReferences(document.value['correlation']);
    reading.waiting.push({ ...draft, kind, references });
  } else if (kind === 'behaviour') {
    const references = behaviourReferences(document.value['behaviour']);
    reading.waiting.push({ ...draft, kind, references });
  }
}

function isNew(reading: Reading, { document, metadata }: Draft): boolean {
  const other = reading.ids.get(metadata.id);
  if (other !== undefined) {
    document.report('id-duplicate', ['id'], `'${metadata.id}' is also in ${other}`);
    return false;
  }
  reading.ids.set(metadata.id, document.file);
  const description = descriptionOf(document);
  if (description !== '') reading.descriptions.set(metadata.id, description);
  return true;
}

function readEventRule(reading: Reading, draft: Draft): void {
  const { document } = draft;
  const detection = readDetection(
    { report: document.report, placeholders: reading.placeholdersOf(document.file) },
    {
      logsource: document.value['logsource'],
      logsourcePath: ['logsource'],
      detection: document.value['detection'],
      detectionPath: ['detection'],
    },
  );
  if (!detection || document.isRefused()) return;
  keep(reading, draft, {
    rule: ruleOf(draft, { body: detection.body, subject: subjectOf(draft, detection) }, detection),
    names: detection.resolved.names,
  });
}

function subjectOf({ document, metadata }: Draft, detection: Detection): string | null {
  if (metadata.subjectField === null) return null;
  const accessor = accessorIn(detection.resolved, metadata.subjectField);
  if (accessor === undefined) {
    document.report('field-unknown', ['subject'], `no event has '${metadata.subjectField}'`);
  }
  return accessor ?? null;
}

type Made = Pick<Rule, 'body' | 'subject'>;

function ruleOf({ metadata }: Draft, made: Made, detection?: Detection): Rule {
  const { subjectField: _, isRetired: __, ...own } = metadata;
  const isSigma = made.body.kind === 'event' || made.body.kind === 'correlation';
  return {
    ...own,
    ...made,
    engine: isSigma ? 'sigma' : 'behaviour',
    unmapped: [...(detection?.unmapped ?? [])],
  };
}

/** Keeps a rule under its id and name. A retired one was read and checked, and that is all. */
function keep(reading: Reading, { document, metadata }: Draft, known: KnownRule): void {
  if (metadata.isRetired) return;
  const { name } = metadata;
  if (name !== null && findIn(reading, name)) {
    document.report('name-duplicate', ['name'], `'${name}' is taken`);
    return;
  }
  reading.known.set(metadata.id, known);
}

function findIn(reading: Reading, reference: string): KnownRule | undefined {
  const byId = reading.known.get(reference.toLowerCase());
  if (byId) return byId;
  return reading.known.values().find(({ rule }) => rule.name === reference);
}

/** Reads what waits as soon as all it refers to is there; what is left waits for itself or for nothing. */
function readWaiting(reading: Reading): void {
  let left = reading.waiting;
  for (;;) {
    const ready = left.filter(({ references }) =>
      references.every((reference) => findIn(reading, reference) !== undefined),
    );
    if (ready.length === 0) break;
    for (const one of ready) readOne(reading, one);
    left = left.filter((one) => !ready.includes(one));
  }
  const named = new Set(
    left.flatMap(({ metadata }) => [metadata.id, metadata.name ?? metadata.id]),
  );
  for (const one of left) {
    const circular = one.references.find((reference) => named.has(reference));
    if (circular === undefined) readOne(reading, one);
    else one.document.report('reference-circular', [one.kind], `waits for '${circular}'`);
  }
}

function readOne(reading: Reading, waiting: Waiting): void {
  const { document, metadata } = waiting;
  const inline: KnownRule[] = [];
  const body =
    waiting.kind === 'correlation'
      ? correlationBody(reading, document)
      : behaviourBody(reading, waiting, inline);
  if (!body || document.isRefused()) return;
  for (const known of metadata.isRetired ? [] : inline) reading.known.set(known.rule.id, known);
  const { subjectField } = metadata;
  const subject = subjectField === null ? null : accessorIn(GENERAL_SOURCE, subjectField);
  const rule = ruleOf(waiting, { body, subject: subject ?? null });
  keep(reading, waiting, { rule, names: GENERAL_NAMES });
}

function correlationBody(reading: Reading, document: RuleDocument): Rule['body'] | undefined {
  const find = (reference: string) => findIn(reading, reference);
  const read = readCorrelation({ report: document.report, find }, document.value['correlation']);
  if (!read) return undefined;
  const heard = read.isGenerating ? reading.loud : reading.silenced;
  for (const { rule } of read.body.members) heard.add(rule);
  return read.body;
}

function behaviourBody(
  reading: Reading,
  waiting: Waiting,
  inline: KnownRule[],
): Rule['body'] | undefined {
  const { document } = waiting;
  return readBehaviour(
    {
      report: document.report,
      find: (reference) => findIn(reading, reference),
      inlineRule(origin, path) {
        const known = inlineRuleOf(reading, waiting, { origin, path, number: inline.length + 1 });
        if (known) inline.push(known);
        return known;
      },
    },
    document.value['behaviour'],
  );
}

const GENERAL_NAMES: FieldNames = { isAudit: false, classes: [] };
const GENERAL_SOURCE = {
  source: { product: null, events: [] },
  names: GENERAL_NAMES,
  guard: null,
};

interface Inline {
  readonly origin: { logsource?: unknown; detection?: unknown };
  readonly path: Path;
  readonly number: number;
}

/** A rule of its own for a step that has its own detection: it makes no findings. */
function inlineRuleOf(reading: Reading, draft: Draft, inline: Inline): KnownRule | undefined {
  const { document, metadata } = draft;
  const isOwn = inline.origin.logsource !== undefined;
  const detection = readDetection(
    { report: document.report, placeholders: reading.placeholdersOf(document.file) },
    {
      logsource: mergedSource(document.value['logsource'], inline.origin.logsource),
      logsourcePath: isOwn ? [...inline.path, 'logsource'] : ['logsource'],
      detection: inline.origin.detection,
      detectionPath: [...inline.path, 'detection'],
    },
  );
  if (!detection) return undefined;
  const rule = ruleOf(draft, { body: detection.body, subject: null }, detection);
  const id = `${metadata.id}#${inline.number}`;
  return {
    rule: { ...rule, id, name: null, severity: 'info', isGenerating: false },
    names: detection.resolved.names,
  };
}

/** A step's log source adds to the document's. */
function mergedSource(outer: unknown, own: unknown): unknown {
  if (own === undefined) return outer;
  const areMaps = typeof outer === 'object' && typeof own === 'object';
  return areMaps ? { ...outer, ...own } : own;
}

/** A rule that a correlation refers to makes no findings of its own unless one of them says so. */
function quieted(reading: Reading, rule: Rule): Rule {
  const isQuiet = reading.silenced.has(rule.id) && !reading.loud.has(rule.id);
  return isQuiet ? { ...rule, isGenerating: false } : rule;
}

function sortedIssues(issues: readonly RuleIssue[]): readonly RuleIssue[] {
  return issues.toSorted(
    (one, other) =>
      one.file.localeCompare(other.file) || one.line - other.line || one.column - other.column,
  );
}
