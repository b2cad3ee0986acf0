import { rootNodeOf, SYNC_BYTES_MAX, SYNC_PATH, SYNC_THROUGH_PATH } from '@wardgrid/wire';
import { isPathWithin } from '@wardgrid/sync';
import { ControllerError } from '../../../platform/error.ts';
import type { Membership } from '../../../platform/membership.ts';
import type { PeerTransport } from '../../../platform/peer.ts';
import type { Addresses } from './addresses.ts';
import { packAnswer, unpackAsked } from './carried.ts';
import { UpstreamError, type Talk, type UpstreamPeer } from './talk.ts';

/**
 * Only for those below a request is handed on. What each serves lies within what the one above it serves,
 * or its layer is deeper, so that a request that is handed on goes up with every step, and in no circle
 * whatever the tree says. The cloud hands on nothing.
 * @throws ControllerError `upstream-unreachable` at the cloud, `node-unknown` for others.
 */
export function requireBelow(
  own: Pick<Membership, 'scope' | 'layer'> | null,
  caller: { readonly scope: string; readonly layer: number },
): void {
  if (!own) throw unreachable();
  const isWithin = isPathWithin(caller.scope, own.scope);
  if (isWithin && (caller.scope !== own.scope || caller.layer > own.layer)) return;
  throw new ControllerError('node-unknown', 'it does not stand below this controller');
}

/**
 * Hands a request on to the cloud, or to the one above that does, and brings back the answer.
 * @throws ControllerError `upstream-unreachable`, `sync-page-malformed`.
 */
export async function handOn(
  given: {
    readonly talk: Talk;
    readonly transport: PeerTransport;
    readonly addresses: Addresses;
    readonly upstream: UpstreamPeer | undefined;
    readonly tenantId: string;
    readonly timeoutMs: number;
  },
  bytes: Buffer,
): Promise<Buffer> {
  const { talk, upstream, tenantId } = given;
  const { signal } = new AbortController();
  if (!upstream) throw unreachable();
  try {
    const isCloud = upstream.nodeId === rootNodeOf(tenantId);
    if (isCloud) return await toCloud({ ...given, upstream }, bytes, signal);
    const request = { path: SYNC_THROUGH_PATH, body: bytes, type: 'application/octet-stream' };
    return await talk.ask(upstream, request, signal);
  } catch (error) {
    if (error instanceof ControllerError) throw error;
    throw unreachable(error);
  }
}

function unreachable(cause?: unknown): ControllerError {
  return new ControllerError('upstream-unreachable', 'the cloud is not reached from here', {
    cause,
    retryAfterSeconds: 5,
  });
}

async function toCloud(
  given: {
    readonly transport: PeerTransport;
    readonly addresses: Addresses;
    readonly upstream: UpstreamPeer;
    readonly timeoutMs: number;
  },
  bytes: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  const { transport, addresses, upstream, timeoutMs } = given;
  const [url] = addresses.of(upstream);
  if (url === undefined) throw new UpstreamError('unreachable', 'it has no address');
  const { headers, body } = unpackAsked(bytes);
  const request = {
    url,
    authority: upstream.authority,
    method: 'POST' as const,
    path: SYNC_PATH,
    headers,
    body,
    timeoutMs,
    sizeBytesMax: SYNC_BYTES_MAX,
    signal,
  };
  const answer = await transport.send(request).catch((error: unknown) => {
    addresses.wentSilent(upstream.nodeId, url);
    throw error;
  });
  return packAnswer(answer);
}

/** Messages that are handed on at once: each is held twice, as it came and as it is answered. */
const HANDED_ON_MAX = 16;

/** Hands on so many at a time. @throws ControllerError `rate-limited` for one more. */
export function limited(
  work: (bytes: Buffer) => Promise<Buffer>,
): (bytes: Buffer) => Promise<Buffer> {
  let underWay = 0;
  return async (bytes) => {
    if (underWay >= HANDED_ON_MAX) {
      const detail = `${HANDED_ON_MAX} controllers are handed on now`;
      throw new ControllerError('rate-limited', detail, { retryAfterSeconds: 1 });
    }
    underWay += 1;
    try {
      return await work(bytes);
    } finally {
      underWay -= 1;
    }
  };
}
