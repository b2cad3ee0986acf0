import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Random } from '@wardgrid/base';
import { encodeHex } from '@wardgrid/base';

/** Tickets with which the second machine of a cloned identity enrols as itself. */
export interface SplitTickets {
  readonly issue: (deviceId: string) => string;
  /** The cloned device of a ticket that is ours and in time. Whether it was used, the database knows. */
  readonly read: (ticket: string) => string | undefined;
}

/** Long enough for a machine to make a new key; short, because a ticket is worth a seat. */
const LIFE_MS = 15 * 60_000;
const NONCE_BYTES = 8;
const TICKET = /^st1\.([0-9a-f-]{36})\.(\d{1,16})\.([0-9a-f]{16})\.([A-Za-z0-9_-]{43})$/;

/** Tickets signed with HMAC-SHA-256. */
export function createSplitTickets(
  key: Uint8Array,
  clock: Pick<Clock, 'now'>,
  random: Pick<Random, 'bytes'>,
): SplitTickets {
  const macOf = (body: string): Buffer =>
    createHmac('sha256', key).update(`wardgrid split ticket v1\n${body}`).digest();
  return {
    issue(deviceId) {
      const nonce = encodeHex(random.bytes(NONCE_BYTES));
      const body = `${deviceId}.${clock.now() + LIFE_MS}.${nonce}`;
      return `st1.${body}.${macOf(body).toString('base64url')}`;
    },
    read(ticket) {
      const [, deviceId = '', expiresAt = '', nonce = '', mac = ''] = TICKET.exec(ticket) ?? [];
      const expected = macOf(`${deviceId}.${expiresAt}.${nonce}`);
      const given = Buffer.from(mac, 'base64url');
      const isOurs = given.length === expected.length && timingSafeEqual(given, expected);
      return isOurs && Number(expiresAt) > clock.now() ? deviceId : undefined;
    },
  };
}
