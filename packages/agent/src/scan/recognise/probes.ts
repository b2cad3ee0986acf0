import type { Recognition } from '../shapes.ts';
import {
  amqpRequest,
  encodeDnsVersionQuery,
  encodeSmbNegotiate,
  ldapRequest,
  mqttRequest,
  parseAmqp,
  parseDnsOverTcp,
  parseLdap,
  parseMqtt,
  parseRdp,
  parseSmb,
  rdpRequest,
} from './binary.ts';
import { encodeMongo, parseMemcached, parseMongo, parsePostgres, parseRedis } from './databases.ts';
import { parseDocker, parseElasticsearch, parseHttp, parseRtsp, parseSip } from './http.ts';

/** A harmless question and the reader of its answer. No credentials, no writes. */
export interface Probe {
  readonly send: Uint8Array;
  readonly parse: (reply: Buffer) => Recognition | undefined;
}

/** `Host` is left empty on purpose (RFC 9112, 3.2): we know an address, not a name. */
function httpGet(path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost:\r\nUser-Agent: wardgrid-scan\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
  );
}

const sipOptions = [
  'OPTIONS sip:scan@invalid SIP/2.0',
  'Via: SIP/2.0/TCP invalid;branch=z9hG4bKwardgrid',
  'Max-Forwards: 0',
  'From: <sip:scan@invalid>;tag=wardgrid',
  'To: <sip:scan@invalid>',
  'Call-ID: wardgrid@invalid',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
].join('\r\n');

const probes = {
  http: { send: httpGet('/'), parse: parseHttp },
  elasticsearch: {
    send: httpGet('/'),
    parse: (reply) => parseElasticsearch(reply) ?? parseHttp(reply),
  },
  docker: { send: httpGet('/version'), parse: (reply) => parseDocker(reply) ?? parseHttp(reply) },
  redis: { send: Buffer.from('PING\r\nINFO server\r\n'), parse: parseRedis },
  memcached: { send: Buffer.from('version\r\n'), parse: parseMemcached },
  postgresql: { send: Buffer.from('0000000804d2162f', 'hex'), parse: parsePostgres },
  mongodb: {
    send: Buffer.concat([
      encodeMongo(1, [
        ['buildInfo', 1],
        ['$db', 'admin'],
      ]),
      encodeMongo(2, [
        ['listDatabases', 1],
        ['nameOnly', 1],
        ['$db', 'admin'],
      ]),
    ]),
    parse: parseMongo,
  },
  rdp: { send: rdpRequest, parse: parseRdp },
  smb: { send: encodeSmbNegotiate(), parse: parseSmb },
  ldap: { send: ldapRequest, parse: parseLdap },
  dns: { send: encodeDnsVersionQuery(), parse: parseDnsOverTcp },
  mqtt: { send: mqttRequest, parse: parseMqtt },
  amqp: { send: amqpRequest, parse: parseAmqp },
  rtsp: { send: Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n'), parse: parseRtsp },
  sip: { send: Buffer.from(`${sipOptions}\r\n\r\n`), parse: parseSip },
} as const satisfies Readonly<Record<string, Probe>>;

type ProbeName = keyof typeof probes;

const PROBES_BY_PORT: Readonly<Record<number, readonly ProbeName[]>> = {
  53: ['dns'],
  389: ['ldap'],
  636: ['ldap'],
  139: ['smb'],
  445: ['smb'],
  554: ['rtsp'],
  1883: ['mqtt'],
  2375: ['docker'],
  2376: ['docker'],
  3268: ['ldap'],
  3389: ['rdp'],
  5060: ['sip'],
  5061: ['sip'],
  5432: ['postgresql'],
  5433: ['postgresql'],
  5671: ['amqp'],
  5672: ['amqp'],
  6379: ['redis'],
  6380: ['redis'],
  8554: ['rtsp'],
  8883: ['mqtt'],
  9200: ['elasticsearch'],
  11211: ['memcached'],
  27017: ['mongodb'],
  27018: ['mongodb'],
};

/** Services that wait for TLS at once; a plain greeting would be waited for in vain. */
const TLS_PORTS: ReadonlySet<number> = new Set([
  443, 465, 636, 853, 990, 992, 993, 995, 2376, 3269, 4443, 5061, 5671, 5986, 6443, 8443, 8883,
  9443, 10250,
]);

/** Web servers and others of which it is known that the client speaks first. */
const CLIENT_FIRST_PORTS: ReadonlySet<number> = new Set([
  80, 81, 631, 3000, 3128, 5000, 5601, 5984, 5985, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9090,
  15672,
]);

/** Raw printer ports: whatever is sent there is printed. Not one byte may go. */
const SILENT_PORTS: ReadonlySet<number> = new Set([9100, 9101, 9102, 9103, 9104, 9105, 9106, 9107]);

/** How the service of a port is approached. */
export interface Approach {
  readonly isSilent: boolean;
  readonly isTlsFirst: boolean;
  readonly isClientFirst: boolean;
  readonly probes: readonly Probe[];
}

/** The approach for a port: what usually listens there first, then the web. */
export function approachOf(port: number): Approach {
  const usual = PROBES_BY_PORT[port] ?? [];
  return {
    isSilent: SILENT_PORTS.has(port),
    isTlsFirst: TLS_PORTS.has(port),
    isClientFirst: usual.length > 0 || CLIENT_FIRST_PORTS.has(port),
    probes: [...usual.map((name): Probe => probes[name]), probes.http],
  };
}
