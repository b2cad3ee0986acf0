/**
 * Networks that devices report, and the machines that scans find on them. Owns the tables
 * `discovery_network`, `discovery_asset`, `discovery_port`, `discovery_result`, `discovery_scan`.
 * It decides what may be scanned and makes results into assets; it must not send orders, and what a
 * finding is it leaves to the findings.
 */
import type { Platform } from '../../platform/services.ts';
import type { FindingsFeature } from '../findings/index.ts';
import { createAssets } from './assets.ts';
import { createManaged } from './managed/service.ts';
import { createNetworkDoor, createNetworks } from './networks/service.ts';
import { createPreparation } from './preparation.ts';
import { createResults } from './results/service.ts';
import { mountDiscoveryRoutes } from './routes.ts';

export type { ScanningDevice } from './preparation.ts';
export type { FinishedScan, ScanResult } from './results/service.ts';

/** What other features may ask. Every transaction has the workers' rights. */
export interface DiscoveryFeature
  extends ReturnType<typeof createResults>, ReturnType<typeof createManaged> {
  readonly prepare: ReturnType<typeof createPreparation>;
}

export function createDiscoveryFeature(
  platform: Platform,
  deps: { readonly findings: FindingsFeature },
): DiscoveryFeature {
  const { findings } = deps;
  const networks = createNetworkDoor(platform);
  mountDiscoveryRoutes(platform.http, {
    networks: createNetworks(platform, networks),
    assets: createAssets(platform, findings),
  });
  return {
    prepare: createPreparation(platform, networks),
    ...createResults(platform, findings),
    ...createManaged(platform, { networks, findings }),
  };
}
