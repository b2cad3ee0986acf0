import type { EventFieldName, EventFields } from '@wardgrid/wire';
import type { SensedEvent } from '../../protect/parts.ts';
import type { DnsFact } from './dns-record.ts';
import type { SocketAddress, SocketFact } from './sockets.ts';

/**
 * The event of a socket. Source is who began and destination who was called; of one that listens, only
 * the source, which is itself. `process` is null when nobody could be found.
 */
export function socketEvent(fact: SocketFact, process: EventFields | null): SensedEvent {
  const fields: EventFields = {
    ...addressesOf(fact),
    ...ownerOf(fact, process),
    'network.transport': fact.transport,
    ...(fact.isOld ? { 'event.reason': 'running' } : {}),
  };
  const action = fact.act === 'listen' ? 'listen' : 'connect';
  return networkEvent(action, fact.at, { fields, isWhole: process !== null });
}

/** The event of a question to a name server. */
export function dnsEvent(fact: DnsFact, process: EventFields | null): SensedEvent {
  const fields: EventFields = {
    ...ends(fact.source, fact.destination),
    ...ownerOf(fact, process),
    'dns.question.name': fact.name,
    'network.transport': 'udp',
    'network.direction': 'outbound',
  };
  return networkEvent('dns', fact.at, { fields, isWhole: process !== null });
}

const OWNER_FIELDS: readonly EventFieldName[] = [
  'process.entity_id',
  'process.executable',
  'process.command_line',
];

function networkEvent(
  action: SensedEvent['action'],
  at: number,
  made: { readonly fields: EventFields; readonly isWhole: boolean },
): SensedEvent {
  const missing = made.isWhole ? [] : [...OWNER_FIELDS];
  const { fields } = made;
  return { class: 'network', action, at: Math.round(at), sensor: 'network', fields, missing };
}

function ownerOf(
  fact: { readonly pid: number | null; readonly uid: number | null },
  process: EventFields | null,
): EventFields {
  return {
    ...(process ?? (fact.pid === null ? {} : { 'process.pid': fact.pid })),
    ...(fact.uid === null ? {} : { 'user.id': fact.uid }),
  };
}

function addressesOf(fact: SocketFact): EventFields {
  const { act, local, remote } = fact;
  if (remote === null) return ends(local, null);
  return act === 'accept'
    ? { ...ends(remote, local), 'network.direction': 'inbound' }
    : { ...ends(local, remote), 'network.direction': 'outbound' };
}

function ends(source: SocketAddress, destination: SocketAddress | null): EventFields {
  return {
    'source.ip': source.ip,
    ...(source.port === 0 ? {} : { 'source.port': source.port }),
    ...(destination === null
      ? {}
      : { 'destination.ip': destination.ip, 'destination.port': destination.port }),
  };
}
