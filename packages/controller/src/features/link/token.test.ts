import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeClock, createSeededRandom } from '@wardgrid/base';
import { createSplitTickets } from './split-ticket.ts';
import { createDeviceTokens } from './token.ts';

const KEY = new Uint8Array(32).fill(7);
const CLAIMS = {
  deviceId: '01234567-89ab-7def-8123-456789abcdef',
  tenantId: '76543210-89ab-7def-8123-456789abcdef',
  expiresAt: 1_800_000_000_000,
};

test('a token says what it was issued for, until it expires', () => {
  let nowMs = 1_700_000_000_000;
  const tokens = createDeviceTokens(KEY, () => nowMs);
  const token = tokens.issue(CLAIMS);
  expect(tokens.read(token)).toEqual(CLAIMS);
  expect(tokens.read(token)).toEqual(CLAIMS);
  nowMs = CLAIMS.expiresAt;
  expect(tokens.read(token)).toBeUndefined();
});

test('a token of another key, or altered anywhere, is none', () => {
  const tokens = createDeviceTokens(KEY, () => 0);
  const token = tokens.issue(CLAIMS);
  expect(createDeviceTokens(new Uint8Array(32), () => 0).read(token)).toBeUndefined();
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '.', '_'), (place, letter) => {
      fc.pre(token[place] !== letter);
      const altered = token.slice(0, place) + letter + token.slice(place + 1);
      const claims = tokens.read(altered);
      // The last letter of a part carries bits that decode to nothing.
      return claims === undefined || JSON.stringify(claims) === JSON.stringify(CLAIMS);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => tokens.read(text) === undefined));
});

test('a split ticket is good for a while, for its device, and cannot be made', async () => {
  const clock = createFakeClock();
  const tickets = createSplitTickets(KEY, clock, createSeededRandom(1));
  const ticket = tickets.issue(CLAIMS.deviceId);
  expect(tickets.read(ticket)).toBe(CLAIMS.deviceId);
  expect(tickets.read(ticket.replace(CLAIMS.deviceId, CLAIMS.tenantId))).toBeUndefined();
  expect(tickets.read(`${ticket}x`)).toBeUndefined();
  await clock.advance(15 * 60_000);
  expect(tickets.read(ticket)).toBeUndefined();
});
