import type { IncomingMessage } from 'node:http';
import { encodeBase64Url } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { SYNC_PUSH_PATH, SyncPush } from '@wardgrid/wire';
import type { PeerTransport } from '../../../platform/peer.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Addresses } from './addresses.ts';
import type { ExchangeDeps } from './deps.ts';
import { headersOf, type UpstreamPeer } from './talk.ts';
import type { Uplink } from './uplink.ts';

/** Without a word for so long, the connection is taken for dead. */
const SILENT_MS = 60_000;
/** Longest line that is waited for. */
const LINE_LENGTH_MAX = 1_000;
const RETRY_MS = 5_000;
/** Spread of the exchanges that one push sets off at many. */
const SPREAD_MS = 50;

/**
 * Listens at the upstream in use for news. What comes says that there is something, never what: losing
 * it costs the time until the next turn, and forging it an exchange.
 */
export async function listenForPushes(
  given: {
    readonly platform: Platform;
    readonly deps: Pick<ExchangeDeps, 'engine'>;
    readonly transport: PeerTransport;
    readonly addresses: Addresses;
    readonly uplink: Uplink;
  },
  signal: AbortSignal,
): Promise<void> {
  const { platform, uplink } = given;
  while (!signal.aborted) {
    await listenOnce(given, signal).catch(() => undefined);
    // A connection that ended may be the first to tell that the upstream is gone.
    if (!signal.aborted) uplink.wake(SPREAD_MS);
    await platform.clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
}

async function listenOnce(
  given: Parameters<typeof listenForPushes>[0],
  signal: AbortSignal,
): Promise<void> {
  const { platform, deps, addresses, uplink } = given;
  const upstream = uplink.current();
  const tenantId = platform.place.membership()?.tenantId;
  if (!upstream || tenantId === undefined) return;
  const turn = new AbortController();
  const both = AbortSignal.any([signal, turn.signal]);
  // Whichever address the exchanges have found to answer; the next turn takes the one found by then.
  const [url] = addresses.of(upstream);
  if (url === undefined) return;
  const stream = await openStream(given, { upstream, url }, both);
  if (stream.statusCode === 200) {
    for await (const line of linesOf(stream)) {
      // Another upstream is in use now: that one is listened to.
      if (uplink.current()?.nodeId !== upstream.nodeId) break;
      if (await isNews(deps, tenantId, line)) uplink.wake(systemRandom.fraction() * SPREAD_MS);
    }
  }
  turn.abort();
}

function openStream(
  { platform, transport }: Parameters<typeof listenForPushes>[0],
  { upstream, url }: { readonly upstream: UpstreamPeer; readonly url: string },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const body = new Uint8Array();
  const rid = encodeBase64Url(systemRandom.bytes(16));
  return transport.open({
    url,
    authority: upstream.authority,
    method: 'POST',
    path: SYNC_PUSH_PATH,
    headers: headersOf(platform, upstream, {
      path: SYNC_PUSH_PATH,
      body,
      type: 'text/plain',
      rid,
      nowMs: platform.clock.now(),
    }),
    body,
    timeoutMs: SILENT_MS,
    signal,
  });
}

async function isNews(
  { engine }: Pick<ExchangeDeps, 'engine'>,
  tenantId: string,
  line: string,
): Promise<boolean> {
  const push = SyncPush.safeParse(jsonOf(line));
  if (!push.success) return false;
  const own = await engine.stateOf(tenantId);
  return !own || push.data.epoch !== own.epoch || push.data.g > own.cursor;
}

async function* linesOf(stream: IncomingMessage): AsyncGenerator<string> {
  let text = '';
  stream.setEncoding('utf8');
  for await (const part of stream as AsyncIterable<string>) {
    const lines = (text + part).split('\n');
    text = lines.pop() ?? '';
    if (text.length > LINE_LENGTH_MAX) return;
    yield* lines;
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
