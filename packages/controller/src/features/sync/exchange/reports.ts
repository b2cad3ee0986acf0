import { SYNC_REPORTS_MAX, type NodeReport } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';
import type { ExchangeDeps } from './deps.ts';
import type { Failover } from './failover.ts';

/** What this controller says of itself, and what those below said of themselves. */
export async function reportsOf(
  platform: Platform,
  deps: Pick<ExchangeDeps, 'engine' | 'nodes' | 'version'>,
  given: {
    readonly tenantId: string;
    readonly cursor: number;
    readonly failover: Failover;
    readonly upstreamId: string;
    readonly clockOffsetMs: number | null;
  },
): Promise<NodeReport[]> {
  const { tenantId, cursor, failover, upstreamId, clockOffsetMs } = given;
  const state = await deps.engine.stateOf(tenantId);
  const below = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    deps.nodes.reportsOf(tx, tenantId),
  );
  const own: NodeReport = {
    nodeId: platform.keys.controllerId,
    at: platform.clock.now(),
    version: deps.version,
    upstream: stateSaid(failover),
    upstreamId,
    cursor,
    queueUp: (state?.unsealed ?? 0) + (state?.undecided ?? 0),
    clockOffsetMs,
  };
  return [own, ...below.filter(({ nodeId }) => nodeId !== own.nodeId)].slice(0, SYNC_REPORTS_MAX);
}

/** Whoever reads the report has been reached. */
function stateSaid(failover: Failover): NodeReport['upstream'] {
  const index = failover.current();
  if (index === 0) return 'parent';
  return index === failover.rungs.length - 1 ? 'direct' : 'ancestor';
}
