import {
  canonicalJson,
  encodeBase64Url,
  messageOf,
  type Clock,
  type Log,
  type Secret,
} from '@wardgrid/base';
import { signStatement } from '@wardgrid/trust';
import {
  API_PREFIX,
  controllerRoutes,
  JoinResponse,
  Problem,
  PRODUCT_VERSION,
  PROTOCOL_VERSION,
  type JoinRequest,
  type JoinStatement,
} from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import type { Keys } from '../../../platform/keys.ts';
import type { ChainTime } from '../../../platform/chain-time.ts';
import type { Place } from '../../../platform/membership.ts';
import { createPeerTransport, fetchAuthority, PeerError } from '../../../platform/peer.ts';
import { readTokenText, sha256 } from '../token-text.ts';
import { keepPlace } from './given-place.ts';

/** What a controller needs that joins with a token. */
export interface JoinOptions {
  readonly keys: Keys;
  readonly place: Place;
  readonly clock: Clock;
  /** The machine's clock is put right by the parent's, before anything is written here. */
  readonly chainTime: Pick<ChainTime, 'correct' | 'offsetMs'>;
  readonly log: Log;
  readonly parent: string;
  readonly token: Secret;
  /** PEM of the authority to believe, where the token names none. */
  readonly parentAuthority: string | null;
  /** Its addresses, where it was told any. */
  readonly urls: readonly string[];
  readonly authority: string | null;
}

/** A join has no page to carry. */
const ANSWER_BYTES_MAX = 1_048_576;
const ANSWER_TIMEOUT_MS = 20_000;
/** A parent that is away is asked again, ever less often. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;

/**
 * Joins the grid with a one-time token, and keeps the place that was given. Waits while the parent is
 * away or a person has to let it in. @throws ControllerError when it is refused, PeerError when the
 * parent is not the token's.
 */
export async function joinGrid(options: JoinOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = options;
  const request = requestOf(options);
  let isSaid = '';
  for (let waitMs = RETRY_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MS_MAX)) {
    const answer = await askOnce(options, request, signal);
    if (answer.kind === 'joined') {
      await keepPlace(options, answer);
      return;
    }
    const reason = answer.kind === 'pending' ? 'waits to be let in' : answer.reason;
    if (reason !== isSaid) log.warn('not joined yet', { reason });
    isSaid = reason;
    if (answer.kind === 'pending') waitMs = answer.retryAfterMs;
    await clock.sleep(waitMs, signal);
  }
}

function requestOf({ keys, clock, token, urls, authority }: JoinOptions): JoinRequest {
  const publicKey = encodeBase64Url(keys.node.publicKey);
  const statement: JoinStatement = {
    tokenHash: sha256(token.reveal()),
    nodeId: keys.controllerId,
    publicKey,
    issuedAt: clock.now(),
  };
  return {
    protocol: PROTOCOL_VERSION,
    token: token.reveal(),
    nodeId: keys.controllerId,
    publicKey,
    issuedAt: statement.issuedAt,
    proof: signStatement(keys.node, 'join', statement),
    urls: [...urls],
    authority,
    version: PRODUCT_VERSION,
  };
}

async function askOnce(
  options: JoinOptions,
  request: JoinRequest,
  signal: AbortSignal,
): Promise<JoinResponse | { readonly kind: 'away'; readonly reason: string }> {
  const transport = createPeerTransport();
  try {
    const answer = await transport.send({
      url: options.parent,
      authority: await authorityOf(options, signal),
      method: 'POST',
      path: API_PREFIX + controllerRoutes.join.path,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: Buffer.from(canonicalJson(request)),
      timeoutMs: ANSWER_TIMEOUT_MS,
      sizeBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    if (answer.status >= 500 || answer.status === 429) {
      return { kind: 'away', reason: `the parent answered ${answer.status}` };
    }
    if (answer.status >= 400) throw refusalOf(answer.body);
    return JoinResponse.parse(JSON.parse(answer.body.toString('utf8')));
  } catch (error) {
    if (!(error instanceof PeerError) || error.code !== 'peer-unreachable') throw error;
    signal.throwIfAborted();
    return { kind: 'away', reason: messageOf(error) };
  } finally {
    transport.close();
  }
}

function authorityOf(options: JoinOptions, signal: AbortSignal): Promise<string | null> {
  const { parent, token, parentAuthority } = options;
  const fingerprint = readTokenText(token.reveal())?.caFingerprint ?? null;
  if (fingerprint === null || !parent.startsWith('https:')) return Promise.resolve(parentAuthority);
  return fetchAuthority(parent, fingerprint, signal);
}

function refusalOf(body: Buffer): ControllerError {
  const parsed = Problem.safeParse(JSON.parse(body.toString('utf8')));
  const { code, detail, title } = parsed.success
    ? parsed.data
    : { code: '', detail: undefined, title: 'the parent refused' };
  return new ControllerError('join-refused', `${detail ?? title} (${code})`);
}
