import { boundedText, containsIp, parseCidr, visibleText } from '@wardgrid/base';
import type { JobTask, RecordBody, ScannedHost, ScannedPort } from '@wardgrid/wire';
import { parsePorts, type PortSet } from '../ports.ts';
import type { FoundHost } from './reconcile.ts';

export type ScanTask = Extract<JobTask, { kind: 'discovery' | 'port-scan' }>;
export type FinishedBody = Extract<RecordBody, { kind: 'job-finished' }>;

/** What a scan told in all, each host and port once. */
export interface Collected {
  readonly hosts: readonly FoundHost[];
  readonly ports: readonly ScannedPort[];
}

/** Which addresses and ports were really looked at, as far as the job asked for them. */
export interface Coverage {
  /** Hosts that are missing there are gone. Null when the scan cannot tell. */
  readonly network: string | null;
  /** Hosts that were asked for by address: their ports were looked at whether they answered or not. */
  readonly hosts: readonly string[];
  /** Ports that are missing on a host that was looked at are closed. Null: none were looked at. */
  readonly ports: PortSet | null;
}

/** Names that say most first. */
const SOURCES = ['dns', 'mdns', 'netbios', 'llmnr'] as const;

/** What a device says, made fit to be stored and shown. */
export function cleanHost(host: ScannedHost): ScannedHost {
  const names = host.names.map(({ name, source }) => ({ name: clean(name, 255), source }));
  return { ...host, names: names.filter(({ name }) => name !== '') };
}

/** As `cleanHost`, for a port. */
export function cleanPort(port: ScannedPort): ScannedPort {
  const { product, version, banner, tls } = port;
  return {
    ...port,
    service: clean(port.service, 60).toLowerCase() || 'unknown',
    ...(product === undefined ? {} : { product: clean(product, 255) }),
    ...(version === undefined ? {} : { version: clean(version, 255) }),
    ...(banner === undefined ? {} : { banner: clean(banner, 512) }),
    ...(tls === undefined
      ? {}
      : { tls: { ...tls, subject: clean(tls.subject, 512), issuer: clean(tls.issuer, 512) } }),
  };
}

function clean(text: string, lengthMax: number): string {
  return boundedText(visibleText(text.trim().toWellFormed()), lengthMax);
}

/** Every host and port once, and only those that the job asked for; what answered is a host too. */
export function collect(
  task: ScanTask,
  told: { readonly hosts: readonly ScannedHost[]; readonly ports: readonly ScannedPort[] },
): Collected {
  const isAsked = askedBy(task);
  const hosts = new Map<string, FoundHost>();
  for (const host of told.hosts) {
    if (isAsked(host.ip)) hosts.set(host.ip, foundHost(host));
  }
  const ports = new Map<string, ScannedPort>();
  for (const port of told.ports) {
    if (!isAsked(port.ip)) continue;
    ports.set(`${port.ip} ${port.port}`, port);
    if (!hosts.has(port.ip))
      hosts.set(port.ip, { ip: port.ip, mac: null, names: [], isSelf: false });
  }
  return { hosts: [...hosts.values()], ports: [...ports.values()] };
}

function askedBy(task: ScanTask): (ip: string) => boolean {
  if (task.kind === 'port-scan') {
    const hosts = new Set(task.arguments.hosts);
    return (ip) => hosts.has(ip);
  }
  const cidr = parseCidr(task.arguments.cidr);
  return (ip) => cidr !== undefined && containsIp(cidr, ip);
}

function foundHost({ ip, mac, names, isSelf }: ScannedHost): FoundHost {
  const ordered = names
    .toSorted((left, right) => SOURCES.indexOf(left.source) - SOURCES.indexOf(right.source))
    .map(({ name }) => name.replace(/\.$/, ''));
  return { ip, mac, isSelf, names: [...new Set(ordered)] };
}

const NOTHING: Coverage = { network: null, hosts: [], ports: null };

/** What may be taken for gone: nothing beyond the job's own bounds, and nothing of a scan cut short. */
export function coverageOf(
  task: ScanTask,
  body: Pick<FinishedBody, 'outcome' | 'coverage'>,
): Coverage {
  const { coverage } = body;
  if (body.outcome !== 'succeeded' || !coverage?.isComplete) return NOTHING;
  const asked = task.arguments.ports === null ? undefined : parsePorts(task.arguments.ports);
  const ports = coverage.ports === null ? undefined : parsePorts(coverage.ports);
  const isAsked = askedBy(task);
  return {
    network: task.kind === 'discovery' ? networkCovered(task.arguments.cidr, coverage.cidr) : null,
    hosts: task.kind === 'port-scan' ? (coverage.hosts ?? []).filter((ip) => isAsked(ip)) : [],
    ports: asked && ports ? ports : null,
  };
}

/** The covered network as far as it lies in the one that was asked for. */
function networkCovered(asked: string, covered: string | null): string | null {
  const outer = parseCidr(asked);
  const inner = covered === null ? undefined : parseCidr(covered);
  if (!outer || !inner || covered === null) return null;
  if (inner.prefix < outer.prefix) return null;
  return containsIp(outer, covered.split('/')[0] ?? '') ? covered : null;
}
