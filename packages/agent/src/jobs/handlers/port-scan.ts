import { guardHosts, guardNetwork } from '../guards.ts';
import type { JobHandler } from '../job.ts';
import { createScanResults } from '../scan-results.ts';
import { portsOf, progressOf, type ScanDeps } from './scan.ts';

/** Finds the open ports of the hosts that the order names. */
export function createPortScanHandler(deps: ScanDeps): JobHandler<'port-scan'> {
  return async (task, context) => {
    const { hosts, cidr, ports, engine: method, packetsPerSecond } = task.arguments;
    guardHosts(guardNetwork(task.arguments, await deps.whereabouts()), hosts);
    const engine = await deps.loadEngine();
    const portList = portsOf(engine, ports);
    const startMs = context.clock.monotonic();
    const results = createScanResults(context);
    const scan = await engine.scanPorts({
      hosts,
      ports: portList,
      engine: method,
      signal: context.signal,
      clock: context.clock,
      limits: { packetsPerSecond },
      onProgress: (progress) => context.progress(progressOf(progress)),
      onPort: results.onPort,
    });
    results.flush();
    return {
      summary: {
        hosts: hosts.length,
        openPorts: results.openPorts(),
        closedPorts: scan.counts.closed,
        filteredPorts: scan.counts.filtered,
        durationMs: Math.round(context.clock.monotonic() - startMs),
      },
      coverage: {
        cidr,
        hosts,
        ports,
        isComplete: scan.end === 'finished' && results.isWhole(),
      },
    };
  };
}
