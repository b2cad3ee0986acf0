import { decodeUtf8, encodeUtf8, messageOf, WardgridError, type Clock } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { encodeBase64Url } from '@wardgrid/base';
import { Problem, SYNC_THROUGH_PATH, type Upstream } from '@wardgrid/wire';
import type { PeerAnswer, PeerTransport } from '../../../platform/peer.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Addresses } from './addresses.ts';
import { CERTIFICATE_HEADER, certificateHeader, isAnswerOf, signRequest } from './signing.ts';
import { packAsked, THROUGH_BYTES_MAX, unpackAnswer } from './carried.ts';

/** Why an upstream's answer is of no use; `code` is shown as the failure of that upstream. */
export class UpstreamError extends WardgridError<
  | 'unreachable'
  | 'answer-unsigned'
  | 'refused'
  | 'busy'
  | 'revoked'
  | 'behind'
  | 'malformed'
  | 'stale'
  | 'lies'
> {
  /** Of `refused`: the code of the problem. */
  readonly problem: string | null;
  /** What the clock shows there, where it was said; epoch milliseconds. */
  readonly serverTime: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    code: UpstreamError['code'],
    detail: string,
    given: {
      readonly problem?: string;
      readonly serverTime?: number | null;
      readonly retryAfterMs?: number;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, detail, { cause: given.cause });
    this.problem = given.problem ?? null;
    this.serverTime = given.serverTime ?? null;
    this.retryAfterMs = given.retryAfterMs ?? null;
  }
}

/** A controller above, with the key that its certificate names. */
export interface UpstreamPeer extends Upstream {
  readonly publicKey: string;
}

export interface Talk {
  /** Sends a signed request and believes a signed answer alone. @throws UpstreamError. */
  readonly ask: (
    upstream: UpstreamPeer,
    request: TalkRequest,
    signal: AbortSignal,
  ) => Promise<Buffer>;
  /** The same through another, who hands both on. @throws UpstreamError. */
  readonly askThrough: (
    way: { readonly carrier: UpstreamPeer; readonly upstream: UpstreamPeer },
    request: TalkRequest,
    signal: AbortSignal,
  ) => Promise<Buffer>;
}

interface TalkRequest {
  readonly path: string;
  readonly body: Uint8Array;
  readonly type: string;
}

const RID_BYTES = 16;
/** A page may take a while to be decided; a link that was cut says nothing for ever. */
const TIMEOUT_MS_MAX = 30_000;

/** Without a connection for so long the next address is tried. */
const CONNECT_MS = 3_000;

export function createTalk(
  platform: Platform,
  given: {
    readonly transport: PeerTransport;
    readonly addresses: Addresses;
    /** How long a controller above may be silent. */
    readonly silentMs: number;
  },
): Talk {
  const { addresses } = given;
  const wholeMs = Math.min(TIMEOUT_MS_MAX, given.silentMs);
  const sense = createTimeSense(platform.clock);
  /* All addresses share the time of one request: whoever is called by another has answered by then. */
  const askOnce: Talk['ask'] = async (upstream, request, signal) => {
    const { nodeId } = upstream;
    const urls = addresses.of(upstream);
    const endsAtMs = platform.clock.monotonic() + wholeMs;
    let failure = new UpstreamError('unreachable', 'it has no address');
    for (const url of urls) {
      const timeoutMs = endsAtMs - platform.clock.monotonic();
      if (timeoutMs <= 0) break;
      const connectMs = Math.min(CONNECT_MS, wholeMs / urls.length, timeoutMs);
      const times = { timeoutMs, connectMs };
      try {
        const answer = await askAt(
          { platform, given },
          { upstream, url, request, times, nowMs: sense.timeAt(nodeId) },
          signal,
        );
        addresses.answered(nodeId, url);
        if (answer.status !== 200) throw refusalOf(answer);
        return answer.body;
      } catch (error) {
        if (!isOfAddress(error)) throw error;
        failure = error;
        addresses.wentSilent(nodeId, url);
      }
    }
    throw failure;
  };
  const ask: Talk['ask'] = (upstream, request, signal) =>
    sense.inTime(upstream.nodeId, () => askOnce(upstream, request, signal));
  const throughOnce: Talk['askThrough'] = async ({ carrier, upstream }, request, signal) => {
    const rid = encodeBase64Url(systemRandom.bytes(RID_BYTES));
    const nowMs = sense.timeAt(upstream.nodeId);
    const headers = headersOf(platform, upstream, { ...request, rid, nowMs });
    const body = packAsked(headers, request.body);
    const carried = { path: SYNC_THROUGH_PATH, body, type: 'application/octet-stream' };
    const answer = answerIn(await ask(carrier, carried, signal));
    if (!isAnswerOf(upstream, answer, rid)) {
      throw new UpstreamError('answer-unsigned', 'what was handed back the cloud did not sign');
    }
    if (answer.status !== 200) throw refusalOf(answer);
    return answer.body;
  };
  return {
    ask,
    askThrough: (way, request, signal) =>
      sense.inTime(way.upstream.nodeId, () => throughOnce(way, request, signal)),
  };
}

