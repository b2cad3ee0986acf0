import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decodeHex, encodeBase64Url, silentLog } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { trustController, type TrustOptions } from './controller-trust.ts';
import { parseEnrolmentKey } from './enrolment-key.ts';
import { createHttpTransport } from './http-transport.ts';
import { fingerprintOf, readPinnedCa } from './trust-anchor.ts';

/* The key and certificates in testdata were made for these tests; nothing else trusts them. */
const read = (name: string): string =>
  readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const CA = read('ca.pem');
const OTHER_CA = read('other-ca.pem');

let server: https.Server;
let url: string;
let dataPath: string;
/** What the server shows as its CA. */
let shownCa: string;

beforeEach(async () => {
  shownCa = CA;
  server = https.createServer(
    { key: read('server-key.pem'), cert: read('server.pem') },
    (request, response) => response.end(request.url === '/api/v1/ca.pem' ? shownCa : 'hello'),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  dataPath = mkdtempSync(join(tmpdir(), 'wardgrid-trust-'));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  rmSync(dataPath, { recursive: true, force: true });
});

function keyFor(ca: string | null) {
  const fingerprint = ca === null ? '' : `_${encodeBase64Url(decodeHex(fingerprintOf(ca) ?? ''))}`;
  return parseEnrolmentKey(`wgk_0123456789abcdef_${'a_-'.repeat(14)}x${fingerprint}`);
}

function trust(given: Partial<TrustOptions> = {}): Promise<string | null> {
  return trustController(
    {
      controllerUrl: url,
      dataPath,
      enrolmentKey: keyFor(CA),
      isEnrolled: false,
      isPlainHttpAllowed: false,
      isPatient: false,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      ...given,
    },
    new AbortController().signal,
  );
}

async function get(ca: string | null): Promise<string> {
  const { transport, close } = createHttpTransport({ ca });
  try {
    const response = await transport(`${url}/`, { method: 'GET', headers: {} });
    return await response.text();
  } finally {
    close();
  }
}

test('the CA that the enrolment key names is fetched, pinned for root alone, and trusted', async () => {
  const ca = await trust();
  expect(ca).toBe(CA);
  expect(readPinnedCa(dataPath)).toBe(CA);
  expect(statSync(join(dataPath, 'ca.pem')).mode & 0o777).toBe(0o600);
  expect(await get(ca)).toBe('hello');
});

test('a controller with another CA is refused and nothing is pinned', async () => {
  await expect(trust({ enrolmentKey: keyFor(OTHER_CA) })).rejects.toMatchObject({
    code: 'controller-untrusted',
  });
  shownCa = 'no certificate at all';
  await expect(trust()).rejects.toMatchObject({ code: 'controller-untrusted' });
  expect(readPinnedCa(dataPath)).toBeNull();
});

test('an interceptor that shows the right CA but has no certificate of it is not talked to', async () => {
  shownCa = OTHER_CA;
  const ca = await trust({ enrolmentKey: keyFor(OTHER_CA) });
  expect(ca).toBe(OTHER_CA);
  await expect(get(ca)).rejects.toThrow();
});

test('without a fingerprint only what the system trusts is talked to', async () => {
  expect(await trust({ enrolmentKey: keyFor(null) })).toBeNull();
  await expect(get(null)).rejects.toThrow(/self-signed|unable to/);
});

test('an enrolled device keeps its pin whatever key it is given', async () => {
  await trust();
  expect(await trust({ isEnrolled: true, enrolmentKey: keyFor(OTHER_CA) })).toBe(CA);
});

test('plain HTTP is for the device itself, or said aloud', async () => {
  for (const controllerUrl of ['http://127.0.0.1:1', 'http://localhost:1', 'http://[::1]:1']) {
    expect(await trust({ controllerUrl })).toBeNull();
  }
  const controllerUrl = 'http://grid.example.org';
  await expect(trust({ controllerUrl })).rejects.toMatchObject({ code: 'controller-insecure' });
  expect(await trust({ controllerUrl, isPlainHttpAllowed: true })).toBeNull();
});

test('text that is no enrolment key is refused', () => {
  for (const text of [
    '',
    'wgk_',
    'wgk_0123456789abcdef_short',
    `abc_0123456789abcdef_${'x'.repeat(43)}`,
  ]) {
    expect(() => parseEnrolmentKey(text), text).toThrow(/enrolment key/);
  }
  expect(keyFor(null).caFingerprint).toBeNull();
});
