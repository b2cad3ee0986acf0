import { messageOf, type Log } from '@wardgrid/base';
import { createPeerTransport } from '../../../platform/peer.ts';
import type { Platform } from '../../../platform/services.ts';
import { createAddresses } from './addresses.ts';
import { createAuthentication } from './authentication.ts';
import { createCheckpoints, type Checkpoints } from './checkpoint.ts';
import type { ExchangeDeps } from './deps.ts';
import { createListeners } from './listeners.ts';
import { listenForPushes } from './push-ear.ts';
import { mountExchangeRoutes } from './routes.ts';
import { announceMoved, createExchangeServer } from './server.ts';
import { createUplink, type Uplink } from './uplink.ts';

export type { ChainAlarm, ExchangeDeps, ExchangeNode, ExchangeNodes } from './deps.ts';
export type { Uplink, UplinkState } from './uplink.ts';
export { openVoucher } from './vouching.ts';

/** How this controller exchanges with others. */
export interface ExchangeFeature {
  readonly uplink: Uplink;
  readonly checkpoints: Checkpoints;
  /** Writes what was captured into the own stream, and tells those below and above. */
  readonly seal: (tenantId: string) => Promise<void>;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Own writes that come together travel together. */
const DEBOUNCE_MS = 200;
/** What a lost message did not tell is found this often. */
const SWEEP_MS = 5_000;

export function createExchange(platform: Platform, deps: ExchangeDeps): ExchangeFeature {
  const { engine } = deps;
  const transport = createPeerTransport();
  const addresses = createAddresses();
  const checkpoints = createCheckpoints(platform, engine);
  const server = createExchangeServer(platform, deps, checkpoints);
  const listeners = createListeners(platform, server.place);
  const authentication = createAuthentication(platform, deps);
  const { takeForwarded, contentFor } = deps;
  const uplink = createUplink(platform, deps, { transport, addresses, checkpoints });
  mountExchangeRoutes({
    platform,
    authentication,
    server,
    listeners,
    takeForwarded,
    contentFor,
    handOn: uplink.handOn,
  });
  const isLocal = platform.place.role !== 'cloud';

  async function seal(tenantId: string): Promise<void> {
    if ((await engine.seal(tenantId)) > 0) await announceMoved(platform, tenantId);
  }

  const sealing = createSealing(platform.log, seal);
  platform.bus.on('sync.written', ({ tenantId }) => sealing.add(tenantId));
  platform.bus.on('sync.moved', ({ tenantId }) => {
    void listeners.tell(tenantId).catch(() => undefined);
    if (isLocal) uplink.wake(DEBOUNCE_MS);
  });

  return {
    uplink,
    checkpoints,
    seal,
    async start(signal) {
      const membership = platform.place.membership();
      if (membership) await engine.activate(membership.tenantId);
      signal.addEventListener('abort', transport.close, { once: true });
      await Promise.all([
        listeners.start(signal),
        sweep(platform, { deps, sealing }, signal),
        ...(isLocal
          ? [
              uplink.start(signal),
              listenForPushes({ platform, deps, transport, addresses, uplink }, signal),
            ]
          : []),
      ]);
    },
  };
}

interface Sealing {
  readonly add: (tenantId: string) => void;
  readonly done: () => Promise<void>;
}

/** One sealing a tenant at a time; what is written meanwhile is sealed right after. */
function createSealing(log: Log, seal: (tenantId: string) => Promise<void>): Sealing {
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  async function work(tenantId: string): Promise<void> {
    do {
      again.delete(tenantId);
      await seal(tenantId).catch((error: unknown) =>
        log.error('changes wait to be sealed', { tenantId, reason: messageOf(error) }),
      );
    } while (again.has(tenantId));
    running.delete(tenantId);
  }
  return {
    add(tenantId) {
      if (running.has(tenantId)) again.add(tenantId);
      else running.set(tenantId, work(tenantId));
    },
    async done() {
      await Promise.all(running.values());
    },
  };
}

async function sweep(
  { clock, log }: Platform,
  { deps, sealing }: { readonly deps: ExchangeDeps; readonly sealing: Sealing },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const tenantId of await deps.engine.tenants()) sealing.add(tenantId);
    } catch (error) {
      log.debug('sealing waits', { reason: String(error) });
    }
    await clock.sleep(SWEEP_MS, signal).catch(() => undefined);
  }
  await sealing.done();
}
