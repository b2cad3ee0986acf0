import type { Clock } from '@wardgrid/base';
import { ipv4Of, ipv4Text } from './address.ts';
import { createStop, forEachBounded } from './control.ts';
import { ScanError } from './errors.ts';
import { completeLimits } from './limits.ts';
import { scanPortsWithNmap } from './nmap/index.ts';
import { createProgressReporter, type ProgressReporter } from './progress.ts';
import { recogniseService, serviceNameOf } from './recognise/index.ts';
import type { ScanControl, ScanEnd, ScannedPort } from './shapes.ts';
import { sweep, type SweepEngine } from './sweep/index.ts';

/** What a port scan takes. */
export interface PortScanRequest extends ScanControl {
  /** IPv4 addresses. */
  readonly hosts: readonly string[];
  /** From `parsePorts`. */
  readonly ports: Uint16Array;
  /** `auto` is our own, by the fastest way; `nmap` needs its binary. */
  readonly engine?: 'auto' | 'nmap' | SweepEngine;
  /** Whether to ask each open port what it serves; true when not given. */
  readonly hasRecognition?: boolean;
  readonly onPort?: (port: ScannedPort) => void;
}

/** What a port scan found. The open ports are sorted by address and port. */
export interface PortScanResult {
  readonly ports: readonly ScannedPort[];
  readonly counts: {
    readonly open: number;
    readonly closed: number;
    readonly filtered: number;
    /** Ports that were not tried because the scan was ended. */
    readonly untried: number;
  };
  readonly end: ScanEnd;
}

/** Services asked at one time: each is a connection or two and a few kilobytes. */
const RECOGNITIONS_MAX = 64;

/**
 * Finds the open TCP ports of hosts and what they serve. Cancelled or out of time it returns what
 * it has. @throws ScanError `scan-address-invalid`, `scan-hosts-too-many`, `scan-engine-missing`,
 * `scan-engine-failed`.
 */
export async function scanPorts(request: PortScanRequest): Promise<PortScanResult> {
  const limits = completeLimits(request.limits);
  const hosts = Uint32Array.from(new Set(request.hosts.map(ipv4Of)));
  if (hosts.length > limits.hostsMax) {
    throw new ScanError('scan-hosts-too-many', `${hosts.length} hosts, at most ${limits.hostsMax}`);
  }
  const stop = createStop(request.clock, request.signal, limits.deadlineMs);
  const progress = createProgressReporter(request.clock, request.onProgress);
  try {
    const scan: Scan = { request, hosts, signal: stop.signal, progress };
    const found = request.engine === 'nmap' ? await nmapStep(scan) : await sweepStep(scan);
    const ports = await serviceStep(scan, found.open);
    progress.flush();
    const { closed, filtered } = found;
    const untried = hosts.length * request.ports.length - found.open.length - closed - filtered;
    return {
      ports: ports.toSorted(byPlace),
      counts: { open: ports.length, closed, filtered, untried: Math.max(0, untried) },
      end: stop.end(),
    };
  } finally {
    stop.release();
  }
}

interface Scan {
  readonly request: PortScanRequest;
  readonly hosts: Uint32Array;
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
}

interface Found {
  readonly open: readonly ScannedPort[];
  readonly closed: number;
  readonly filtered: number;
}

async function sweepStep({ request, hosts, signal, progress }: Scan): Promise<Found> {
  const open: ScannedPort[] = [];
  const total = hosts.length * request.ports.length;
  const counts = await sweep(
    {
      mode: 'ports',
      hosts,
      ports: request.ports,
      limits: completeLimits(request.limits),
      signal,
      clock: request.clock,
      ...(request.engine === 'native' || request.engine === 'portable'
        ? { engine: request.engine }
        : {}),
    },
    {
      onAnswer: ({ host, port }) => open.push(namedByNumber(ipv4Text(host), port)),
      onCounts: ({ done }) => progress.report({ phase: 'ports', done, total, found: open.length }),
    },
  );
  progress.report({ phase: 'ports', done: counts.done, total, found: open.length });
  return { open, closed: counts.closed, filtered: counts.filtered };
}

async function nmapStep({ request, hosts, signal, progress }: Scan): Promise<Found> {
  const total = hosts.length * request.ports.length;
  const found = await scanPortsWithNmap({
    hosts: [...hosts].map(ipv4Text),
    ports: request.ports,
    signal,
  });
  progress.report({ phase: 'ports', done: total, total, found: found.open.length });
  return {
    open: found.open.map(({ ip, port }) => namedByNumber(ip, port)),
    closed: found.closed,
    filtered: found.filtered,
  };
}

async function serviceStep(scan: Scan, open: readonly ScannedPort[]): Promise<ScannedPort[]> {
  const { request, signal, progress } = scan;
  if (request.hasRecognition === false) {
    open.forEach((port) => request.onPort?.(port));
    return [...open];
  }
  const done: ScannedPort[] = [];
  const asked = new Set<ScannedPort>();
  await forEachBounded({ items: open, workersMax: RECOGNITIONS_MAX, signal }, async (port) => {
    asked.add(port);
    const whole = await recognise(port, signal, request.clock);
    done.push(whole);
    request.onPort?.(whole);
    progress.report({
      phase: 'services',
      done: done.length,
      total: open.length,
      found: done.length,
    });
  });
  const left = open.filter((port) => !asked.has(port));
  left.forEach((port) => request.onPort?.(port));
  return [...done, ...left];
}

async function recognise(
  port: ScannedPort,
  signal: AbortSignal,
  clock: Clock,
): Promise<ScannedPort> {
  const recognition = await recogniseService({ address: port.ip, port: port.port, signal, clock });
  return { ...port, ...recognition };
}

function namedByNumber(ip: string, port: number): ScannedPort {
  return { ip, port, transport: 'tcp', service: serviceNameOf(port) };
}

function byPlace(left: ScannedPort, right: ScannedPort): number {
  return ipv4Of(left.ip) - ipv4Of(right.ip) || left.port - right.port;
}
