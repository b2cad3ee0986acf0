/**
 * What the hosts of a network call themselves: multicast DNS, NetBIOS and the name server. It owns
 * the parsers of their packets, which read hostile bytes; it must not believe a host about another.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import {
  dnsTypes,
  encodeDnsQuery,
  parseDnsMessage,
  type Clock,
  type DnsMessage,
} from '@wardgrid/base';
import { forEachBounded, napUnlessStopped } from '../control.ts';
import { createPace } from '../pace.ts';
import { wordOf, type ScannedName } from '../shapes.ts';
import { encodeNodeStatusQuery, parseNodeStatus } from './netbios.ts';

/** RFC 6762, section 3. */
const MDNS = { port: 5353, group: '224.0.0.251' } as const;

const NETBIOS_PORT = 137;

/** RFC 6763, section 9: a question that every responder with services answers. */
const SERVICES = '_services._dns-sd._udp.local';

/** Responders wait up to 120 ms before they answer (RFC 6762, section 6), sleepy ones longer. */
const ANSWER_MS = 900;

/** The name server is near, or not worth the wait. */
const DNS_TIMEOUT_MS = 800;
const DNS_LOOKUPS_MAX = 64;

/** Hosts asked a second, with two or three datagrams each: a /24 takes a quarter of a second. */
const HOSTS_PER_SECOND = 1000;
const TURN_MS = 5;

/** Every machine of the link must read a multicast question: beyond this only the host itself is asked. */
const MULTICAST_QUESTIONS_MAX = 256;

/** One host may have many services; more names than this of one source are noise. */
const NAMES_PER_HOST_MAX = 4;

/** What a search for names takes. */
export interface NamesRequest {
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly nameServers?: readonly string[];
}

/** The names of these addresses; an address without any is left out. Never fails, stops when told to. */
export async function findNames(
  request: NamesRequest,
): Promise<ReadonlyMap<string, readonly ScannedName[]>> {
  const names = new Map<string, ScannedName[]>();
  const wanted = new Set(request.addresses);
  const add = (ip: string, name: string, source: ScannedName['source']): void => {
    const word = wordOf(name.replace(/\.$/, ''));
    const known = names.get(ip) ?? [];
    if (!wanted.has(ip) || word === '' || known.length >= NAMES_PER_HOST_MAX) return;
    if (known.some((other) => other.name === word && other.source === source)) return;
    names.set(ip, [...known, { name: word, source }]);
  };
  if (request.addresses.length === 0) return names;
  await Promise.all([askByDatagram(request, add), askNameServer(request, add)]);
  return names;
}

type AddName = (ip: string, name: string, source: ScannedName['source']) => void;

async function askByDatagram(request: NamesRequest, add: AddName): Promise<void> {
  const { clock, signal } = request;
  const socket = await openSocket();
  if (!socket) return;
  const id = (clock.now() & 0x7fff) | 1;
  const netbios = encodeNodeStatusQuery(id);
  socket.on('message', (bytes: Buffer, { address, port }: RemoteInfo) => {
    if (port === NETBIOS_PORT) add(address, parseNodeStatus(bytes, id) ?? '', 'netbios');
    if (port === MDNS.port) mdnsNamesOf(parseDnsMessage(bytes), address, add);
  });
  const send = (bytes: Uint8Array, port: number, address: string): void => {
    socket.send(bytes, port, address, () => undefined);
  };
  const isSmall = request.addresses.length <= MULTICAST_QUESTIONS_MAX;
  const askHost = (address: string): void => {
    const question = { name: reverseNameOf(address), type: dnsTypes.ptr, isUnicastWanted: true };
    const query = encodeDnsQuery(id, [question]);
    send(netbios, NETBIOS_PORT, address);
    send(query, MDNS.port, address);
    if (isSmall) send(query, MDNS.port, MDNS.group);
  };
  try {
    const services = { name: SERVICES, type: dnsTypes.ptr, isUnicastWanted: true };
    send(encodeDnsQuery(id, [services]), MDNS.port, MDNS.group);
    await askInTurn(request, askHost);
    await napUnlessStopped(clock, ANSWER_MS, signal);
  } finally {
    socket.close();
  }
}

async function askInTurn(request: NamesRequest, ask: (address: string) => void): Promise<void> {
  const { clock, signal, addresses } = request;
  const pace = createPace(HOSTS_PER_SECOND, clock.monotonic());
  for (let next = 0; next < addresses.length;) {
    const count = pace.take(addresses.length - next, clock.monotonic());
    addresses.slice(next, next + count).forEach(ask);
    next += count;
    if (!(await napUnlessStopped(clock, TURN_MS, signal))) return;
  }
}

/** Only what a host says of its own address counts: any device can answer multicast questions. */
function mdnsNamesOf(message: DnsMessage | undefined, sender: string, add: AddName): void {
  if (!message?.isResponse) return;
  for (const { type, name, value } of message.records) {
    if (type === dnsTypes.a && value === sender) add(sender, name, 'mdns');
    if (type === dnsTypes.ptr && name === reverseNameOf(sender)) add(sender, value, 'mdns');
  }
}

async function askNameServer(request: NamesRequest, add: AddName): Promise<void> {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 1 });
  if (request.nameServers) resolver.setServers(request.nameServers);
  const cancel = (): void => resolver.cancel();
  request.signal.addEventListener('abort', cancel, { once: true });
  let hasServer = true;
  const crew = { items: request.addresses, workersMax: DNS_LOOKUPS_MAX, signal: request.signal };
  await forEachBounded(crew, async (address) => {
    if (!hasServer) return;
    try {
      for (const name of await resolver.reverse(address)) add(address, name, 'dns');
    } catch (error) {
      /* No server, or one that does not answer, will not answer for the other addresses either. */
      hasServer &&= !isServerAway(error);
    }
  });
  request.signal.removeEventListener('abort', cancel);
}

function isServerAway(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ECONNREFUSED' || code === 'ETIMEOUT' || code === 'ECANCELLED';
}

function reverseNameOf(ip: string): string {
  return `${ip.split('.').toReversed().join('.')}.in-addr.arpa`;
}

/** An unbound port: answers then come by unicast, as to any simple resolver (RFC 6762, section 6.7). */
function openSocket(): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.on('error', () => resolve(undefined));
    socket.bind(0, () => resolve(socket));
  });
}
