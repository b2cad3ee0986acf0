/**
 * Controllers of the grid: who they are, how they join, what they serve and who hangs below whom. Owns
 * the tables `controller`, `controller_report`, `join_token`, `join_candidate` and this controller's own
 * place in the chain. It must not know how controllers exchange, nor what they tell each other.
 */
import type { ForwardedJoin, JoinResponse } from '@wardgrid/wire';
import type { Platform } from '../../platform/services.ts';
import { keepNeighbours } from './announcements/service.ts';
import { forgetGone } from './candidates/arrivals.ts';
import { createJoinCandidates } from './candidates/service.ts';
import { ownCertificate } from './certificates.ts';
import type { ControllersDeps } from './deps.ts';
import { introduce } from './introduction.ts';
import { createJoining } from './joining/service.ts';
import { createNodes } from './nodes.ts';
import { mountControllerRoutes } from './routes.ts';
import { createSelf, type Self } from './self.ts';
import { createControllers, type Controllers } from './service.ts';
import { createJoinTokens } from './tokens/service.ts';

export type { AnnouncementDeps } from './announcements/service.ts';
export type { ControllersDeps } from './deps.ts';
export { askGrid, type AskOptions } from './joining/asker.ts';
export { joinGrid, type JoinOptions } from './joining/client.ts';
export {
  certificateRepository,
  nodeRepository,
  reportRepository,
  type NodeRow,
} from './repository.ts';
export { revokedControllers, servingControllers } from './serving.ts';
export { CLOUD_NODE, readTree, type ControllerTree } from './topology.ts';

/** What the program and synchronisation ask of controllers. */
export interface ControllersFeature {
  /** A join that came through a controller of the tenant. */
  readonly takeForwarded: (tenantId: string, join: ForwardedJoin) => Promise<JoinResponse>;
  readonly self: Self;
  readonly childrenOf: Controllers['childrenOf'];
  /** Renews certificates and says what this controller is, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** How often certificates that end soon are looked for. */
const RENEWAL_INTERVAL_MS = 3_600_000;

export function createControllersFeature(
  platform: Platform,
  deps: ControllersDeps,
): ControllersFeature {
  const nodes = createNodes(platform, deps);
  const joining = createJoining(platform, {
    nodes,
    licenceOf: deps.licenceOf,
    forward: deps.forward,
    activate: deps.activate,
    onRefused: deps.onJoinRefused,
  });
  const { silentAfterMs, treeChanged } = deps;
  const controllers = createControllers(platform, { nodes, silentAfterMs, treeChanged });
  mountControllerRoutes(platform.http, {
    controllers,
    tokens: createJoinTokens(platform, { nodes, caFingerprint: deps.caFingerprint }),
    candidates: createJoinCandidates(platform, { nodes, ...deps }),
    joining,
    ownCertificate: (tenantId) => ownCertificate(platform, tenantId),
    introduce: (nonce) => introduce(platform, { nonce, authority: deps.authority }),
  });
  const self = createSelf(platform, { nodes, authority: deps.authority });
  return {
    takeForwarded: joining.takeForwarded,
    self,
    childrenOf: controllers.childrenOf,
    async start(signal) {
      const { announcements } = deps;
      const neighbours = announcements && keepNeighbours(platform, announcements, signal);
      while (!signal.aborted) {
        await self.refresh().catch(() => undefined);
        if (platform.place.role === 'cloud') await nodes.renew().catch(() => undefined);
        await platform.database
          .transact({ kind: 'ingest' }, (tx) => forgetGone(platform, tx))
          .catch(() => undefined);
        await platform.clock.sleep(RENEWAL_INTERVAL_MS, signal).catch(() => undefined);
      }
      await neighbours;
    },
  };
}
