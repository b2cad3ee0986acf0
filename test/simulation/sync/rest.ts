import type { Cloud } from '@wardgrid/sync';
import type { Machine } from './machine.ts';

/** Which machines are not at rest, and why; empty when all are where the cloud is and hold nothing back. */
export function unrestOf(machines: readonly Machine[], cloud: Cloud): string {
  const { epoch, cursor } = cloud.history;
  const states = machines.flatMap((machine) => stateOf(machine, cloud) ?? []);
  return states.length === 0 ? '' : `cloud at ${epoch}/${cursor}; ${states.join('; ')}`;
}

function stateOf({ key, replica }: Machine, cloud: Cloud): string | undefined {
  const { history, pending, relay, catchup, soft } = replica;
  const relayed = [...relay.values()].reduce((sum, { ops }) => sum + ops.size, 0);
  const isLevel =
    history.cursor === cloud.history.cursor && history.epoch === cloud.history.epoch && !catchup;
  if (isLevel && pending.length + relayed + soft.foreign.length === 0) return undefined;
  const held = `${pending.length} pending, ${relayed} relayed, ${soft.foreign.length} foreign`;
  return `${key} at ${history.epoch}/${history.cursor}: ${held}${catchup ? ', catching up' : ''}`;
}
