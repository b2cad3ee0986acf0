import { canonicalJson, decodeBase64Url, encodeBase64Url } from '@wardgrid/base';
import { coversScope, openEnvelope, sealEnvelope } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  JoinVouch,
  type AskRequest,
  type ForwardedJoin,
  type JoinRequest,
  type JoinResponse,
} from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { LicenceView } from '../deps.ts';
import type { Nodes } from '../nodes.ts';
import { nodeRepository } from '../repository.ts';
import { sha256 } from '../token-text.ts';

/* How a controller that may come in does: the cloud certifies it, and everybody else vouches for it. */

/** What letting in asks of the rest of the controller. */
export interface AdmissionDeps {
  readonly nodes: Nodes;
  readonly licenceOf: (tx: Transaction, tenantId: string) => Promise<LicenceView | undefined>;
  /** Hands a join on to the controllers above; on a local alone. */
  readonly forward: (join: ForwardedJoin) => Promise<JoinResponse>;
  /** The tenant begins to sync, if it did not; at the cloud alone. */
  readonly activate: (tenantId: string) => Promise<void>;
}

/** With a token, or without. */
export type AnyJoinRequest = JoinRequest | AskRequest;

/** A place that a token, a person or whoever vouches gives to a new controller. */
export interface Granted {
  readonly tenantId: string;
  readonly scope: string;
  readonly parentId: string;
  readonly name: string;
  readonly createdBy: string;
  readonly approvedBy: string;
}

interface Needs {
  readonly platform: Platform;
  readonly deps: AdmissionDeps;
}

type Joined = Extract<JoinResponse, { kind: 'joined' }>;

/** At the cloud: certifies. Below: vouches, and lets the cloud certify. @throws ControllerError why not. */
export async function letIn(
  needs: Needs,
  request: AnyJoinRequest,
  granted: Granted,
): Promise<JoinResponse> {
  const { platform, deps } = needs;
  if (platform.place.role !== 'cloud') {
    const { tenantId, parentId, scope, name, createdBy, approvedBy } = granted;
    const vouch: JoinVouch = {
      type: 'join-vouch',
      tenantId,
      requestHash: sha256(canonicalJson(request)),
      nodeId: request.nodeId,
      parentId,
      scope,
      name,
      createdBy,
      approvedBy,
      issuedAt: platform.clock.now(),
    };
    return deps.forward({ request, vouch: sealEnvelope(platform.keys.node, vouch) });
  }
  const response = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    certify(needs, tx, { request, granted }),
  );
  await deps.activate(granted.tenantId);
  return response;
}

/**
 * An id names one key of one tenant, for ever; null: of a tenant that nobody said yet.
 * @throws ControllerError `join-proof-invalid`, `controller-revoked`.
 */
export async function requireFree(
  tx: Transaction,
  tenantId: string | null,
  { nodeId, publicKey }: Pick<AnyJoinRequest, 'nodeId' | 'publicKey'>,
): Promise<void> {
  const known = await nodeRepository(tx).find(nodeId);
  if (!known) return;
  const isSame =
    known.publicKey === publicKey &&
    known.layer > 0 &&
    (tenantId === null || known.tenantId === tenantId);
  if (!isSame)
    throw new ControllerError('join-proof-invalid', 'the id belongs to another controller');
  if (known.revokedAt !== null) {
    throw new ControllerError('controller-revoked', 'this controller was revoked');
  }
}

/** What a controller vouches for holds where its own certificate reaches, and for this request alone. */
export async function openVouch(
  tx: Transaction,
  given: {
    readonly tenantId: string;
    readonly request: AnyJoinRequest;
    readonly vouch: ForwardedJoin['vouch'];
  },
): Promise<Granted> {
  const { tenantId, request } = given;
  const nodes = await nodeRepository(tx).ofTenant(tenantId);
  for (const parent of nodes) {
    const publicKeys = [decodeBase64Url(parent.publicKey)];
    const opened = openEnvelope(systemCryptography, given.vouch, { publicKeys, schema: JoinVouch });
    if (opened.kind === 'refused') continue;
    const vouch = opened.value;
    const isRight =
      vouch.tenantId === tenantId &&
      vouch.parentId === parent.id &&
      vouch.nodeId === request.nodeId &&
      vouch.requestHash === sha256(canonicalJson(request)) &&
      isFor(request, parent.publicKey) &&
      parent.revokedAt === null &&
      parent.certificate !== null &&
      vouch.scope !== parent.scope &&
      coversScope(parent.scope, vouch.scope);
    if (isRight) return vouch;
  }
  throw new ControllerError('join-refused', 'no controller that may do so vouches for this one');
}

/** Who asks names whom; who has a token was given it by whom it asks. */
function isFor(request: AnyJoinRequest, parentKey: string): boolean {
  return 'token' in request || request.parentKey === parentKey;
}

async function certify(
  needs: Needs,
  tx: Transaction,
  given: { readonly request: AnyJoinRequest; readonly granted: Granted },
): Promise<Joined> {
  const { platform, deps } = needs;
  const { request, granted } = given;
  const { tenantId } = granted;
  const licence = await deps.licenceOf(tx, tenantId);
  if (!licence) throw new ControllerError('licence-missing', 'the tenant has no licence');
  await deps.nodes.root(tx, tenantId);
  await requireFree(tx, tenantId, request);
  await insertNode(platform, tx, given);
  const node = await nodeRepository(tx).find(request.nodeId);
  if (!node) throw new ControllerError('join-refused', 'this controller is not let in');
  const certificate = node.certificate ?? (await deps.nodes.certify(tx, node, granted.approvedBy));
  const what = { noun: 'controllers', verb: 'changed', nowMs: platform.clock.now() } as const;
  await announceAll(tx, what, [node]);
  return {
    kind: 'joined',
    tenantId,
    platformKey: platform.keys.platformKey(),
    licence: licence.row.envelope,
    certificate,
    upstreams: await deps.nodes.upstreamsOf(tx, node),
    directoryKey: encodeBase64Url(await platform.keys.directory(tenantId)),
    serverTime: platform.clock.now(),
  };
}

async function insertNode(
  platform: Platform,
  tx: Transaction,
  { request, granted }: { readonly request: AnyJoinRequest; readonly granted: Granted },
): Promise<void> {
  const { nodeId, publicKey, urls, authority, version } = request;
  const { tenantId, scope, parentId, name, createdBy } = granted;
  const parent = await nodeRepository(tx).find(parentId);
  if (!parent) throw new ControllerError('join-refused', 'the controller above is not known');
  await nodeRepository(tx).insert({
    id: nodeId,
    controllerId: nodeId,
    tenantId,
    scope,
    parentId,
    layer: parent.layer + 1,
    name,
    publicKey,
    urls,
    authority,
    version,
    certificate: null,
    createdAt: platform.clock.now(),
    createdBy,
    approvedAt: null,
    approvedBy: null,
  });
}
