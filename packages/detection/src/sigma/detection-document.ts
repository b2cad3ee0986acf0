import type { EventBody, Expression } from '../rule.ts';
import { accessorOf } from './aliases.ts';
import { conditionExpression } from './condition.ts';
import type { Path, Report } from './issues.ts';
import { resolveSource, type LogSource, type ResolvedSource } from './logsource.ts';
import { selectionExpression } from './selection.ts';
import { allOf } from './value-tests.ts';

/** A `logsource` and a `detection` wherever they stand: in a rule, a filter, a step of a behaviour. */
export interface Detection {
  readonly logSource: LogSource;
  readonly resolved: ResolvedSource;
  readonly body: EventBody;
  readonly unmapped: readonly string[];
}

/** What reading a detection needs. */
export interface DetectionContext {
  readonly report: Report;
  readonly placeholders: ReadonlyMap<string, readonly string[]>;
}

/** The values that a detection is read from, and where they stand. */
export interface DetectionSource {
  readonly logsource: unknown;
  readonly logsourcePath: Path;
  readonly detection: unknown;
  readonly detectionPath: Path;
}

/** Reads a detection with its log source; undefined when it was refused. */
export function readDetection(
  context: DetectionContext,
  source: DetectionSource,
): Detection | undefined {
  const logSource = readLogSource(context.report, source.logsource, source.logsourcePath);
  if (!logSource) return undefined;
  const resolved = resolveSource(logSource);
  if (resolved.source.events.length === 0) {
    const words = Object.values(logSource).filter((word) => word !== null);
    context.report('logsource-unknown', source.logsourcePath, `no events for '${words.join(' ')}'`);
  }
  const unmapped = new Set<string>();
  const hasEvents = resolved.source.events.length > 0;
  // Without events every field would be unknown: that is told once, about the log source.
  const report: Report = (code, path, message) => {
    if (hasEvents || code !== 'field-unknown') context.report(code, path, message);
  };
  const when = readSelections({ ...context, report }, source, { resolved, unmapped });
  if (!when) return undefined;
  const guarded = resolved.guard ? allOf([resolved.guard, when]) : when;
  return {
    logSource,
    resolved,
    body: { kind: 'event', source: resolved.source, when: guarded },
    unmapped: [...unmapped].slice(0, UNMAPPED_MAX),
  };
}

/** Most unknown fields that are told of one rule. */
const UNMAPPED_MAX = 64;

/** The accessor of a field as a detection names it. */
export function accessorIn(detection: ResolvedSource, name: string): string | undefined {
  return accessorOf(name, detection.names);
}

/** The texts of a log source. */
export function readLogSource(report: Report, value: unknown, path: Path): LogSource | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report('key-missing', path, "there is no map 'logsource'");
    return undefined;
  }
  const texts = { product: null, category: null, service: null } as Record<
    keyof LogSource,
    string | null
  >;
  for (const key of ['product', 'category', 'service'] as const) {
    const text: unknown = Reflect.get(value, key);
    if (text === undefined || text === null) continue;
    if (typeof text !== 'string' || text.length > 100) {
      report('key-invalid', [...path, key], `'${key}' is a text`);
      return undefined;
    }
    texts[key] = text.toLowerCase();
  }
  return texts;
}

interface Target {
  readonly resolved: ResolvedSource;
  readonly unmapped: Set<string>;
}

/** Most selections of one detection. */
const SELECTIONS_MAX = 500;

function readSelections(
  context: DetectionContext,
  source: DetectionSource,
  target: Target,
): Expression | undefined {
  const { detection, detectionPath: path } = source;
  if (typeof detection !== 'object' || detection === null || Array.isArray(detection)) {
    context.report('key-missing', path, 'there is no map of selections');
    return undefined;
  }
  const { condition, ...named } = detection as Readonly<Record<string, unknown>>;
  const entries = Object.entries(named).filter(([name]) => !NOT_SELECTIONS.has(name));
  if (entries.length === 0 || entries.length > SELECTIONS_MAX) {
    context.report('key-invalid', path, `holds ${entries.length} selections`);
    return undefined;
  }
  const shared = {
    names: target.resolved.names,
    placeholders: context.placeholders,
    report: context.report,
    unmapped: target.unmapped,
    tests: 0,
  };
  const selections = new Map<string, Expression>();
  for (const [name, value] of entries) {
    const expression = selectionExpression(shared, value, [...path, name]);
    // Faults are told; the others are read on, so that all are told at once.
    selections.set(name.slice(0, 200), expression ?? { kind: 'unknown' });
  }
  const used = new Set<string>();
  if (condition === undefined) {
    context.report('key-missing', path, "there is no 'condition'");
    return undefined;
  }
  const when = conditionExpression({ selections, report: context.report, used }, condition, [
    ...path,
    'condition',
  ]);
  for (const name of when ? selections.keys() : []) {
    if (!used.has(name)) context.report('selection-unused', [...path, name], `'${name}' is unused`);
  }
  return when;
}

/** Keys beside selections: of Sigma 1, and of filters. */
const NOT_SELECTIONS: ReadonlySet<string> = new Set(['timeframe', 'rules']);
