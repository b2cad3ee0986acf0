import {
  DeviceEvent,
  eventFieldKinds,
  type EventAction,
  type EventClass,
  type EventFieldName,
  type EventValue,
} from '@wardgrid/wire';
import { isEventField } from '../fields.ts';
import { accessorOf, type FieldNames } from '../sigma/aliases.ts';
import { parseSpan } from '../sigma/span.ts';

/** A test that does not fit its form; told at the place of its event. */
export class TestFault extends Error {}

/** What events of a test are unless they say otherwise. */
export interface EventDefaults {
  readonly class: EventClass;
  readonly action: EventAction;
  readonly names: FieldNames;
}

/** When every test begins. */
export const TEST_EPOCH_MS = 1_700_000_000_000;
/** Most events of one case. */
const EVENTS_MAX = 20_000;
/** The process of events that name none. */
const DEFAULT_PID = 1_000;
const OTHER_KEYS: ReadonlySet<string> = new Set([
  'class',
  'action',
  'at',
  'missing',
  'repeat',
  'every',
]);

type Values = Readonly<Record<string, unknown>>;

/** The events of a case in their order. @throws TestFault. */
export function eventsOf(
  items: readonly unknown[],
  defaults: EventDefaults,
): readonly DeviceEvent[] {
  const events: DeviceEvent[] = [];
  let at = TEST_EPOCH_MS;
  for (const item of items) {
    if (!isMap(item)) throw new TestFault('an event is a map of fields');
    const count = numberOf(item, 'repeat', 1);
    const everyMs = spanOf(item, 'every') ?? 1;
    const startMs = spanOf(item, 'at');
    at = startMs === undefined ? at + 1 : TEST_EPOCH_MS + startMs;
    if (events.length + count > EVENTS_MAX) throw new TestFault(`more than ${EVENTS_MAX} events`);
    for (let number = 1; number <= count; number += 1) {
      if (number > 1) at += everyMs;
      events.push(eventOf(numbered(item, number), defaults, { at, order: events.length }));
    }
  }
  return events;
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function numberOf(item: Values, key: string, fallback: number): number {
  const value = item[key] ?? fallback;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
  throw new TestFault(`'${key}' is a whole number from 1`);
}

function spanOf(item: Values, key: string): number | undefined {
  const value = item[key];
  if (value === undefined) return undefined;
  const spanMs = value === 0 || value === '0s' ? 0 : parseSpan(value);
  if (spanMs === undefined) throw new TestFault(`'${key}' is a span such as 500ms or 2m`);
  return spanMs;
}

/** The item with `{n}` in its texts replaced by a number. */
function numbered(item: Values, number: number): Values {
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll('{n}', String(number));
    return Array.isArray(value) ? value.map((one) => replace(one)) : value;
  };
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, replace(value)]));
}

interface Moment {
  readonly at: number;
  readonly order: number;
}

function eventOf(item: Values, defaults: EventDefaults, moment: Moment): DeviceEvent {
  // A line of recorded events is a whole one.
  if (isMap(item['fields'])) return parsed(item);
  const fields: Partial<Record<EventFieldName, EventValue>> = {};
  for (const [key, value] of Object.entries(item)) {
    if (OTHER_KEYS.has(key) || value === null) continue;
    setField(fields, accessorFor(key, defaults.names), value);
  }
  const eventClass = item['class'] ?? defaults.class;
  complete(fields, eventClass, moment.order);
  return parsed({
    id: '01890000-0000-7000-8000-000000000000',
    class: eventClass,
    action: item['action'] ?? defaults.action,
    ...moment,
    sensor: 'process',
    fields,
    missing: item['missing'] ?? [],
  });
}

function parsed(value: Values): DeviceEvent {
  const result = DeviceEvent.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TestFault(`the event does not fit at '${issue?.path.join('.')}': ${issue?.message}`);
}

function accessorFor(key: string, names: FieldNames): string {
  const accessor = accessorOf(key, names);
  if (accessor === undefined) throw new TestFault(`no event has '${key}'`);
  return accessor;
}

type Fields = Partial<Record<EventFieldName, EventValue>>;

/** Sets what an accessor reads: of derived ones, the field they are made of. */
function setField(fields: Fields, accessor: string, value: unknown): void {
  const argument = /^~argument\.(\d+)$/.exec(accessor)?.[1];
  if (argument !== undefined) {
    const list = listAt(fields['process.args'], Number(argument));
    list[Number(argument)] = String(value);
    fields['process.args'] = list;
  } else if (accessor === '~initiated') {
    fields['network.direction'] = String(value) === 'true' ? 'egress' : 'ingress';
  } else if (accessor === '~audit.type') fields['audit.type'] = String(value);
  else if (accessor === '~audit.syscall') fields['audit.syscall'] = String(value);
  else if (accessor === '~hashes.process') fields['process.hash.sha256'] = hashIn(value);
  else if (accessor === '~hashes.file') fields['file.hash.sha256'] = hashIn(value);
  else if (isEventField(accessor)) fields[accessor] = valueOf(accessor, value);
  else throw new TestFault(`'${accessor.slice(1)}' cannot be set`);
}

function listAt(value: EventValue | undefined, position: number): string[] {
  const list = Array.isArray(value) ? [...value] : [];
  while (list.length <= position) list.push('');
  return list;
}

function hashIn(value: unknown): string {
  return String(value)
    .replace(/^.*SHA256=/i, '')
    .replace(/,.*$/, '');
}

function valueOf(field: EventFieldName, value: unknown): EventValue {
  switch (eventFieldKinds[field]) {
    case 'number':
      return Number(value);
    case 'boolean':
      return String(value) === 'true';
    case 'list':
      return Array.isArray(value) ? value.map(String) : [String(value)];
    case 'text':
      return String(value);
  }
}

/** Adds what every sensor would have told with it. */
function complete(fields: Fields, eventClass: unknown, order: number): void {
  completeNames(fields);
  completeCommand(fields);
  completeFile(fields);
  const isProcess = eventClass === 'process';
  fields['process.pid'] ??= isProcess ? DEFAULT_PID + 1 + order : DEFAULT_PID;
  fields['process.entity_id'] ??= `pid-${String(fields['process.pid'])}`;
  const parentPid = fields['process.parent.pid'];
  if (parentPid !== undefined) fields['process.parent.entity_id'] ??= `pid-${String(parentPid)}`;
}

function completeNames(fields: Fields): void {
  const executable = fields['process.executable'];
  if (typeof executable === 'string') fields['process.name'] ??= nameOf(executable);
  const parent = fields['process.parent.executable'];
  if (typeof parent === 'string') fields['process.parent.name'] ??= nameOf(parent);
}

function completeCommand(fields: Fields): void {
  const args = fields['process.args'];
  if (Array.isArray(args)) fields['process.command_line'] ??= args.join(' ');
  const command = fields['process.command_line'];
  if (typeof command === 'string') fields['process.args'] ??= command.split(/\s+/);
}

function completeFile(fields: Fields): void {
  const path = fields['file.path'];
  if (typeof path !== 'string') return;
  const name = nameOf(path);
  fields['file.name'] ??= name;
  fields['file.directory'] ??= path.slice(0, Math.max(0, path.length - name.length - 1));
  const dot = name.lastIndexOf('.');
  if (dot > 0) fields['file.extension'] ??= name.slice(dot + 1);
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}
