/**
 * Processes by the kernel's connector: it tells that something started, forked or ended, and the rest is
 * read from `/proc` if the process still lives. Works on every kernel since 2.6.15 with CAP_NET_ADMIN;
 * what a short-lived program was is lost, named in `missing` and counted.
 */
import { readExecFact, unreadExecFact } from '../proc-facts.ts';
import type { ProcessFact, ProcessSource } from '../source.ts';
import { openConnector, type ConnectorEvent, type ConnectorSocket } from './socket.ts';
import { lifeFact } from './life.ts';

/** A source that is not attached yet. */
export function createConnectorSource(rootPath: string): ProcessSource {
  let socket: ConnectorSocket | undefined;
  let starts = 0;
  let unread = 0;

  function factOf(event: ConnectorEvent, bootedAt: number): ProcessFact {
    if (event.kind !== 'exec') return lifeFact(event, { rootPath, bootedAt });
    starts += 1;
    const fact = readExecFact(rootPath, event.pid, event.at);
    if (fact?.args == null) unread += 1;
    return fact ?? unreadExecFact(event.pid, event.at);
  }

  return {
    name: 'proc-connector',
    blindSpots: () => [
      `arguments of programs that end within a millisecond (${unread} of ${starts} so far)`,
      'the script that an interpreter was started for',
      'programs that ran for a moment before they started another in the same process',
    ],
    async start({ bootedAt, onFacts }) {
      let facts: ProcessFact[] = [];
      socket = openConnector({
        bootedAt,
        onEvent: (event) => void facts.push(factOf(event, bootedAt())),
        onTurn() {
          const told = facts;
          facts = [];
          if (told.length > 0) onFacts(told);
        },
      });
    },
    dropped: () => socket?.lost() ?? 0,
    stop: async () => socket?.stop(),
  };
}
