/**
 * Which hosts are on a network. It owns the order of proof: ARP on our own links, TCP and ICMP
 * beyond them, then names. It must never report an address that nobody holds, nor ask what a host
 * serves.
 */
import { hostsOf, sizeOf } from '@wardgrid/base';
import { ipv4Of, ipv4Text, networkOf } from '../address.ts';
import { createStop, napUnlessStopped } from '../control.ts';
import { ScanError } from '../errors.ts';
import { completeLimits, type ScanLimits } from '../limits.ts';
import { findNames } from '../names/index.ts';
import { createProgressReporter, type ProgressReporter } from '../progress.ts';
import type { Evidence, ScanControl, ScanEnd, ScannedHost, ScannedName } from '../shapes.ts';
import { sweep } from '../sweep/index.ts';
import { sweepArp, type ArpFinding } from './arp.ts';
import { isOnLink, readOwnAddresses, type OwnAddress } from './interfaces.ts';
import { readGateways, readNeighbours } from './neighbours.ts';
import { pingAll, pingedHostsMax } from './ping.ts';
import { splitProxies, type ProxySuspect } from './proxy.ts';

export type { ProxySuspect } from './proxy.ts';

/** What a discovery takes. */
export interface DiscoveryRequest extends ScanControl {
  /** An IPv4 network, at most a /16. */
  readonly cidr: string;
  /** Name servers for reverse look-ups as `ip` or `ip:port`; the system's when not given. */
  readonly nameServers?: readonly string[];
  /** Whether to ask for names too; true when not given. */
  readonly hasNames?: boolean;
  readonly onHost?: (host: ScannedHost) => void;
}

/** What a discovery found, sorted by address. */
export interface DiscoveryResult {
  readonly hosts: readonly ScannedHost[];
  /** Machines that answered ARP for addresses nobody seems to hold; those are not in `hosts`. */
  readonly proxySuspects: readonly ProxySuspect[];
  readonly end: ScanEnd;
}

/* Ports of which nearly every machine, printer, camera and phone answers or refuses one. */
const LIFE_PORTS = Uint16Array.of(443, 80, 22, 445, 3389, 8080, 135, 62_078);

/** A row the kernel already had is doubted for 5 s and then asked three times, a second apart. */
const STALE_MS = 9_000;

/**
 * Finds the hosts of a network. Cancelled or out of time it returns what it has.
 * @throws ScanError `scan-network-invalid`, `scan-network-too-large`, `scan-hosts-too-many`,
 * `scan-engine-failed`.
 */
export async function discoverHosts(request: DiscoveryRequest): Promise<DiscoveryResult> {
  const network = networkOf(request.cidr);
  const limits = completeLimits(request.limits);
  if (sizeOf(network) > BigInt(limits.hostsMax)) {
    throw new ScanError(
      'scan-hosts-too-many',
      `${request.cidr} holds more than ${limits.hostsMax}`,
    );
  }
  const stop = createStop(request.clock, request.signal, limits.deadlineMs);
  const progress = createProgressReporter(request.clock, request.onProgress);
  try {
    const own = readOwnAddresses();
    const addresses = [...hostsOf(network)];
    const search: Search = { request, limits, own, addresses, signal: stop.signal, progress };
    const { sightings, proxySuspects } = await findSightings(search);
    const hosts = await nameHosts(search, sightings);
    hosts.forEach((host) => request.onHost?.(host));
    progress.flush();
    return { hosts, proxySuspects, end: stop.end() };
  } finally {
    stop.release();
  }
}

interface Search {
  readonly request: DiscoveryRequest;
  readonly limits: ScanLimits;
  readonly own: readonly OwnAddress[];
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  readonly progress: ProgressReporter;
}

type Sighting = Omit<ScannedHost, 'names'>;

