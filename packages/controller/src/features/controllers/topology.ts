import { rootNodeOf, type ControllerCertificate } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { Membership } from '../../platform/membership.ts';
import type { Platform } from '../../platform/services.ts';
import { nodeRepository, type NodeRow } from './repository.ts';

/** The cloud, as the engine calls it. */
export const CLOUD_NODE = 'cloud';

/** The tree of controllers of a tenant as far as this controller knows it. */
export interface ControllerTree {
  /** The parent of a controller; undefined for the cloud and for one that is not known. */
  readonly parentOf: (node: string) => string | undefined;
  readonly scopeVersionOf: (node: string) => number;
  /** 0 is the cloud; of one that is not known, below everybody. */
  readonly layerOf: (node: string) => number;
  /** What a controller serves; undefined for one that is not known or was revoked. */
  readonly scopeRootOf: (node: string) => string | undefined;
  readonly isRevoked: (node: string) => boolean;
  /** Whether controllers hang below it. */
  readonly hasChildren: (node: string) => boolean;
  /** All that are known, but the cloud. */
  readonly controllers: () => readonly string[];
  readonly publicKeyOf: (node: string) => string | undefined;
  readonly revokedAtOf: (node: string) => number | null;
}

/** Deeper than any controller: whoever is not known may write nothing that asks for a layer. */
const LAYER_UNKNOWN = 1_000;

/**
 * Reads the tree with the workers' rights. What a joined controller was told of itself and of those
 * above it holds until their rows have come.
 */
export async function readTree(
  tx: Transaction,
  tenantId: string,
  { place, keys }: Pick<Platform, 'place' | 'keys'>,
): Promise<ControllerTree> {
  const rows = await nodeRepository(tx).ofTenant(tenantId);
  const membership = place.membership();
  if (!membership) return treeOf(tenantId, rows);
  const known = new Set(rows.map(({ id }) => id));
  const told = toldOf(membership).filter(({ id }) => !known.has(id));
  return treeOf(
    tenantId,
    [...rows, ...told].map((row) =>
      row.id === keys.controllerId
        ? { ...row, scopeVersion: Math.max(row.scopeVersion, membership.scopeVersion) }
        : row,
    ),
  );
}

/** What the kept certificates say, which were verified before they were kept. */
function toldOf({ certificate, upstreams, scopeVersion }: Membership): TreeRow[] {
  return [certificate, ...upstreams.map((upstream) => upstream.certificate)].map(({ payload }) => {
    const { nodeId: id, parentId, layer, scope, publicKey } = certificateIn(payload);
    return { id, parentId, layer, scope, publicKey, scopeVersion, revokedAt: null };
  });
}

function certificateIn(payload: string): ControllerCertificate {
  return JSON.parse(payload) as ControllerCertificate;
}

type TreeRow = Pick<
  NodeRow,
  'id' | 'parentId' | 'layer' | 'scope' | 'publicKey' | 'scopeVersion' | 'revokedAt'
>;

/** A tree from its rows. The cloud goes by its name in the engine and by its id alike. */
function treeOf(tenantId: string, rows: readonly TreeRow[]): ControllerTree {
  const root = rootNodeOf(tenantId);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const find = (node: string): TreeRow | undefined => byId.get(node === CLOUD_NODE ? root : node);
  const parents = new Set(rows.map(({ parentId }) => parentId));
  return {
    isRevoked: (node) => (find(node)?.revokedAt ?? null) !== null,
    hasChildren: (node) => parents.has(node === CLOUD_NODE ? root : node),
    controllers: () => [...byId.keys()].filter((id) => id !== root),
    parentOf(node) {
      const parentId = find(node)?.parentId ?? undefined;
      return parentId === root ? CLOUD_NODE : parentId;
    },
    scopeVersionOf: (node) => find(node)?.scopeVersion ?? 0,
    layerOf: (node) => (node === CLOUD_NODE ? 0 : (find(node)?.layer ?? LAYER_UNKNOWN)),
    scopeRootOf(node) {
      const row = find(node);
      return row && row.revokedAt === null ? row.scope : undefined;
    },
    publicKeyOf: (node) => find(node)?.publicKey,
    revokedAtOf: (node) => find(node)?.revokedAt ?? null,
  };
}
