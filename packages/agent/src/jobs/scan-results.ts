import { SCAN_HOSTS_MAX, SCAN_PORTS_MAX, type ScannedHost, type ScannedPort } from '@wardgrid/wire';
import { boundedText } from '@wardgrid/base';
import type * as scan from '../scan/index.ts';
import { createChunks } from './chunks.ts';
import type { JobContext } from './job.ts';

/** Most open ports that one job reports: more are a tarpit's, which accepts everything. */
const PORTS_MAX = 200_000;

/** Streams what a scan finds as records. */
export interface ScanResults {
  readonly onHost: (host: scan.ScannedHost) => void;
  readonly onPort: (port: scan.ScannedPort) => void;
  readonly flush: () => void;
  readonly hosts: () => readonly string[];
  readonly openPorts: () => number;
  /** False once something was found that could not be reported. */
  readonly isWhole: () => boolean;
}

/** The results of one job. */
export function createScanResults(context: JobContext): ScanResults {
  const jobId = context.order.id;
  const found: string[] = [];
  let isWhole = true;
  const hosts = createChunks<ScannedHost>(context.clock, SCAN_HOSTS_MAX, (items) => {
    isWhole &&= context.emit({ kind: 'job-hosts', jobId, hosts: items });
  });
  const ports = createChunks<ScannedPort>(context.clock, SCAN_PORTS_MAX, (items) => {
    isWhole &&= context.emit({ kind: 'job-ports', jobId, ports: items });
  });
  return {
    onHost(host) {
      found.push(host.ip);
      hosts.add(hostOf(host));
    },
    onPort(port) {
      if (ports.count() >= PORTS_MAX) isWhole = false;
      else ports.add(portOf(port));
    },
    flush() {
      hosts.flush();
      ports.flush();
    },
    hosts: () => found,
    openPorts: ports.count,
    isWhole: () => isWhole,
  };
}

/** Most names that the wire carries for a host. */
const NAMES_MAX = 16;

function hostOf(host: scan.ScannedHost): ScannedHost {
  const { ip, mac, isSelf, rttMs } = host;
  return {
    ip,
    mac,
    isSelf,
    rttMs: rttMs === null ? null : Math.max(0, rttMs),
    evidence: [...host.evidence],
    names: host.names
      .slice(0, NAMES_MAX)
      .map(({ name, source }) => ({ name: boundedText(name, 255), source })),
  };
}

/* The scan bounds its texts below what the wire carries; its types say readonly, the wire's do not. */
function portOf(port: scan.ScannedPort): ScannedPort {
  const { service, ...rest } = port;
  return { ...rest, service: boundedText(service, 60) };
}
