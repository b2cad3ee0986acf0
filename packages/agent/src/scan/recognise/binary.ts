import { dnsTypes, encodeDnsQuery, parseDnsMessage } from '@wardgrid/base';
import { wordOf, type Recognition } from '../shapes.ts';

/** The number our version query carries; an answer must carry it back. */
const DNS_ID = 0x5747;

/** A DNS query over TCP for the server's version: `version.bind`, TXT, class CHAOS. */
export function encodeDnsVersionQuery(): Buffer {
  const query = Buffer.from(encodeDnsQuery(DNS_ID, [{ name: 'version.bind', type: dnsTypes.txt }]));
  query.writeUInt8(3, query.length - 1);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return Buffer.concat([length, query]);
}

/** A name server's answer over TCP, with its version where it tells. */
export function parseDnsOverTcp(bytes: Buffer): Recognition | undefined {
  const message = parseDnsMessage(bytes.subarray(2));
  if (!message?.isResponse || message.id !== DNS_ID) return undefined;
  const text = message.records.find(({ type }) => type === dnsTypes.txt)?.value ?? '';
  const match = /^([A-Za-z][A-Za-z -]{1,40}?)[- ]?(\d[\w.-]{0,40})/.exec(text);
  const version = wordOf(match?.[2] ?? text);
  return {
    service: 'dns',
    ...(match ? { product: wordOf(match[1] ?? '') } : {}),
    ...(version === '' ? {} : { version }),
  };
}

/** An X.224 connection request with RDP negotiation (MS-RDPBCGR, 2.2.1.1): any of TLS and CredSSP. */
export const rdpRequest = Buffer.from('030000130ee000000000000100080003000000', 'hex');

/** An X.224 connection confirm. The version tells the security that the server chose. */
export function parseRdp(bytes: Buffer): Recognition | undefined {
  if (bytes.length < 11 || bytes[0] !== 3 || bytes[5] !== 0xd0) return undefined;
  const isChoice = bytes.length >= 19 && bytes[11] === 2;
  const chosen = isChoice ? bytes.readUInt32LE(15) : 0;
  const version = { 0: 'standard security', 1: 'TLS', 2: 'CredSSP', 8: 'RDSTLS' }[chosen];
  return { service: 'rdp', ...(version === undefined ? {} : { version }) };
}

const SMB_DIALECTS = [0x0202, 0x0210, 0x0300, 0x0302] as const;

/** An SMB2 NEGOTIATE request (MS-SMB2, 2.2.3) behind its four bytes of length. */
export function encodeSmbNegotiate(): Buffer {
  const header = Buffer.alloc(64);
  header.write('\xfeSMB', 0, 'latin1');
  header.writeUInt16LE(64, 4);
  header.writeUInt16LE(1, 14);
  const body = Buffer.alloc(36 + SMB_DIALECTS.length * 2);
  body.writeUInt16LE(36, 0);
  body.writeUInt16LE(SMB_DIALECTS.length, 2);
  body.writeUInt16LE(1, 4);
  SMB_DIALECTS.forEach((dialect, index) => body.writeUInt16LE(dialect, 36 + index * 2));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length + body.length);
  return Buffer.concat([length, header, body]);
}

/** The dialect that an SMB server chose; SMB1 when it knows nothing newer. */
export function parseSmb(bytes: Buffer): Recognition | undefined {
  const mark = bytes.toString('latin1', 4, 8);
  if (mark === '\xffSMB') return { service: 'smb', version: '1' };
  if (mark !== '\xfeSMB' || bytes.length < 74) return undefined;
  const dialect = bytes.readUInt16LE(72);
  const version = {
    0x0202: '2.0.2',
    0x0210: '2.1',
    0x0300: '3.0',
    0x0302: '3.0.2',
    0x0311: '3.1.1',
  }[dialect];
  return { service: 'smb', ...(version === undefined ? {} : { version }) };
}

/** An LDAP search for the root entry (RFC 4511, 4.5; RFC 4512, 5.1), which needs no bind. */
export const ldapRequest = Buffer.from(
  '3025020101632004000a01000a0100020100020100010100870b6f626a656374436c6173733000',
  'hex',
);

/** SearchResultEntry and SearchResultDone. */
const LDAP_ANSWERS: ReadonlySet<number> = new Set([0x64, 0x65]);

/** An LDAP search entry or result for our message number. */
export function parseLdap(bytes: Buffer): Recognition | undefined {
  if (bytes.length < 7 || bytes[0] !== 0x30) return undefined;
  const length = bytes.readUInt8(1);
  /* A length above 127 stands in the next bytes, as many as its low bits tell. */
  const at = 2 + (length > 0x80 ? length - 0x80 : 0);
  const isOurs = bytes.toString('hex', at, at + 3) === '020101';
  if (!isOurs || !LDAP_ANSWERS.has(bytes[at + 3] ?? 0)) return undefined;
  const text = bytes.toString('latin1');
  if (/forestFunctionality/i.test(text)) return { service: 'ldap', product: 'Active Directory' };
  return { service: 'ldap', ...(/OpenLDAP/.test(text) ? { product: 'OpenLDAP' } : {}) };
}

/** An MQTT 3.1.1 CONNECT with a clean session and without credentials (MQTT 3.1.1, 3.1). */
export const mqttRequest = Buffer.from('100c00044d5154540402003c0000', 'hex');

/** A CONNACK (3.2): accepted without credentials, or not. */
export function parseMqtt(bytes: Buffer): Recognition | undefined {
  if (bytes.length < 4 || bytes[0] !== 0x20 || bytes[1] !== 2) return undefined;
  const code = bytes[3] ?? 0;
  return code > 5 ? undefined : { service: 'mqtt', isUnauthenticated: code === 0 };
}

/** The protocol header of AMQP 0-9-1. */
export const amqpRequest = Buffer.from('AMQP\0\0\x09\x01', 'latin1');

/** Connection.Start with the server's properties, or the header of the version it would speak. */
export function parseAmqp(bytes: Buffer): Recognition | undefined {
  if (bytes.toString('latin1', 0, 4) === 'AMQP' && bytes.length >= 8) return { service: 'amqp' };
  const isStart = bytes.length > 11 && bytes[0] === 1 && bytes.readUInt32BE(7) === 0x000a_000a;
  if (!isStart) return undefined;
  const product = amqpProperty(bytes, 'product');
  const version = amqpProperty(bytes, 'version');
  return {
    service: 'amqp',
    ...(product === '' ? {} : { product }),
    ...(version === '' ? {} : { version }),
  };
}

/** A long string of the server's properties: name length, name, `S`, four bytes of length, text. */
function amqpProperty(bytes: Buffer, name: string): string {
  const mark = Buffer.concat([Buffer.of(name.length), Buffer.from(`${name}S`)]);
  const at = bytes.indexOf(mark);
  const start = at + mark.length + 4;
  if (at < 0 || start > bytes.length) return '';
  const length = Math.min(bytes.readUInt32BE(start - 4), 120);
  return wordOf(bytes.toString('utf8', start, start + length));
}

/** RFB's list of security types after the version (RFC 6143, 7.1.2): whether `None` is among them. */
export function isVncOpen(reply: Buffer): boolean | undefined {
  const count = reply[0] ?? 0;
  if (count === 0 || reply.length < 1 + count) return undefined;
  return reply.subarray(1, 1 + count).includes(1);
}