/** What the clocks of others show, as far as they said. */
function createTimeSense(clock: Clock) {
  /** How far the clocks of those who refused us for ours are from an even count of ours. */
  const told = new Map<string, number>();
  return {
    timeAt(nodeId: string): number {
      const ahead = told.get(nodeId);
      return ahead === undefined ? clock.now() : Math.round(ahead + clock.monotonic());
    },
    /** A clock that is far off shuts nobody out: the refusal says the time, signed, and is asked again by it. */
    async inTime(nodeId: string, once: () => Promise<Buffer>): Promise<Buffer> {
      try {
        return await once();
      } catch (error) {
        if (!(error instanceof UpstreamError) || error.serverTime === null) throw error;
        told.set(nodeId, error.serverTime - clock.monotonic());
        return once();
      }
    },
  };
}

/** @throws UpstreamError */
function answerIn(reply: Buffer): ReturnType<typeof unpackAnswer> {
  try {
    return unpackAnswer(reply);
  } catch (error) {
    throw new UpstreamError('malformed', messageOf(error), { cause: error });
  }
}

/** Whether another address may do better: this one is not the upstream's, or not now. */
function isOfAddress(error: unknown): error is UpstreamError {
  return (
    error instanceof UpstreamError &&
    (error.code === 'unreachable' || error.code === 'answer-unsigned')
  );
}

/** @throws UpstreamError `unreachable`, `answer-unsigned`. */
async function askAt(
  needs: { readonly platform: Platform; readonly given: { readonly transport: PeerTransport } },
  asked: {
    readonly upstream: UpstreamPeer;
    readonly url: string;
    readonly request: TalkRequest;
    readonly times: { readonly timeoutMs: number; readonly connectMs: number };
    /** What the clock shows there, as far as is known. */
    readonly nowMs: number;
  },
  signal: AbortSignal,
): Promise<PeerAnswer> {
  const { upstream, url, request, times, nowMs } = asked;
  const rid = encodeBase64Url(systemRandom.bytes(RID_BYTES));
  const connecting = new AbortController();
  const cancel = needs.platform.clock.after(times.connectMs, () => connecting.abort());
  const answer = await needs.given.transport
    .send({
      timeoutMs: times.timeoutMs,
      connectSignal: connecting.signal,
      url,
      authority: upstream.authority,
      method: 'POST',
      path: request.path,
      headers: headersOf(needs.platform, upstream, { ...request, rid, nowMs }),
      body: request.body,
      sizeBytesMax: THROUGH_BYTES_MAX,
      signal,
    })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw new UpstreamError('unreachable', `'${url}' was not reached`, { cause: error });
    })
    .finally(cancel);
  if (isAnswerOf(upstream, answer, rid)) return answer;
  throw new UpstreamError('answer-unsigned', `what '${url}' answered is not signed by it`);
}

/** The signed headers of a request to an upstream. */
export function headersOf(
  platform: Platform,
  upstream: UpstreamPeer,
  request: {
    readonly path: string;
    readonly body: Uint8Array;
    readonly type: string;
    readonly rid: string;
    readonly nowMs: number;
  },
): Record<string, string> {
  const { keys, place } = platform;
  const certificate = place.membership()?.certificate;
  return {
    'content-type': request.type,
    ...(certificate ? { [CERTIFICATE_HEADER]: certificateHeader(certificate) } : {}),
    ...signRequest(
      { signer: keys.node, nodeId: keys.controllerId },
      { method: 'POST', path: request.path, to: upstream.nodeId, body: request.body },
      { rid: request.rid, nowMs: request.nowMs },
    ),
  };
}

function refusalOf(answer: {
  readonly status: number;
  readonly headers: { readonly 'retry-after'?: string | undefined };
  readonly body: Buffer;
}): UpstreamError {
  const problem = problemIn(answer.body);
  const detail = problem?.detail ?? `it answered ${answer.status}`;
  const given = problem ? { problem: problem.code, serverTime: timeIn(problem) } : {};
  if (answer.status === 429 || answer.status === 503) {
    const seconds = Number(answer.headers['retry-after'] ?? 1);
    return new UpstreamError('busy', detail, { ...given, retryAfterMs: seconds * 1_000 });
  }
  if (problem?.code === 'node-certificate-revoked')
    return new UpstreamError('revoked', detail, given);
  return new UpstreamError('refused', detail, given);
}

function timeIn({ code, facts }: Problem): number | null {
  const said = code === 'node-request-stale' ? facts?.['serverTime'] : null;
  return typeof said === 'number' ? said : null;
}

function problemIn(body: Buffer): Problem | undefined {
  try {
    return Problem.parse(JSON.parse(decodeUtf8(body)));
  } catch {
    return undefined;
  }
}

/** A body of JSON. */
export function jsonBody(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}
