import { eventFieldKinds, type DeviceEvent, type EventFieldName } from '@wardgrid/wire';

/* How a rule reads an event. An accessor is a field name of ours, or a derived one that begins with
   `~`: what Sigma asks for and our events hold in another form. */

/** What a field holds: nothing, one value, or several. Values are compared by their text. */
export type FieldValue = string | readonly string[] | undefined;

interface Derived {
  /** The fields it is made of: when one is missing, so is this. */
  readonly from: readonly EventFieldName[];
  readonly read: (event: DeviceEvent) => FieldValue;
}

const AUDIT_SYSCALLS: Readonly<Record<string, string>> = {
  exec: 'execve',
  create: 'openat',
  write: 'openat',
  open: 'openat',
  rename: 'rename',
  delete: 'unlink',
  attributes: 'chmod',
  connect: 'connect',
  load: 'finit_module',
};
const AUDIT_NAME_TYPES: Readonly<Record<string, string>> = {
  create: 'CREATE',
  rename: 'CREATE',
  delete: 'DELETE',
};
const EXEC_TYPES = ['EXECVE', 'SYSCALL'];
const FILE_TYPES = ['PATH', 'SYSCALL'];

function auditType(event: DeviceEvent): FieldValue {
  const told = plain(event, 'audit.type');
  if (told !== undefined) return told;
  if (event.class === 'process') return event.action === 'exec' ? EXEC_TYPES : undefined;
  return event.class === 'file' ? FILE_TYPES : undefined;
}

/** Only directions that say which side began: what is `internal` began on neither. */
function initiated(event: DeviceEvent): FieldValue {
  const direction = plain(event, 'network.direction');
  if (direction === 'egress' || direction === 'outbound') return 'true';
  if (direction === 'ingress' || direction === 'inbound') return 'false';
  return undefined;
}

function hashes(field: EventFieldName): Derived {
  return {
    from: [field],
    read: (event) => {
      const hash = plain(event, field);
      return typeof hash === 'string' ? `SHA256=${hash}` : undefined;
    },
  };
}

const DERIVED: ReadonlyMap<string, Derived> = new Map<string, Derived>([
  ['~initiated', { from: ['network.direction'], read: initiated }],
  ['~hashes.process', hashes('process.hash.sha256')],
  ['~hashes.file', hashes('file.hash.sha256')],
  ['~audit.type', { from: ['audit.type'], read: auditType }],
  [
    '~audit.syscall',
    {
      from: ['audit.syscall'],
      read: (event) => plain(event, 'audit.syscall') ?? AUDIT_SYSCALLS[event.action],
    },
  ],
  ['~audit.nametype', { from: [], read: (event) => AUDIT_NAME_TYPES[event.action] ?? 'NORMAL' }],
  ['~event.class', { from: [], read: (event) => event.class }],
  ['~event.action', { from: [], read: (event) => event.action }],
  ['~event.at', { from: [], read: (event) => String(event.at) }],
]);

/** The accessor of keyword searches: every text of the event. */
export const ANY_TEXT = '*';
/** The accessor of the process tree; only correlations and behaviours may use it. */
export const PROCESS_TREE = '~process.tree';

const ARGUMENT = /^~argument\.(\d{1,2})$/;

/** Whether a name is a field of ours. */
export function isEventField(name: string): name is EventFieldName {
  return Object.hasOwn(eventFieldKinds, name);
}

/** Whether an accessor can be read from an event. */
export function isAccessor(name: string): boolean {
  return isEventField(name) || name === ANY_TEXT || DERIVED.has(name) || ARGUMENT.test(name);
}

function plain(event: DeviceEvent, field: EventFieldName): FieldValue {
  const value = event.fields[field];
  if (value === undefined || typeof value === 'string' || typeof value === 'object') return value;
  return String(value);
}

/** Reads one accessor from events; `from` names the fields it is made of. */
export interface FieldReader {
  readonly from: readonly EventFieldName[];
  readonly read: (event: DeviceEvent) => FieldValue;
}

/** The reader of an accessor. What is no accessor reads nothing. */
export function readerOf(accessor: string): FieldReader {
  const derived = DERIVED.get(accessor);
  if (derived) return derived;
  if (isEventField(accessor)) {
    return { from: [accessor], read: (event) => plain(event, accessor) };
  }
  if (accessor === ANY_TEXT) return { from: [], read: anyText };
  const position = ARGUMENT.exec(accessor)?.[1];
  if (position === undefined) return { from: [], read: () => undefined };
  return {
    from: ['process.args'],
    read: (event) => {
      const list = event.fields['process.args'];
      return Array.isArray(list) ? list[Number(position)] : undefined;
    },
  };
}

function anyText(event: DeviceEvent): FieldValue {
  const texts: string[] = [];
  for (const value of Object.values(event.fields)) {
    if (typeof value === 'string') texts.push(value);
    else if (Array.isArray(value)) texts.push(...value);
  }
  return texts;
}

/**
 * Whether the sensor could not read all of what a reader needs. A field that was cut is there and still
 * missing: what matches in it matches, what does not is unknown. A keyword search needs everything.
 */
export function isMissing(event: DeviceEvent, accessor: string, reader: FieldReader): boolean {
  if (event.missing.length === 0) return false;
  return accessor === ANY_TEXT || reader.from.some((field) => event.missing.includes(field));
}
