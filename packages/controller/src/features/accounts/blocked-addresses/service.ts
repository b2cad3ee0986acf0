import { containsIp, formatCidr, formatIp, parseCidr, parseIp, type Cidr } from '@wardgrid/base';
import { instantOf, instantOrNull, type BlockedAddress } from '@wardgrid/wire';
import { isLoopback, plainAddress } from '../../../platform/client-address.ts';
import type { Context } from '../../../platform/context.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { AddressGuard } from './guard.ts';
import { blockedAddressRepository, ROWS_MAX, type BlockedAddressRow } from './repository.ts';

/** Ended blocks are remembered this long, so that the next one lasts longer. */
const MEMORY_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;
/** Widest networks a person may block: beyond them it is the internet, and a slip of the hand. */
const PREFIX_MIN = { 4: 8, 6: 20 } as const;
/** IPv6 clients own a /64. */
const IPV6_PREFIX_MAX = 64;

const AUTH = { kind: 'auth' } as const;

interface NewBlock {
  readonly cidr: string;
  readonly reason: string;
  readonly expiresInHours: number | null;
  readonly isOwnAddressConfirmed: boolean;
}

/** The blocks as the platform's people see and make them. */
export function createBlockedAddresses(platform: Platform, guard: AddressGuard) {
  return {
    list: (): Promise<{ data: BlockedAddress[] }> =>
      platform.database.transact(AUTH, async (tx) => {
        const rows = await blockedAddressRepository(tx).listActive(platform.clock.now());
        return { data: rows.map((row) => blockedAddressOf(row)) };
      }),
    async create(context: Context, given: NewBlock): Promise<BlockedAddress> {
      const cidr = formatCidr(requireBlockable(given.cidr));
      requireOthers(context, cidr, given.isOwnAddressConfirmed);
      const nowMs = platform.clock.now();
      const { expiresInHours } = given;
      const row: BlockedAddressRow = {
        id: platform.newId(),
        cidr,
        reason: given.reason,
        origin: 'manual',
        strike_count: 1,
        created_at: nowMs,
        expires_at: expiresInHours === null ? null : nowMs + expiresInHours * HOUR_MS,
      };
      await platform.database.transact(AUTH, async (tx) => {
        const blocked = blockedAddressRepository(tx);
        const known = await blocked.find(cidr);
        if (!known && (await blocked.count()) >= ROWS_MAX)
          throw new ControllerError('limit-reached', `at most ${ROWS_MAX} addresses are blocked`);
        await blocked.put({ ...row, strike_count: known?.strike_count ?? 1 });
        await tx.publish({ topic: 'blocked-addresses.changed' });
      });
      await guard.load();
      return blockedAddressOf(row);
    },
    async delete(id: string): Promise<null> {
      const count = await platform.database.transact(AUTH, async (tx) => {
        await tx.publish({ topic: 'blocked-addresses.changed' });
        return blockedAddressRepository(tx).delete(id);
      });
      if (count === 0) throw notFound('blocked address');
      await guard.load();
      return null;
    },
    purge: (): Promise<number> =>
      platform.database.transact(AUTH, (tx) =>
        blockedAddressRepository(tx).purge(platform.clock.now() - MEMORY_MS),
      ),
  };
}

export type BlockedAddresses = ReturnType<typeof createBlockedAddresses>;

/** The network that a text means: an address alone is itself, IPv6 never narrower than a /64. */
function requireBlockable(text: string): Cidr {
  const [address = '', prefix] = text.split('/');
  const ip = parseIp(plainAddress(address));
  if (!ip) throw invalid('must be an address or a network such as 10.0.0.0/24');
  // An IPv4 address in an IPv6 coat has lost it, and so its prefix counts from another start.
  const isUnwrapped = address.includes(':') && ip.version === 4;
  const bits =
    prefix === undefined ? (ip.version === 4 ? 32 : 64) : Number(prefix) - (isUnwrapped ? 96 : 0);
  const cidr = parseCidr(
    `${formatIp(ip.version, ip.value)}/${ip.version === 6 ? Math.min(bits, IPV6_PREFIX_MAX) : bits}`,
  );
  if (!cidr) throw invalid('must be an address or a network such as 10.0.0.0/24');
  if (cidr.prefix < PREFIX_MIN[cidr.version])
    throw invalid(`a network may be at most a /${PREFIX_MIN[cidr.version]}`);
  const isHoldingLoopback = ['127.0.0.1', '::1'].some((address) => containsIp(cidr, address));
  if (isHoldingLoopback || isLoopback(formatIp(cidr.version, cidr.first)))
    throw invalid('loopback is never blocked: it is the way back in');
  return cidr;
}

function requireOthers(context: Context, text: string, isConfirmed: boolean): void {
  const cidr = parseCidr(text);
  if (isConfirmed || !cidr || !containsIp(cidr, context.address)) return;
  throw new ControllerError('conflict', 'this would block your own address; confirm it', {
    shown: { isOwnAddress: true },
  });
}

function invalid(detail: string): ControllerError {
  return new ControllerError('invalid-body', detail, { issues: [{ pointer: '/cidr', detail }] });
}

function blockedAddressOf(row: BlockedAddressRow): BlockedAddress {
  return {
    id: row.id,
    cidr: row.cidr,
    reason: row.reason,
    origin: row.origin,
    createdAt: instantOf(row.created_at),
    expiresAt: instantOrNull(row.expires_at),
  };
}
