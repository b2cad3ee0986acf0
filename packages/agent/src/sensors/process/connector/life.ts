import { readProcessStat, TICKS_PER_SECOND } from '../../../platform/linux/process-files.ts';
import type { ExitFact, ForkFact } from '../source.ts';
import type { ConnectorEvent } from './socket.ts';

/** The fact of a fork or an end. A child that is gone already began about when the fork was stamped. */
export function lifeFact(
  event: Exclude<ConnectorEvent, { kind: 'exec' }>,
  machine: { readonly rootPath: string; readonly bootedAt: number },
): ForkFact | ExitFact {
  const { at, pid } = event;
  if (event.kind === 'exit') {
    return { kind: 'exit', at, process: { pid, startTicks: null }, status: event.status };
  }
  const stat = readProcessStat(`${machine.rootPath}proc/${pid}`);
  const guess = Math.floor(((at - machine.bootedAt) * TICKS_PER_SECOND) / 1_000);
  return {
    kind: 'fork',
    at,
    process: { pid, startTicks: stat?.startTicks ?? guess },
    parent: { pid: event.parentPid, startTicks: null },
  };
}
