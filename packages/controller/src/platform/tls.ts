// @peculiar/x509 resolves its parts by reflection and needs this first.
import 'reflect-metadata';
import { createHash, webcrypto, X509Certificate } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import * as x509 from '@peculiar/x509';
import { encodeBase64Url, parseIp, type Clock } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import type { SecretStore } from './secrets.ts';

/** A certificate and its key, PEM. */
export interface TlsMaterial {
  readonly key: string;
  readonly certificate: string;
}

/** The installation's own certificate authority. */
export interface CertificateAuthority {
  readonly certificate: string;
  /** Unpadded base64url of the SHA-256 of the certificate's DER: what an enrolment key pins. */
  readonly fingerprint: string;
  /** A server certificate for these names and addresses. */
  readonly issue: (names: readonly string[]) => Promise<TlsMaterial>;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3_650;
/** Browsers refuse server certificates that live longer (CA/Browser Forum limit of 2020). */
const SERVER_DAYS = 397;
/** Clocks of clients may lag: certificates begin a day before they are made. */
const BACKDATE_MS = DAY_MS;

interface StoredAuthority {
  readonly key: string;
  readonly certificate: string;
}

/** Opens the authority, making it at the first start. Its key is sealed in the secret store. */
export async function openCertificateAuthority(
  secrets: SecretStore,
  clock: Pick<Clock, 'now'>,
): Promise<CertificateAuthority> {
  const made = JSON.stringify(await makeAuthority(clock));
  const kept = await secrets.ensure('tls-authority', () => new TextEncoder().encode(made));
  const stored = JSON.parse(new TextDecoder().decode(kept)) as StoredAuthority;
  const key = await importKey(stored.key);
  const authority = new x509.X509Certificate(stored.certificate);
  return {
    certificate: stored.certificate,
    fingerprint: encodeBase64Url(
      new Uint8Array(
        createHash('sha256').update(new X509Certificate(stored.certificate).raw).digest(),
      ),
    ),
    issue: (names) => issueServer({ authority, key, names, nowMs: clock.now() }),
  };
}

async function makeAuthority(clock: Pick<Clock, 'now'>): Promise<StoredAuthority> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=Wardgrid ${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '')} CA`,
    notBefore: new Date(clock.now() - BACKDATE_MS),
    notAfter: new Date(clock.now() + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await exportKey(keys.privateKey), certificate: certificate.toString('pem') };
}

async function issueServer(given: {
  readonly authority: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly names: readonly string[];
  readonly nowMs: number;
}): Promise<TlsMaterial> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = [...new Set(given.names)].map((name) => ({
    type: parseIp(name) ? ('ip' as const) : ('dns' as const),
    value: name,
  }));
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${names[0]?.value ?? 'wardgrid'}`,
    issuer: given.authority.subject,
    notBefore: new Date(given.nowMs - BACKDATE_MS),
    notAfter: new Date(given.nowMs + SERVER_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: given.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(given.authority.publicKey),
    ],
  });
  return {
    key: await exportKey(keys.privateKey),
    certificate: `${certificate.toString('pem')}\n${given.authority.toString('pem')}\n`,
  };
}

/** The names under which this machine may be addressed. */
export function ownNames(extra: readonly string[]): string[] {
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .map((entry) => entry.address)
    .filter((address) => !address.includes('%') && !address.startsWith('fe80:'));
  return [...extra, hostname(), 'localhost', ...addresses].filter(
    (name) => name !== '' && name !== '0.0.0.0' && name !== '::',
  );
}

function serialNumber(): string {
  const bytes = systemRandom.bytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toHex();
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  const body = Buffer.from(der)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n')
    .trim();
  return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`;
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
}
