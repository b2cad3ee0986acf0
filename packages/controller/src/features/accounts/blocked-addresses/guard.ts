import { containsIp, parseCidr } from '@wardgrid/base';
import { isLoopback, networkOfClient } from '../../../platform/client-address.ts';
import { ControllerError } from '../../../platform/error.ts';
import { inTurn } from '../../../platform/reload.ts';
import type { Platform } from '../../../platform/services.ts';
import { ADDRESS_FAILURES_MAX, blockMsOf, createFailureCounter } from '../throttle.ts';
import { createBlockedAddressList } from './list.ts';
import { blockedAddressRepository, ROWS_MAX } from './repository.ts';

const AUTH = { kind: 'auth' } as const;

/**
 * Keeps blocked client addresses out and blocks those that fail too often. Loopback never is: it is
 * how whoever runs the machine gets back in when everybody else is locked out, and behind a proxy
 * that is not declared as trusted it would stand for the whole world. Trusted proxies are never
 * blocked by themselves for that reason.
 */
export function createAddressGuard(platform: Platform, trustedProxies: readonly string[]) {
  const list = createBlockedAddressList();
  const failures = createFailureCounter();
  const proxies = trustedProxies.flatMap((text) => parseCidr(text) ?? []);

  /** Reads the blocks into memory; who is told of a change while it reads gets what comes after. */
  const load = inTurn(async () => {
    const rows = await platform.database.transact(AUTH, (tx) =>
      blockedAddressRepository(tx).listActive(platform.clock.now()),
    );
    list.replace(rows.map((row) => ({ cidr: row.cidr, expiresAt: row.expires_at })));
  });

  return {
    load,
    requireNotBlocked(this: void, address: string): void {
      const nowMs = platform.clock.now();
      const block = list.blockOf(address, nowMs);
      if (!block) return;
      const { expiresAt } = block;
      const waitSeconds =
        expiresAt === null ? undefined : Math.max(1, Math.ceil((expiresAt - nowMs) / 1_000));
      throw new ControllerError('address-blocked', 'this address is blocked', {
        facts: { address },
        ...(waitSeconds === undefined ? {} : { retryAfterSeconds: waitSeconds }),
      });
    },
    /** Counts a failed proof of identity; too many from one network block it. */
    async noteFailure(address: string): Promise<void> {
      if (isLoopback(address) || proxies.some((proxy) => containsIp(proxy, address))) return;
      const network = networkOfClient(address);
      if (!failures.count(network, platform.clock.now())) return;
      await blockByItself(platform, network);
      platform.log.warn('address blocked', { network });
      await load();
    },
  };
}

export type AddressGuard = ReturnType<typeof createAddressGuard>;

/** Blocks a network, each time for twice as long as the last. A person's block stands. */
function blockByItself(platform: Platform, network: string): Promise<void> {
  const nowMs = platform.clock.now();
  return platform.database.transact(AUTH, async (tx) => {
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
}
