/**
 * Network discovery and port scan: which hosts are on a network, which of their TCP ports are open,
 * and what they serve. It owns pace, limits and the parsers of what strangers send. It must not
 * send credentials, write to a device, or know anything of jobs and controllers.
 */
export { ScanError, type ScanErrorCode } from './errors.ts';
export {
  discoverHosts,
  type DiscoveryRequest,
  type DiscoveryResult,
  type ProxySuspect,
} from './discovery/index.ts';
export { defaultScanLimits, type ScanLimits } from './limits.ts';
export { scanPorts, type PortScanRequest, type PortScanResult } from './port-scan.ts';
export { formatPorts, parsePorts, portSets } from './ports.ts';
export { recogniseService, type RecogniseRequest } from './recognise/index.ts';
export type {
  Evidence,
  Recognition,
  ScanControl,
  ScanEnd,
  ScannedHost,
  ScannedName,
  ScannedPort,
  ScannedTls,
  ScanProgress,
} from './shapes.ts';
