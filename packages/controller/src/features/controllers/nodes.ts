import { encodeBase64Url } from '@wardgrid/base';
import { issueCertificate } from '@wardgrid/trust';
import { PRODUCT_VERSION, rootNodeOf, type SignedEnvelope, type Upstream } from '@wardgrid/wire';
import { labelOf } from '../../platform/authorize.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { certificateRepository, nodeRepository, type NodeRow } from './repository.ts';

/** A certificate is good so long; it is renewed when a third of that is left. */
const CERTIFICATE_MS = 365 * 86_400_000;
const RENEWAL_MS = CERTIFICATE_MS / 3;
/** Certificates renewed in one transaction. */
const RENEWED_MAX = 100;
/** What the cloud is called in every tenant. */
export const ROOT_NAME = 'Cloud';
/** Deepest chain that is believed. */
const DEPTH_MAX = 16;

/** What the chain needs to know of this controller itself. */
export interface NodeOptions {
  /** PEM of the own authority, when the controller serves with it. */
  readonly authority: string | null;
  /** Who serves a place may be another than before. */
  readonly treeChanged: (tx: Transaction, scope: string) => Promise<void>;
}

/** The tree of controllers with what makes them believable. */
export interface Nodes {
  /** The cloud's own row in a tenant, made when it is not there. */
  readonly root: (tx: Transaction, tenantId: string) => Promise<NodeRow>;
  /** Certifies a controller as it stands in its row. The cloud's alone. */
  readonly certify: (tx: Transaction, node: NodeRow, by: string) => Promise<SignedEnvelope>;
  /** From a controller's parent up to the cloud. */
  readonly upstreamsOf: (tx: Transaction, node: Pick<NodeRow, 'parentId'>) => Promise<Upstream[]>;
  /** Renews certificates that end soon; how many. The cloud's alone. */
  readonly renew: () => Promise<number>;
}

export function createNodes(platform: Platform, options: NodeOptions): Nodes {
  const certify: Nodes['certify'] = async (tx, node, by) => {
    const at = platform.clock.now();
    const certificate = issueCertificate(await platform.keys.tenant(node.tenantId), {
      tenantId: node.tenantId,
      nodeId: node.id,
      parentId: node.parentId,
      layer: node.layer,
      publicKey: node.publicKey,
      scope: node.scope,
      name: node.name,
      serial: at,
      issuedAt: at,
      notAfter: at + CERTIFICATE_MS,
    });
    await nodeRepository(tx).certify(node.id, certificate, { name: by, at });
    await options.treeChanged(tx, node.scope);
    return certificate;
  };
  return {
    certify,
    root: (tx, tenantId) => ensureRoot({ platform, options, certify }, tx, tenantId),
    upstreamsOf,
    renew: () =>
      platform.database.transact({ kind: 'ingest' }, async (tx) => {
        const before = platform.clock.now() + RENEWAL_MS;
        const ending = await certificateRepository(tx).endingBefore(before, RENEWED_MAX);
        for (const node of ending) await certify(tx, node, '');
        return ending.length;
      }),
  };
}

async function ensureRoot(
  needs: {
    readonly platform: Platform;
    readonly options: NodeOptions;
    readonly certify: Nodes['certify'];
  },
  tx: Transaction,
  tenantId: string,
): Promise<NodeRow> {
  const { platform, options, certify } = needs;
  const nodes = nodeRepository(tx);
  const known = await nodes.find(rootNodeOf(tenantId));
  if (known?.certificate) return known;
  const at = platform.clock.now();
  await nodes.insert({
    id: rootNodeOf(tenantId),
    controllerId: platform.keys.controllerId,
    tenantId,
    scope: labelOf(tenantId),
    parentId: null,
    layer: 0,
    name: ROOT_NAME,
    publicKey: encodeBase64Url(platform.keys.node.publicKey),
    urls: platform.urls(),
    authority: options.authority,
    version: PRODUCT_VERSION,
    certificate: null,
    createdAt: at,
    createdBy: '',
    approvedAt: at,
    approvedBy: '',
  });
  const made = await nodes.find(rootNodeOf(tenantId));
  if (!made) throw new ControllerError('not-found', 'no such tenant');
  const certificate = await certify(tx, made, '');
  return { ...made, certificate };
}

async function upstreamsOf(
  tx: Transaction,
  { parentId }: Pick<NodeRow, 'parentId'>,
): Promise<Upstream[]> {
  const upstreams: Upstream[] = [];
  let next = parentId;
  while (next !== null && upstreams.length < DEPTH_MAX) {
    const node: NodeRow | undefined = await nodeRepository(tx).find(next);
    if (!node) break;
    // One that was revoked, or is not let in yet, is nobody to turn to.
    if (node.certificate && node.revokedAt === null) {
      upstreams.push({
        nodeId: node.id,
        name: node.name,
        layer: node.layer,
        urls: [...node.urls],
        authority: node.authority,
        certificate: node.certificate,
      });
    }
    next = node.parentId;
  }
  return upstreams;
}
