import type { EventAction, EventClass } from '@wardgrid/wire';
import { Product, type Expression, type Source } from '../rule.ts';
import type { FieldNames } from './aliases.ts';

type Events = Source['events'];

function of(eventClass: EventClass, ...actions: EventAction[]): Events {
  return [{ class: eventClass, actions }];
}

const CATEGORIES: Readonly<Record<string, Events>> = {
  process_creation: of('process', 'exec'),
  process_termination: of('process', 'exit'),
  process: of('process', 'exec', 'exit', 'fork'),
  file_event: of('file', 'create', 'write', 'rename'),
  file_change: of('file', 'write', 'attributes'),
  file_rename: of('file', 'rename'),
  file_delete: of('file', 'delete'),
  file_access: of('file', 'open'),
  file: of('file', 'create', 'write', 'rename', 'delete', 'attributes', 'open', 'exec'),
  network_connection: of('network', 'connect'),
  network_listen: of('network', 'listen'),
  dns_query: of('network', 'dns'),
  dns: of('network', 'dns'),
  network: of('network', 'connect', 'listen', 'dns'),
  driver_load: of('module', 'load'),
  module_load: of('module', 'load'),
  authentication: of('authentication', 'login', 'logout', 'failure', 'elevate'),
  memory_region: of('memory', 'region'),
  antivirus: of('scan', 'hit'),
  scan_hit: of('scan', 'hit'),
  log: of('log', 'line'),
  webserver: of('log', 'line'),
};

const AUTHENTICATION = CATEGORIES['authentication'] ?? [];
const LINES = of('log', 'line');
const AUDITED: Events = [...of('process', 'exec'), ...(CATEGORIES['file'] ?? [])];

const WEB_SERVERS = ['nginx', 'apache', 'apache2', 'httpd', 'caddy', 'lighttpd'];
const LOGIN_SERVICES = ['sshd', 'sudo', 'su', 'login', 'systemd-logind', 'pam'];

/** What `logsource` of a document says, as texts. */
export interface LogSource {
  readonly product: string | null;
  readonly category: string | null;
  readonly service: string | null;
}

/** Which events a log source means, how its fields are called, and what else must hold. */
export interface ResolvedSource {
  readonly source: Source;
  readonly names: FieldNames;
  readonly guard: Expression | null;
}

/** The events of a log source. Empty when no sensor makes them. */
export function resolveSource(logSource: LogSource): ResolvedSource {
  const product = Product.safeParse(logSource.product);
  const isForeign = logSource.product !== null && !product.success;
  const { events, guard, isAudit } = isForeign ? NO_EVENTS : eventsOf(logSource);
  return {
    source: { product: product.success ? product.data : null, events },
    names: { isAudit, classes: events.map((event) => event.class) },
    guard,
  };
}

interface Meaning {
  readonly events: Events;
  readonly guard: Expression | null;
  readonly isAudit: boolean;
}

const NO_EVENTS: Meaning = { events: [], guard: null, isAudit: false };

function eventsOf({ product, category, service }: LogSource): Meaning {
  const isWindows = product === 'windows';
  if (category !== null) {
    const events = Object.hasOwn(CATEGORIES, category) ? CATEGORIES[category] : undefined;
    // A service beside the category narrows it on systems whose services are logs of ours.
    const guard = category === 'webserver' ? serviceGuard(WEB_SERVERS) : null;
    return { events: events ?? [], guard, isAudit: service === 'auditd' };
  }
  if (service === null)
    return { events: isWindows ? [] : everything(), guard: null, isAudit: false };
  if (isWindows) return NO_EVENTS;
  if (service === 'auditd') return { events: AUDITED, guard: null, isAudit: true };
  if (service === 'syslog') return { events: LINES, guard: null, isAudit: false };
  const services = service === 'auth' ? LOGIN_SERVICES : [service];
  const events = [...LINES, ...AUTHENTICATION];
  if (service !== 'auth') return { events, guard: serviceGuard(services), isAudit: false };
  const isAuthentication = whole('~event.class', 'authentication');
  return {
    events,
    guard: { kind: 'or', of: [isAuthentication, serviceGuard(services)] },
    isAudit: false,
  };
}

/** A product alone means whatever happens on it. */
function everything(): Events {
  return [
    ...(CATEGORIES['process'] ?? []),
    ...(CATEGORIES['file'] ?? []),
    ...(CATEGORIES['network'] ?? []),
    ...AUTHENTICATION,
    ...LINES,
    ...of('memory', 'region'),
    ...of('module', 'load'),
    ...of('scan', 'hit'),
  ];
}

function serviceGuard(names: readonly string[]): Expression {
  return {
    kind: 'or',
    of: names.flatMap((name) => [whole('service.name', name), whole('event.module', name)]),
  };
}

function whole(field: string, text: string): Expression {
  return { kind: 'test', field, test: { kind: 'text', place: 'whole', text, cased: false } };
}
