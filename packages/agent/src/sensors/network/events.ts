import type { EventFieldName, EventFields } from '@wardgrid/wire';
import type { SensedEvent } from '../../protect/parts.ts';
import type { SocketAddress, SocketFact } from './sockets.ts';

/**
 * The event of a socket. Source is who began and destination who was called; of one that listens, only
 * the source, which is itself. `process` is null when nobody could be found.
 */
export function socketEvent(fact: SocketFact, process: EventFields | null): SensedEvent {
  const fields: EventFields = {
    ...addressesOf(fact),
    ...process,
    ...(process === null && fact.pid !== null ? { 'process.pid': fact.pid } : {}),
    ...(fact.uid === null ? {} : { 'user.id': fact.uid }),
    'network.transport': fact.transport,
    ...(fact.isOld ? { 'event.reason': 'running' } : {}),
  };
  const missing: EventFieldName[] =
    process === null ? ['process.entity_id', 'process.executable', 'process.command_line'] : [];
  return {
    class: 'network',
    action: fact.act === 'listen' ? 'listen' : 'connect',
    at: Math.round(fact.at),
    sensor: 'network',
    fields,
    missing,
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
