import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAccessTokens } from './access-token.ts';

const KEY = new Uint8Array(32).fill(7);
const tokens = createAccessTokens(KEY);
const claims = {
  sub: '01890a5d-ac96-774b-bcce-b302099a8057',
  sid: '01890a5d-ac96-774b-bcce-b302099a8058',
  epoch: 3,
  amr: ['password', 'totp'],
  iat: 1_800_000_000,
  exp: 1_800_000_300,
};

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token signed with a key, under any header. */
function forge(header: unknown, payload: unknown, given: { key?: Uint8Array; hash?: string } = {}) {
  const signed = `${encode(header)}.${encode(payload)}`;
  const mac = createHmac(given.hash ?? 'sha256', given.key ?? KEY).update(signed);
  return `${signed}.${mac.digest('base64url')}`;
}

test('what was issued is read, expired or not, and is a JWT that others can read', () => {
  const token = tokens.issue(claims);
  expect(tokens.read(token)).toEqual(claims);
  expect(token).toBe(forge({ alg: 'HS256', typ: 'JWT' }, claims));
});

test.each([
  ['alg none', `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`],
  ['alg None with a signature', forge({ alg: 'None', typ: 'JWT' }, claims)],
  ['alg HS512', forge({ alg: 'HS512', typ: 'JWT' }, claims, { hash: 'sha512' })],
  ['alg RS256 signed with the HMAC key', forge({ alg: 'RS256', typ: 'JWT' }, claims)],
  ['a header with a key of its own', forge({ alg: 'HS256', typ: 'JWT', jwk: {} }, claims)],
  ['a header in another order', forge({ typ: 'JWT', alg: 'HS256' }, claims)],
  ['another key', forge({ alg: 'HS256', typ: 'JWT' }, claims, { key: new Uint8Array(32) })],
  ['unknown claims', forge({ alg: 'HS256', typ: 'JWT' }, { ...claims, admin: true })],
  ['missing claims', forge({ alg: 'HS256', typ: 'JWT' }, { sub: claims.sub })],
  ['no JSON', `${tokens.issue(claims).split('.')[0]}.AAAA.AAAA`],
  ['a fourth part', `${tokens.issue(claims)}.x`],
  ['a padded signature', `${tokens.issue(claims)}=`],
  ['an empty text', ''],
  ['a very long text', 'a.'.repeat(100_000)],
])('%s is refused', (_name, token) => {
  expect(tokens.read(token)).toBeUndefined();
});

test('no change of any character goes unnoticed', () => {
  const token = tokens.issue(claims);
  fc.assert(
    fc.property(
      fc.nat(token.length - 1),
      fc.string({ minLength: 1, maxLength: 1 }),
      (at, letter) => {
        fc.pre(token[at] !== letter);
        expect(tokens.read(token.slice(0, at) + letter + token.slice(at + 1))).toBeUndefined();
      },
    ),
    { numRuns: 500 },
  );
});

test('reading costs some microseconds', () => {
  const token = tokens.issue(claims);
  const runs = 20_000;
  for (let run = 0; run < runs; run += 1) tokens.read(token);
  const startMs = performance.now();
  for (let run = 0; run < runs; run += 1) tokens.read(token);
  const us = ((performance.now() - startMs) * 1_000) / runs;
  process.stdout.write(`access token read: ${us.toFixed(1)} µs\n`);
  expect(us).toBeLessThan(1_000);
});
