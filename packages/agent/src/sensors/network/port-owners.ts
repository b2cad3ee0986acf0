import type { SocketFact } from './sockets.ts';

/** Ports remembered; more listen on no machine that is used for anything. */
const PORTS_MAX = 4_096;

/**
 * Gives connections that were taken the process that listens at their port: the kernel takes them while
 * any other process runs. Which of several workers it hands them to is not seen.
 */
export function createPortOwners(): { readonly own: (fact: SocketFact) => SocketFact } {
  const owners = new Map<string, Pick<SocketFact, 'pid' | 'startTicks' | 'uid'>>();
  return {
    own(fact) {
      const key = `${fact.transport}:${fact.local.port}`;
      if (fact.act === 'listen' && fact.pid !== null) {
        owners.delete(key);
        if (owners.size >= PORTS_MAX) owners.delete(owners.keys().next().value ?? '');
        owners.set(key, { pid: fact.pid, startTicks: fact.startTicks, uid: fact.uid });
      }
      if (fact.act !== 'accept' || fact.pid !== null) return fact;
      return { ...fact, ...owners.get(key) };
    },
  };
}