async function findSightings(
  search: Search,
): Promise<{ sightings: Sighting[]; proxySuspects: readonly ProxySuspect[] }> {
  const ownIps = new Map(search.own.map((address) => [address.ip, address]));
  const others = search.addresses.filter((ip) => !ownIps.has(ip));
  const onLink = others.filter((ip) => isOnLink(search.own, ip));
  const onLinkSet = new Set(onLink);
  const arp = await askLink(search, onLink);
  const offLink = [...others.filter((ip) => !onLinkSet.has(ip)), ...arp.unasked];
  const tcp = await askTcp(search, [...arp.found.keys(), ...offLink]);
  const icmp = await askIcmp(
    search,
    offLink.filter((ip) => !tcp.has(ip)),
  );
  const doubted = await dropStale(search, arp.found, tcp);
  const claims = [...arp.found.values()]
    .filter(({ ip }) => !doubted.has(ip))
    .map(({ ip, mac }) => ({ ip, mac, hasOtherSign: tcp.has(ip) }));
  const proxies = splitProxies(claims, await readGateways());
  const kept = new Map(
    claims.filter(({ ip }) => !proxies.dropped.has(ip)).map(({ ip, mac }) => [ip, mac]),
  );
  const sightings = search.addresses.flatMap((ip): Sighting[] => {
    const own = ownIps.get(ip);
    if (own) return [{ ip, mac: own.mac, isSelf: true, rttMs: null, evidence: ['self'] }];
    const evidence: Evidence[] = [];
    if (kept.has(ip)) evidence.push('arp');
    if (icmp.has(ip)) evidence.push('icmp');
    if (tcp.has(ip) && !doubted.has(ip)) evidence.push('tcp');
    if (evidence.length === 0) return [];
    const rttMs = tcp.get(ip) ?? icmp.get(ip) ?? null;
    return [{ ip, mac: kept.get(ip) ?? null, isSelf: false, rttMs, evidence }];
  });
  return { sightings, proxySuspects: proxies.suspects };
}

function askLink(search: Search, addresses: readonly string[]) {
  const { request, limits, signal, progress } = search;
  return sweepArp({
    cidr: request.cidr,
    addresses,
    packetsPerSecond: limits.packetsPerSecond,
    signal,
    clock: request.clock,
    onLook: (done, found) =>
      progress.report({ phase: 'discover', done, total: search.addresses.length, found }),
  });
}

/** Round trips of the hosts that accepted or refused a connection, by address. */
async function askTcp(search: Search, addresses: readonly string[]): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  const { signal, limits, progress } = search;
  if (addresses.length === 0 || signal.aborted) return answers;
  const hosts = Uint32Array.from(addresses, ipv4Of);
  const total = hosts.length * LIFE_PORTS.length;
  await sweep(
    { mode: 'life', hosts, ports: LIFE_PORTS, limits, signal, clock: search.request.clock },
    {
      onAnswer: ({ host, rttMs }) => answers.set(ipv4Text(host), roundedMs(rttMs)),
      onCounts: ({ done }) =>
        progress.report({ phase: 'verify', done, total, found: answers.size }),
    },
  );
  return answers;
}

function askIcmp(search: Search, addresses: readonly string[]): Promise<Map<string, number>> {
  const isWorthIt = addresses.length <= pingedHostsMax && !search.signal.aborted;
  return isWorthIt ? pingAll({ addresses, signal: search.signal }) : Promise.resolve(new Map());
}

/** Rows that stood in the table before and that nothing else confirms: waits until the kernel has made sure. */
async function dropStale(
  search: Search,
  found: ReadonlyMap<string, ArpFinding>,
  tcp: ReadonlyMap<string, number>,
): Promise<ReadonlySet<string>> {
  const doubted = [...found.values()].filter((row) => row.isKnownBefore && !tcp.has(row.ip));
  if (doubted.length === 0) return new Set();
  const hasWaited = await napUnlessStopped(search.request.clock, STALE_MS, search.signal);
  const table = await readNeighbours();
  return new Set(doubted.filter(({ ip }) => !hasWaited || !table.get(ip)?.mac).map(({ ip }) => ip));
}

async function nameHosts(search: Search, sightings: readonly Sighting[]): Promise<ScannedHost[]> {
  const { request, signal, progress } = search;
  const total = sightings.length;
  const names: ReadonlyMap<string, readonly ScannedName[]> =
    signal.aborted || request.hasNames === false
      ? new Map()
      : await findNames({
          addresses: sightings.map(({ ip }) => ip),
          signal,
          clock: request.clock,
          ...(request.nameServers ? { nameServers: request.nameServers } : {}),
        });
  progress.report({ phase: 'names', done: total, total, found: total });
  return sightings.map((sighting) => ({ ...sighting, names: names.get(sighting.ip) ?? [] }));
}

/** Timings are kept to a hundredth: finer is noise of our own loop. */
function roundedMs(rttMs: number): number {
  return Math.round(rttMs * 100) / 100;
}
