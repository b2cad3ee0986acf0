import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/* A certificate for the TLS tests, made anew for each run so that no key is kept in the repository.
   DER as X.690 section 8 and 10 write it; the structure is RFC 5280 section 4.1. */

/** A self-signed certificate for 127.0.0.1 that is its own authority, and its key; PEM. */
export function makeCertificate(): { readonly key: string; readonly certificate: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectId(ECDSA_WITH_SHA256));
  const name = sequence(set(sequence(objectId(COMMON_NAME), element(0x0c, Buffer.from('fake')))));
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time('250101000000Z'), time('491231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(
      0xa3,
      sequence(
        extension(BASIC_CONSTRAINTS, sequence(element(0x01, Buffer.from([0xff])))),
        extension(SUBJECT_ALT_NAME, sequence(element(0x87, Buffer.from([127, 0, 0, 1])))),
      ),
    ),
  );
  const signature = sign('sha256', body, privateKey);
  const bits = element(0x03, Buffer.concat([Buffer.from([0]), signature]));
  const certificate = sequence(body, algorithm, bits);
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}

/* Object identifiers, as the bytes that DER has for them. */
const ECDSA_WITH_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';
const BASIC_CONSTRAINTS = '551d13';
const SUBJECT_ALT_NAME = '551d11';

function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents);
  const length =
    content.length < 0x80
      ? Buffer.from([content.length])
      : Buffer.from([0x82, content.length >> 8, content.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, content]);
}

function sequence(...members: readonly Buffer[]): Buffer {
  return element(0x30, ...members);
}

function set(...members: readonly Buffer[]): Buffer {
  return element(0x31, ...members);
}

function integer(bytes: Buffer): Buffer {
  return element(0x02, bytes);
}

function objectId(hex: string): Buffer {
  return element(0x06, Buffer.from(hex, 'hex'));
}

function time(text: string): Buffer {
  return element(0x17, Buffer.from(text));
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), element(0x04, value));
}
