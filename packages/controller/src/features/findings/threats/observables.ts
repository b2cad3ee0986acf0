import { parseIp } from '@wardgrid/base';
import type { DeviceFinding, FindingEngine, ProcessNode } from '@wardgrid/wire';
import { storableText } from '../../../platform/stored-text.ts';

/** Something that findings may have in common. */
export interface Observable {
  readonly kind: 'process' | 'sha256' | 'path' | 'address';
  readonly value: string;
}

/** Longest value that is kept; of a longer path its end tells more than its beginning. */
const VALUE_LENGTH_MAX = 200;
/** The process itself, its parent and the parent's parent: further up everything is related. */
const GENERATIONS = 3;
/** Engines whose finding is the file: the hash of a shell that did something is no observable. */
const FILE_ENGINES: ReadonlySet<FindingEngine> = new Set(['yara', 'hash', 'clamav']);
/** Everybody talks to the name server. */
const DNS_PORT = 53;

/** What a finding may share with others, each once. */
export function observablesOf(finding: DeviceFinding): Observable[] {
  const found = [
    ...processesOf(finding).map((value) => ({ kind: 'process', value }) as const),
    ...hashesOf(finding).map((value) => ({ kind: 'sha256', value }) as const),
    ...pathsOf(finding).map((value) => ({ kind: 'path', value }) as const),
    ...addressesOf(finding).map((value) => ({ kind: 'address', value }) as const),
  ];
  return [...new Map(found.map((one) => [`${one.kind} ${one.value}`, one])).values()];
}

function processesOf({ processes, event }: DeviceFinding): string[] {
  const own = event?.fields['process.entity_id'];
  const ids = processes
    .slice(0, GENERATIONS)
    .filter((process, index) => index === 0 || !isService(process))
    .map(({ entityId }) => entityId);
  return [...ids, ...(typeof own === 'string' ? [own] : [])].map(bounded);
}

/** What the init system started is the ancestor of much that has nothing to do with each other. */
function isService({ pid, parentEntityId, executable }: ProcessNode): boolean {
  return pid <= 2 || parentEntityId === null || /\/(?:systemd|sshd|crond?|init)$/.test(executable);
}

function hashesOf({ engine, event }: DeviceFinding): string[] {
  if (!FILE_ENGINES.has(engine)) return [];
  const hashes = [event?.fields['file.hash.sha256'], event?.fields['process.hash.sha256']];
  return hashes.filter(
    (hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash),
  ) as string[];
}

function pathsOf({ event }: DeviceFinding): string[] {
  const path = event?.fields['file.path'];
  return typeof path === 'string' && path !== '' ? [bounded(path)] : [];
}

function addressesOf({ event }: DeviceFinding): string[] {
  if (!event || event.fields['destination.port'] === DNS_PORT) return [];
  return [event.fields['source.ip'], event.fields['destination.ip']].filter(
    (ip) => typeof ip === 'string' && isRemote(ip),
  ) as string[];
}

function isRemote(text: string): boolean {
  const isOwn = /^(?:127\.|0\.|::1$|::$|fe80:)/.test(text);
  return !isOwn && parseIp(text) !== undefined;
}

function bounded(text: string): string {
  return storableText(text).slice(-VALUE_LENGTH_MAX).toWellFormed();
}
