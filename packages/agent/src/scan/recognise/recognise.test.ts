import { createServer, type Server, type Socket } from 'node:net';
import { systemClock as clock } from '@wardgrid/base/system';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeSmbNegotiate,
  isVncOpen,
  ldapRequest,
  parseAmqp,
  parseDnsOverTcp,
  parseLdap,
  parseMqtt,
  parseRdp,
  parseSmb,
} from './binary.ts';
import { encodeMongo, parseMemcached, parseMongo, parsePostgres, parseRedis } from './databases.ts';
import { parseGreeting } from './greetings.ts';
import { parseDocker, parseElasticsearch, parseHttp, parseRtsp, parseSip } from './http.ts';
import { recogniseService } from './index.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

test.each([
  ['SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', { service: 'ssh', product: 'OpenSSH', version: '9.2p1' }],
  ['SSH-2.0-dropbear_2022.83\r\n', { service: 'ssh', product: 'dropbear', version: '2022.83' }],
  ['220 mx ESMTP Exim 4.96 Mon\r\n', { service: 'smtp', product: 'Exim', version: '4.96' }],
  ['220 ProFTPD 1.3.7 Server\r\n', { service: 'ftp', product: 'ProFTPD', version: '1.3.7' }],
  ['+OK Dovecot ready.\r\n', { service: 'pop3', product: 'Dovecot' }],
  ['* OK [CAPABILITY IMAP4rev1] Dovecot ready\r\n', { service: 'imap', product: 'Dovecot' }],
  ['RFB 003.008\n', { service: 'vnc', version: '003.008' }],
  ['@RSYNCD: 31.0\n', { service: 'rsync', version: '31.0' }],
  ['\xff\xfd\x18login: ', { service: 'telnet', banner: 'login:' }],
  [
    '\x20\0\0\0\x0a5.5.5-10.11.6-MariaDB-1\0........',
    { service: 'mysql', product: 'MariaDB', version: '10.11.6' },
  ],
])('the greeting %j is recognised', (text, expected) => {
  expect(parseGreeting(bytes(text))).toMatchObject(expected);
});

test('HTTP servers are known by header and title, and what they serve to strangers is told', () => {
  const head = 'HTTP/1.1 200 OK\r\nServer: Apache/2.4.57 (Debian)\r\n\r\n';
  expect(parseHttp(bytes(`${head}<title>Hi \u0007</title>`))).toEqual({
    service: 'http',
    product: 'Apache',
    version: '2.4.57',
    banner: 'Hi \\u{7}',
  });
  const elastic = '{"cluster_name":"x","version":{"number":"8.13.0"}}';
  expect(parseElasticsearch(bytes(`${head}${elastic}`))).toMatchObject({
    version: '8.13.0',
    isUnauthenticated: true,
  });
  expect(parseDocker(bytes(`${head}{"ApiVersion":"1.44","Version":"25.0.3"}`))).toMatchObject({
    version: '25.0.3',
    isUnauthenticated: true,
  });
  expect(parseRtsp(bytes('RTSP/1.0 200 OK\r\nServer: Cam/1\r\n\r\n'))?.service).toBe('rtsp');
  expect(parseSip(bytes('SIP/2.0 200 OK\r\nUser-Agent: Asterisk\r\n\r\n'))?.product).toBe(
    'Asterisk',
  );
  expect(parseHttp(bytes('nonsense'))).toBeUndefined();
});

test('databases tell whether they serve strangers', () => {
  expect(parseRedis(bytes('-NOAUTH Authentication required.\r\n'))?.isUnauthenticated).toBe(false);
  expect(parseRedis(bytes('+PONG\r\n$9\r\nredis_version:7.0.1\r\n'))).toMatchObject({
    version: '7.0.1',
    isUnauthenticated: true,
  });
  expect(parseMemcached(bytes('VERSION 1.6.9\r\n'))?.version).toBe('1.6.9');
  expect(parsePostgres(bytes('S'))?.service).toBe('postgresql');
  expect(parsePostgres(bytes('HTTP/1.1'))).toBeUndefined();
  const info = encodeMongo(1, [['version', '7.0.5']]);
  expect(parseMongo(Buffer.concat([info, encodeMongo(2, [['code', 13]])]))).toMatchObject({
    version: '7.0.5',
    isUnauthenticated: false,
  });
  expect(parseMongo(encodeMongo(2, [['databases', 0]]))?.isUnauthenticated).toBe(true);
});

