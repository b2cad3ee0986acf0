import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import {
  judgeAsset,
  judgePort,
  type FindingsFeature,
  type Observation,
} from '../../findings/index.ts';
import type { Collected, Coverage } from './collect.ts';
import { reconcile, type KnownAsset, type SeenAsset } from './reconcile.ts';
import {
  assetRepository,
  portRepository,
  type AssetPort,
  type ScannedNetwork,
  type SeenPort,
} from './repository.ts';

/** A whole scan: what it found, of which network, and what it really looked at. */
export interface Scan extends Collected {
  /** The device that scanned. */
  readonly scannerId: string;
  /** Whether it looked at the usual ports. */
  readonly isTop: boolean;
  readonly network: ScannedNetwork;
  readonly coverage: Coverage;
  readonly at: number;
}

/** The machines of the network after the scan. */
interface Reconciled {
  readonly seen: readonly SeenAsset[];
  readonly unseen: readonly KnownAsset[];
}

/** Makes a scan into assets, ports and findings. */
export function createIntake(
  platform: Pick<Platform, 'clock' | 'newId'>,
  findings: Pick<FindingsFeature, 'report'>,
) {
  return async function takeIn(tx: Transaction, scan: Scan): Promise<void> {
    const { network, at, isTop } = scan;
    const assets = assetRepository(tx);
    const { seen, unseen } = await reconcileWithin(tx, scan);
    await assets.store(network, seen, at);
    const ports = portsOf(scan, seen);
    await portRepository(tx).store(network, ports, { isTop, at });
    const closed = await closePorts(tx, scan, { seen, unseen, ports });
    const goneAssetIds = await missed(tx, scan, unseen);
    const { tenantId, organizationId, scope } = network;
    await findings.report(tx, {
      tenantId,
      organizationId,
      scope,
      observations: observationsOf(seen, ports, at),
      examined: [...ports, ...closed, ...seen.map(({ id }) => ({ assetId: id, port: 0 }))],
      goneAssetIds,
      at,
    });
    await assets.forgetOld(network.id, at);
    await announce(tx, network, seen);
  };

  async function reconcileWithin(tx: Transaction, scan: Scan): Promise<Reconciled> {
    const { network, hosts, scannerId } = scan;
    const assets = await assetRepository(tx).known(network.id);
    const devices = await assetRepository(tx).devices(network, {
      macs: hosts.flatMap(({ mac }) => mac ?? []),
      ids: [scannerId, ...assets.flatMap(({ deviceId }) => deviceId ?? [])],
    });
    return reconcile({ hosts, assets, devices, scannerId, newId: platform.newId });
  }

  async function announce(
    tx: Transaction,
    { id, tenantId, scope }: ScannedNetwork,
    seen: readonly SeenAsset[],
  ): Promise<void> {
    const nowMs = platform.clock.now();
    const fresh = seen.filter(({ isNew }) => isNew);
    const verb = fresh.length > 0 ? 'created' : 'changed';
    const told = fresh.length > 0 ? fresh : seen.slice(0, 1);
    const assets = told.map((asset) => ({ id: asset.id, tenantId, scope }));
    await announceAll(tx, { noun: 'assets', verb, nowMs }, assets);
    await announceAll(tx, { noun: 'networks', verb: 'changed', nowMs }, [{ id, tenantId, scope }]);
  }
}

/** Closes what was looked at and is no longer open. */
async function closePorts(
  tx: Transaction,
  { coverage, at }: Scan,
  given: Reconciled & { readonly ports: readonly SeenPort[] },
): Promise<AssetPort[]> {
  if (!coverage.ports) return [];
  const asked = new Set(coverage.hosts);
  const assetIds = [
    ...given.seen.map(({ id }) => id),
    ...given.unseen.filter(({ ip }) => asked.has(ip)).map(({ id }) => id),
  ];
  const repository = portRepository(tx);
  const open = new Set(given.ports.map((port) => keyOf(port)));
  const before = await repository.open(assetIds, coverage.ports);
  const closed = before.filter((port) => !open.has(keyOf(port)));
  if (closed.length > 0) await repository.close(closed, at);
  return closed;
}

/** Counts what a complete scan missed; returns the machines that are gone from now on. */
async function missed(
  tx: Transaction,
  { coverage, at }: Scan,
  unseen: readonly KnownAsset[],
): Promise<string[]> {
  if (coverage.network === null || unseen.length === 0) return [];
  const goneIds = await assetRepository(tx).miss(unseen, coverage.network);
  if (goneIds.length > 0) await portRepository(tx).closeAll(goneIds, at);
  return goneIds;
}

function portsOf({ ports }: Scan, seen: readonly SeenAsset[]): SeenPort[] {
  const idOf = new Map(seen.map(({ ip, id }) => [ip, id]));
  return ports.flatMap((found) => {
    const assetId = idOf.get(found.ip);
    return assetId === undefined ? [] : [{ assetId, port: found.port, found }];
  });
}

function observationsOf(
  seen: readonly SeenAsset[],
  ports: readonly SeenPort[],
  at: number,
): Observation[] {
  const assetOf = new Map(seen.map((asset) => [asset.id, asset]));
  const ofPorts = ports.flatMap(({ assetId, found }) => {
    const asset = assetOf.get(assetId);
    return asset ? judgePort(asset, found, at) : [];
  });
  return seen.flatMap((asset) => judgeAsset(asset)).concat(ofPorts);
}

function keyOf({ assetId, port }: AssetPort): string {
  return `${assetId} ${port}`;
}
