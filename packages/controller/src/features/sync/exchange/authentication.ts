import type { IncomingHttpHeaders } from 'node:http';
import { openCertificate } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { rootNodeOf } from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import type { ChainAlarm, ExchangeNode, ExchangeNodes } from './deps.ts';
import { createReplayCache } from './replay.ts';
import { certificateIn, isSignedBy, signatureIn, SKEW_MS_MAX } from './signing.ts';

/** A request of a controller, as it came in. */
export interface NodeRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

/** Who asks: what its certificate and signature prove, never what the request says. */
export interface ProvedCaller {
  readonly nodeId: string;
  readonly tenantId: string;
  readonly scope: string;
  /** 0 is the cloud. */
  readonly layer: number;
  readonly rid: string;
}

export interface Authentication {
  /** @throws ControllerError `node-…`. */
  readonly prove: (request: NodeRequest) => Promise<ProvedCaller>;
}

/** A controller that we have not heard of yet, by the certificate that it brings. */
type Known = Pick<ExchangeNode, 'id' | 'tenantId' | 'scope' | 'layer' | 'publicKey'>;

export function createAuthentication(
  platform: Platform,
  deps: {
    readonly nodes: ExchangeNodes;
    readonly raise: (alarm: ChainAlarm) => Promise<unknown>;
  },
): Authentication {
  const replays = createReplayCache(2 * SKEW_MS_MAX);
  return {
    async prove(request) {
      const received = signatureIn(request.headers);
      const nowMs = platform.clock.now();
      const known = await knownNode({ platform, nodes: deps.nodes }, received.keyId, request);
      const to = ownNameIn(platform, known.tenantId);
      const { method, path, body } = request;
      if (!isSignedBy(known.publicKey, received, { method, path, to, body })) {
        throw new ControllerError('node-signature-invalid', 'the signature does not fit', {
          facts: { nodeId: known.id },
        });
      }
      if (Math.abs(nowMs - received.created * 1_000) > SKEW_MS_MAX) {
        throw new ControllerError(
          'node-request-stale',
          'the clocks of the two controllers are too far apart',
          { shown: { serverTime: nowMs } },
        );
      }
      if (!replays.isNew(known.id, received.nonce, nowMs)) {
        await deps.raise({
          ...known,
          nodeId: known.id,
          kind: 'identity-misused',
          detail: 'a request of this controller was played again',
        });
        throw new ControllerError('node-request-replayed', 'this request was received before', {
          facts: { nodeId: known.id },
        });
      }
      return {
        nodeId: known.id,
        tenantId: known.tenantId,
        scope: known.scope,
        layer: known.layer,
        rid: received.nonce,
      };
    },
  };
}

/** The name of this controller on the chain of a tenant: the cloud has one in each. */
export function ownNameIn({ place, keys }: Platform, tenantId: string): string {
  return place.role === 'cloud' ? rootNodeOf(tenantId) : keys.controllerId;
}

async function knownNode(
  { platform, nodes }: { readonly platform: Platform; readonly nodes: ExchangeNodes },
  id: string,
  { headers }: NodeRequest,
): Promise<Known> {
  if (!/^[0-9a-f-]{36}$/.test(id)) throw unknown();
  const node = await platform.database.transact({ kind: 'ingest' }, (tx) => nodes.find(tx, id));
  if (!node) return certifiedNode({ platform, nodes }, id, headers);
  if (node.revokedAt !== null) {
    throw new ControllerError('node-certificate-revoked', 'this controller was revoked', {
      facts: { nodeId: id },
    });
  }
  if (!node.certificate) throw unknown();
  // The cloud lets in whom it lists, also when its certificate ran out while it was away; who only
  // relays believes the certificate.
  if (platform.place.role === 'cloud') return node;
  return believe(platform, node.certificate, id);
}

async function certifiedNode(
  { platform }: { readonly platform: Platform; readonly nodes: ExchangeNodes },
  id: string,
  headers: IncomingHttpHeaders,
): Promise<Known> {
  const certificate = certificateIn(headers);
  if (!certificate || platform.place.role === 'cloud') throw unknown();
  return believe(platform, certificate, id);
}

function believe(
  platform: Platform,
  envelope: NonNullable<ExchangeNode['certificate']>,
  id: string,
): Known {
  const own = platform.place.membership();
  if (!own) throw unknown();
  const opened = openCertificate(systemCryptography, envelope, {
    tenantId: own.tenantId,
    tenantKey: own.tenantKey,
    nowMs: platform.clock.now(),
    isRevoked: () => false,
  });
  if (opened.kind === 'refused') {
    const code =
      opened.reason === 'expired' ? 'node-certificate-expired' : 'node-certificate-invalid';
    throw new ControllerError(code, `the certificate is not believed: ${opened.reason}`);
  }
  const { nodeId, tenantId, scope, layer, publicKey } = opened.certificate;
  if (nodeId !== id) throw new ControllerError('node-certificate-invalid', 'it is of another');
  return { id: nodeId, tenantId, scope, layer, publicKey };
}

function unknown(): ControllerError {
  return new ControllerError('node-unknown', 'this controller is not known here');
}