test('binary protocols are known by their answers', () => {
  const rdp = Buffer.from('030000130ed000001234000209080002000000', 'hex');
  expect(parseRdp(rdp)).toEqual({ service: 'rdp', version: 'CredSSP' });
  const smb = Buffer.alloc(80);
  smb.write('\xfeSMB', 4, 'latin1');
  smb.writeUInt16LE(0x0302, 72);
  expect(parseSmb(smb)).toEqual({ service: 'smb', version: '3.0.2' });
  expect(encodeSmbNegotiate().readUInt32BE(0)).toBe(encodeSmbNegotiate().length - 4);
  expect(ldapRequest).toHaveLength(2 + (ldapRequest[1] ?? 0));
  expect(parseLdap(Buffer.from('300c02010165070a010004000400', 'hex'))?.service).toBe('ldap');
  expect(parseMqtt(Buffer.of(0x20, 2, 0, 5))).toEqual({
    service: 'mqtt',
    isUnauthenticated: false,
  });
  expect(parseMqtt(Buffer.of(0x20, 2, 0, 0))?.isUnauthenticated).toBe(true);
  const start = Buffer.concat([
    Buffer.from('01000000000040000a000a0009', 'hex'),
    bytes('\0\0\0\x20\x07productS\0\0\0\x08RabbitMQ\x07versionS\0\0\0\x063.13.1'),
  ]);
  expect(parseAmqp(start)).toEqual({ service: 'amqp', product: 'RabbitMQ', version: '3.13.1' });
  expect(isVncOpen(Buffer.of(2, 2, 1))).toBe(true);
  expect(isVncOpen(Buffer.of(1, 2))).toBe(false);
  expect(isVncOpen(Buffer.of(9, 1))).toBeUndefined();
});

test('no bytes make a parser throw or hand on unbounded or invisible text', () => {
  const parsers = [
    parseGreeting,
    parseHttp,
    parseRtsp,
    parseSip,
    parseDocker,
    parseElasticsearch,
    parseRedis,
    parseMemcached,
    parsePostgres,
    parseMongo,
    parseDnsOverTcp,
    parseRdp,
    parseSmb,
    parseLdap,
    parseMqtt,
    parseAmqp,
  ];
  const starts = [
    '',
    'HTTP/1.1 200 OK\r\nServer: ',
    'SSH-2.0-',
    '220 ',
    '+PONG\r\n',
    'VERSION ',
    '\x30\x84',
    '\x20\x02',
    '\x01\0\0\0\0\0\0\0\x0a\0\x0a\x07productS',
    '\0\0\0\0\xfeSMB',
    '\x30\0\0\0\x0a',
    '\xff\xfd',
    '\x40\0\0\0\0\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0',
  ];
  const random = fc.uint8Array({ maxLength: 400 });
  fc.assert(
    fc.property(fc.constantFrom(...starts), random, (start, rest) => {
      const packet = Buffer.concat([bytes(start), rest]);
      for (const parse of parsers) {
        const texts = Object.values(parse(packet) ?? {}).filter((each) => typeof each === 'string');
        for (const text of texts) {
          expect(text.length).toBeLessThanOrEqual(256);
          expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
      }
    }),
    { numRuns: 2000 },
  );
});

async function serving<T>(
  serve: (socket: Socket) => void,
  work: (port: number) => Promise<T>,
): Promise<T> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    return await work(typeof address === 'object' && address ? address.port : 0);
  } finally {
    server.close();
  }
}

test('a service that floods is cut off, and one that never answers is left in time', async () => {
  const { signal } = new AbortController();
  const recognise = (port: number) =>
    recogniseService({ address: '127.0.0.1', port, signal, clock });
  const flood = await serving((socket) => socket.write(Buffer.alloc(1 << 20, 65)), recognise);
  expect(flood.banner).toHaveLength(256);
  const startMs = clock.monotonic();
  const mute = await serving(() => undefined, recognise);
  expect(mute).toEqual({ service: 'unknown' });
  expect(clock.monotonic() - startMs).toBeLessThan(8500);
}, 20_000);

test('recognition ends at once when cancelled', async () => {
  const controller = new AbortController();
  const startMs = clock.monotonic();
  clock.after(100, () => controller.abort());
  const { signal } = controller;
  await serving(
    () => undefined,
    (port) => recogniseService({ address: '127.0.0.1', port, signal, clock }),
  );
  expect(clock.monotonic() - startMs).toBeLessThan(1000);
});
