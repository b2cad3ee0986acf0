import { containsIp, formatCidr, formatIp, parseCidr, parseIp, type Cidr } from '@wardgrid/base';
import { instantOf, instantOrNull, type BlockedAddress } from '@wardgrid/wire';
import { isLoopback, networkOfClient, plainAddress } from '../../../platform/client-address.ts';
import type { Context } from '../../../platform/context.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { ADDRESS_FAILURES_MAX, blockMsOf, createFailureCounter } from '../throttle.ts';
import { createBlockedAddressList } from './list.ts';
import { blockedAddressRepository, type BlockedAddressRow } from './repository.ts';

/** Most rows kept: every one is looked at whenever the list is loaded. */
const ROWS_MAX = 20_000;
/** Ended blocks are remembered this long, so that the next one lasts longer. */
const MEMORY_MS = 7 * 86_400_000;
const HOUR_MS = 3_600_000;
/** Widest networks a person may block: beyond them it is the internet, and a slip of the hand. */
const PREFIX_MIN = { 4: 8, 6: 20 } as const;
/** IPv6 clients own a /64. */
const IPV6_PREFIX_MAX = 64;

interface NewBlock {
  readonly cidr: string;
  readonly reason: string;
  readonly expiresInHours: number | null;
  readonly isOwnAddressConfirmed: boolean;
}

/**
 * Which client addresses are kept out. Loopback never is: it is how whoever runs the machine gets
 * back in when everybody else is locked out, and behind a proxy that is not declared as trusted it
 * would stand for the whole world. Trusted proxies are never blocked by themselves for that reason.
 */
export function createBlockedAddresses(platform: Platform, trustedProxies: readonly string[]) {
  const list = createBlockedAddressList();
  const failures = createFailureCounter();
  const proxies = trustedProxies.flatMap((text) => parseCidr(text) ?? []);
  const auth = { kind: 'auth' } as const;

  async function load(): Promise<void> {
    const rows = await platform.database.transact(auth, (tx) =>
      blockedAddressRepository(tx).listActive(platform.clock.now()),
    );
    list.replace(rows.map((row) => ({ cidr: row.cidr, expiresAt: row.expires_at })));
  }

  function requireNotBlocked(address: string): void {
    const nowMs = platform.clock.now();
    const block = list.blockOf(address, nowMs);
    if (!block) return;
    throw new ControllerError('address-blocked', 'this address is blocked', {
      facts: { address },
      ...(block.expiresAt === null
        ? {}
        : { retryAfterSeconds: Math.max(1, Math.ceil((block.expiresAt - nowMs) / 1_000)) }),
    });
  }

  /** Blocks a network by itself, each time for twice as long as the last. A person's block stands. */
  async function blockByItself(network: string): Promise<void> {
    const nowMs = platform.clock.now();
    await platform.database.transact(auth, async (tx) => {
      const blocked = blockedAddressRepository(tx);
      const known = await blocked.find(network);
      if (known?.origin === 'manual' && (known.expires_at ?? Infinity) > nowMs) return;
      if (!known && (await blocked.count()) >= ROWS_MAX) return;
      const strikes = (known?.strike_count ?? 0) + 1;
      await blocked.put({
        id: platform.newId(),
        cidr: network,
        reason: `${ADDRESS_FAILURES_MAX} failed sign-ins`,
        origin: 'automatic',
        strike_count: strikes,
        created_at: nowMs,
        expires_at: nowMs + blockMsOf(strikes),
      });
      await tx.publish({ topic: 'blocked-addresses.changed' });
    });
    platform.log.warn('address blocked', { network });
    await load();
  }

  return {
    requireNotBlocked,
    load,
    /** Counts a failed proof of identity; too many from one network block it. */
    async noteFailure(address: string): Promise<void> {
      if (isLoopback(address) || proxies.some((proxy) => containsIp(proxy, address))) return;
      const network = networkOfClient(address);
      if (failures.count(network, platform.clock.now())) await blockByItself(network);
    },
    list: (): Promise<{ data: BlockedAddress[] }> =>
      platform.database.transact(auth, async (tx) => {
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
      await platform.database.transact(auth, async (tx) => {
        const blocked = blockedAddressRepository(tx);
        const known = await blocked.find(cidr);
        if (!known && (await blocked.count()) >= ROWS_MAX)
          throw new ControllerError('limit-reached', `at most ${ROWS_MAX} addresses are blocked`);
        await blocked.put({ ...row, strike_count: known?.strike_count ?? 1 });
        await tx.publish({ topic: 'blocked-addresses.changed' });
      });
      await load();
      return blockedAddressOf(row);
    },
    async delete(id: string): Promise<null> {
      const count = await platform.database.transact(auth, async (tx) => {
        await tx.publish({ topic: 'blocked-addresses.changed' });
        return blockedAddressRepository(tx).delete(id);
      });
      if (count === 0) throw notFound('blocked address');
      await load();
      return null;
    },
    purge: (): Promise<number> =>
      platform.database.transact(auth, (tx) =>
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
  if (isLoopback(formatIp(cidr.version, cidr.first)))
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
