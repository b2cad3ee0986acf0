/* Small real services for the scan journey, started in a namespace: `node scan-services.ts '["ssh:22",…]'`. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer as createHttp } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';

const [list = '[]', ip = ''] = process.argv.slice(2);

/** What a TCP service does with a connection. */
type Serve = (socket: Socket) => void;

const greets =
  (text: string): Serve =>
  (socket) =>
    socket.write(Buffer.from(text, 'latin1'));

const answers =
  (isAsked: (text: string) => boolean, reply: string): Serve =>
  (socket) =>
    socket.on('data', (bytes) => {
      if (isAsked(bytes.toString('latin1'))) socket.write(Buffer.from(reply, 'latin1'));
    });

const mysqlGreeting = `\x0a8.0.36\0${'\0'.repeat(40)}`;

const services: Readonly<Record<string, Serve>> = {
  ssh: greets('SSH-2.0-OpenSSH_9.6p1 Debian-1\r\n'),
  smtp: greets('220 mail.lab ESMTP Postfix\r\n'),
  ftp: greets('220 (vsFTPd 3.0.5)\r\n'),
  telnet: greets('\xff\xfd\x18\xff\xfd\x20router login: '),
  mysql: greets(`${String.fromCharCode(mysqlGreeting.length)}\0\0\0${mysqlGreeting}`),
  redis: answers((text) => text.startsWith('PING'), '+PONG\r\n$21\r\nredis_version:7.2.4\r\n\r\n'),
  memcached: answers((text) => text === 'version\r\n', 'VERSION 1.6.24\r\n'),
  postgresql: answers((text) => text.length === 8, 'N'),
  silent: () => undefined,
  /* Tells of every byte: a printer would have printed it. */
  printer: (socket) =>
    socket.on('data', (bytes) => process.stdout.write(`printed ${bytes.length}\n`)),
  vnc(socket) {
    socket.write('RFB 003.008\n');
    socket.on('data', () => socket.write(Buffer.of(1, 1)));
  },
};

function page(service: string): string {
  if (service === 'docker') return '{"Version":"27.1.1","ApiVersion":"1.46"}';
  return '<html><title>Lab page</title></html>';
}

const open: { readonly name: string; readonly port: number }[] = (JSON.parse(list) as string[]).map(
  (each) => ({ name: each.split(':')[0] ?? '', port: Number(each.split(':')[1]) }),
);

for (const { name, port } of open) {
  if (name === 'netbios') serveNetbios(port);
  else if (name === 'names') serveNames(port);
  else if (name === 'http' || name === 'docker') {
    createHttp((_request, response) => {
      response.setHeader('Server', 'nginx/1.25.3');
      response.end(page(name));
    }).listen(port);
  } else if (name === 'https') {
    createTls(selfSigned('lab.wardgrid.test'), (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.end(`HTTP/1.1 200 OK\r\n\r\n${page(name)}`));
    })
      .on('tlsClientError', () => undefined)
      .listen(port);
  } else {
    createServer((socket) => {
      socket.on('error', () => undefined);
      services[name]?.(socket);
    }).listen(port);
  }
}
process.stdout.write('ready\n');

/** A NetBIOS node status responder: one machine name, one group. */
function serveNetbios(port: number): void {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port: back, address }) => {
    const row = (name: string, flags: number): Buffer =>
      Buffer.concat([Buffer.from(name.padEnd(15)), Buffer.of(0, flags, 0)]);
    const body = Buffer.concat([Buffer.of(2), row('WORKGROUP', 0x84), row('LABFILES', 0x04)]);
    const head = Buffer.concat([query.subarray(0, 2), Buffer.from('84000000000100000000', 'hex')]);
    const rest = Buffer.from(`0021000100000000${body.length.toString(16).padStart(4, '0')}`, 'hex');
    socket.send(Buffer.concat([head, query.subarray(12, 46), rest, body]), back, address);
  });
  socket.bind(port);
}

/** Answers every PTR question about its own address, as multicast DNS (5353) and name server (53) do. */
function serveNames(port: number): void {
  const socket = createSocket('udp4');
  const name = Buffer.from(port === 53 ? '\x03dns\x03lab\0' : '\x05media\x05local\0', 'latin1');
  const mine = ip.split('.').toReversed().join('\0');
  socket.on('message', (query, { port: back, address }) => {
    const end = query.length;
    const asked = query
      .subarray(12, end - 4)
      .toString('latin1')
      .replace(/[\x01-\x1f]/g, '\0');
    if (!asked.includes('in-addr')) return;
    if (port !== 53 && !asked.startsWith(`\0${mine}\0`)) return;
    const head = Buffer.concat([query.subarray(0, 2), Buffer.from('84000001000100000000', 'hex')]);
    const answer = Buffer.concat([
      Buffer.from('c00c000c00010000000a00', 'hex'),
      Buffer.of(name.length),
      name,
    ]);
    const question = Buffer.concat([query.subarray(12, end - 2), Buffer.of(0, 1)]);
    socket.send(Buffer.concat([head, question, answer]), back, address);
  });
  socket.bind(port);
}

/** A certificate that names and signs itself, written by hand (RFC 5280, 4.1) so that no key is kept anywhere. */
function selfSigned(commonName: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    const long =
      body.length > 127
        ? Buffer.of(0x82, body.length >> 8, body.length & 255)
        : Buffer.of(body.length);
    return Buffer.concat([Buffer.of(tag), long, body]);
  };
  const algorithm = der(0x30, Buffer.from('06082a8648ce3d040302', 'hex'));
  const word = der(0x0c, Buffer.from(commonName));
  const name = der(0x30, der(0x31, der(0x30, Buffer.from('0603550403', 'hex'), word)));
  const time = (text: string): Buffer => der(0x17, Buffer.from(text));
  const body = der(
    0x30,
    Buffer.from('a003020102020101', 'hex'),
    algorithm,
    name,
    der(0x30, time('200101000000Z'), time('490101000000Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = der(0x03, Buffer.of(0), sign('sha256', body, privateKey));
  const bytes = der(0x30, body, algorithm, signature).toString('base64');
  const lines = (bytes.match(/.{1,64}/g) ?? []).join('\n');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  return { key, cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n` };
}
