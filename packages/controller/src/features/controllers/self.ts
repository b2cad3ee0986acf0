import { openCertificate } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { PRODUCT_VERSION } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { Membership } from '../../platform/membership.ts';
import type { Platform } from '../../platform/services.ts';
import type { Nodes } from './nodes.ts';
import { nodeRepository, type NodeRow } from './repository.ts';

/** This controller in the tree. */
export interface Self {
  /**
   * Takes over what the tree says of this controller (a renewed certificate, another parent), and puts
   * into the tree what it says of itself: its addresses and version. After each exchange.
   */
  readonly refresh: () => Promise<void>;
}

export function createSelf(
  platform: Platform,
  given: { readonly nodes: Nodes; readonly authority: string | null },
): Self {
  return {
    refresh: () =>
      platform.place.role === 'cloud'
        ? describeRoots(platform, given.authority)
        : refreshLocal(platform, given),
  };
}

/** The cloud has a row in each tenant that has controllers. */
async function describeRoots(platform: Platform, authority: string | null): Promise<void> {
  await platform.database.transact({ kind: 'ingest' }, async (tx) => {
    for (const node of await nodeRepository(tx).ofController(platform.keys.controllerId)) {
      await describe(tx, { platform, authority }, node);
    }
  });
}

async function refreshLocal(
  platform: Platform,
  given: { readonly nodes: Nodes; readonly authority: string | null },
): Promise<void> {
  const { place, keys } = platform;
  const known = place.membership();
  if (!known) return;
  const next = await platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const node = await nodeRepository(tx).find(keys.controllerId);
    if (!node) return known;
    await describe(tx, { platform, authority: given.authority }, node);
    const upstreams = await given.nodes.upstreamsOf(tx, node);
    const renewed = renewedFrom(known, node, platform.clock.now());
    return upstreams.length === 0 ? renewed : { ...renewed, upstreams };
  });
  if (JSON.stringify(next) !== JSON.stringify(known)) await place.save(next);
}

/** What the certificate in the tree says, when it is a newer one of ours. */
function renewedFrom(known: Membership, node: NodeRow, nowMs: number): Membership {
  if (!node.certificate || node.certificate.payload === known.certificate.payload) return known;
  const { tenantId, tenantKey } = known;
  const reader = { tenantId, tenantKey, nowMs, isRevoked: () => false };
  const opened = openCertificate(systemCryptography, node.certificate, reader);
  if (opened.kind === 'refused') return known;
  const { nodeId, parentId, layer, scope, name } = opened.certificate;
  if (nodeId !== node.id || parentId === null) return known;
  return { ...known, certificate: node.certificate, parentId, layer, scope, name };
}

async function describe(
  tx: Transaction,
  { platform, authority }: { readonly platform: Platform; readonly authority: string | null },
  node: NodeRow,
): Promise<void> {
  const urls = platform.urls();
  const isSame =
    JSON.stringify(node.urls) === JSON.stringify(urls) &&
    node.authority === authority &&
    node.version === PRODUCT_VERSION;
  if (isSame) return;
  await nodeRepository(tx).describe(node.id, { urls, authority, version: PRODUCT_VERSION });
}
