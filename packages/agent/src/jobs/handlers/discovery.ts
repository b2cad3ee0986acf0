import { formatCidr } from '@wardgrid/base';
import { guardNetwork } from '../guards.ts';
import type { JobContext, JobHandler, JobResult } from '../job.ts';
import { createScanResults, type ScanResults } from '../scan-results.ts';
import { portsOf, progressOf, type ScanDeps, type ScanEngine } from './scan.ts';

/** Finds the hosts of a network, then their open ports where the order asks for them. */
export function createDiscoveryHandler(deps: ScanDeps): JobHandler<'discovery'> {
  return async (task, context) => {
    const { cidr: cidrText, ports, engine: method, packetsPerSecond } = task.arguments;
    const cidr = formatCidr(guardNetwork(task.arguments, await deps.whereabouts()));
    const engine = await deps.loadEngine();
    const portList = ports === null ? null : portsOf(engine, ports);
    const startMs = context.clock.monotonic();
    const results = createScanResults(context);
    const control = controlOf(context, packetsPerSecond);
    const discovery = await engine.discoverHosts({ ...control, cidr, onHost: results.onHost });
    results.flush();
    const isPortScanDue = portList !== null && results.hosts().length > 0;
    const isScanned =
      !isPortScanDue ||
      (await scanFound(engine, results, { ...control, ports: portList, engine: method }));
    results.flush();
    return resultOf({
      results,
      cidr: cidrText,
      ports,
      durationMs: context.clock.monotonic() - startMs,
      isComplete: discovery.end === 'finished' && isScanned && !context.signal.aborted,
    });
  };
}

function controlOf(context: JobContext, packetsPerSecond: number) {
  return {
    signal: context.signal,
    clock: context.clock,
    limits: { packetsPerSecond },
    onProgress: (progress: Parameters<typeof progressOf>[0]) =>
      context.progress(progressOf(progress)),
  };
}

/** Scans the hosts that were found; whether all of it was done. */
async function scanFound(
  engine: ScanEngine,
  results: ScanResults,
  control: Omit<Parameters<ScanEngine['scanPorts']>[0], 'hosts' | 'onPort'>,
): Promise<boolean> {
  const hosts = [...results.hosts()];
  const scan = await engine.scanPorts({ ...control, hosts, onPort: results.onPort });
  return scan.end === 'finished';
}

function resultOf(given: {
  readonly results: ScanResults;
  readonly cidr: string;
  readonly ports: string | null;
  readonly durationMs: number;
  readonly isComplete: boolean;
}): JobResult {
  const { results, cidr, ports, durationMs, isComplete } = given;
  return {
    summary: {
      hosts: results.hosts().length,
      openPorts: results.openPorts(),
      durationMs: Math.round(durationMs),
    },
    coverage: { cidr, hosts: null, ports, isComplete: isComplete && results.isWhole() },
  };
}
