/**
 * The link: the talk with an agent. It enrols devices, opens their sessions, exchanges heartbeats and
 * records against orders and settings, and holds the live connections. It owns no table but a
 * setting: devices and jobs are changed through their doors. Nobody may import it.
 */
import type { Platform } from '../../platform/services.ts';
import type { LiveDevices } from '../jobs/index.ts';
import type { LinkDeps } from './deps.ts';
import { createHub } from './live/hub.ts';
import { mountUpgrade } from './live/routes.ts';
import { mountLinkRoutes } from './routes.ts';
import { createLinkService } from './service.ts';
import { createDeviceTokens } from './token.ts';

export type { ClonedIdentity, FinishedScan, LinkDeps, RefusedOrder, ScanResult } from './deps.ts';

/** The link as the program starts it. */
export interface LinkFeature {
  /** Devices whose live connection is open on this controller. */
  readonly connectedCount: () => number;
  readonly live: LiveDevices;
  /** Exchanges answered in the last minute by this controller. */
  readonly exchangesPerMinute: () => number;
  /** Holds live connections until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function createLinkFeature(platform: Platform, deps: LinkDeps): LinkFeature {
  const tokens = createDeviceTokens(platform.keys.deviceSession, platform.clock.now);
  const service = createLinkService(platform, deps, tokens);
  mountLinkRoutes({
    platform,
    service,
    tokens,
    addressOf: deps.addressOf,
    content: deps.content,
    requireNotBlocked: deps.requireNotBlocked,
  });
  const hub = createHub(platform, deps);
  mountUpgrade(platform, tokens, hub);
  return {
    start: hub.start,
    connectedCount: hub.size,
    live: hub.devices,
    exchangesPerMinute: service.exchangesPerMinute,
  };
}
