import {
  canonicalJson,
  encodeBase64Url,
  messageOf,
  visibleText,
  type Clock,
  type Log,
  type Random,
  fingerprintText,
} from '@wardgrid/base';
import { signStatement, verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  API_PREFIX,
  joinCandidateRoutes,
  Problem,
  PRODUCT_VERSION,
  PROTOCOL_VERSION,
  SignedAskResponse,
  type AskRequest,
  type AskResponse,
} from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import type { ChainTime } from '../../../platform/chain-time.ts';
import type { Keys } from '../../../platform/keys.ts';
import type { Place } from '../../../platform/membership.ts';
import { createPeerTransport, PeerError } from '../../../platform/peer.ts';
import { keepAnnouncing, type AnnouncerOptions } from '../announcements/announcer.ts';
import { fingerprintOfKey } from '../candidates/arrivals.ts';
import { keepPlace } from './given-place.ts';
import { createNearby, findParent, nameOf, type FoundParent } from './parents.ts';

/** What a controller needs that has neither a place nor a token. */
export interface AskOptions {
  readonly keys: Keys;
  readonly place: Place;
  readonly clock: Clock;
  /** The machine's clock is put right by the parent's, before anything is written here. */
  readonly chainTime: Pick<ChainTime, 'correct' | 'offsetMs'>;
  readonly random: Random;
  readonly log: Log;
  /** Tells the person at the machine what is to be compared. */
  readonly say: (line: string) => void;
  /** What it calls itself until somebody gives it a name. */
  readonly name: string;
  /** Where a person said that it asks; null: whoever announces itself nearby. */
  readonly parent: string | null;
  /** The fingerprint of the parent's key, as a person gave it. */
  readonly parentKey: string | null;
  /** PEM of the authority to believe, where the parent has none of its own. */
  readonly parentAuthority: string | null;
  /** Its addresses, where it was told any. */
  readonly urls: readonly string[];
  readonly authority: string | null;
  /** Where it will listen, which it announces; null when it has nothing to say to a network. */
  readonly announced: Pick<AnnouncerOptions, 'listen' | 'isTls'> | null;
}

/** What came of asking once. */
type Outcome = AskResponse | { readonly kind: 'away'; readonly reason: string };

const ANSWER_BYTES_MAX = 1_048_576;
const ANSWER_TIMEOUT_MS = 30_000;
/** A parent that is away is asked again, ever less often. */
const RETRY_MS = 1_000;
const RETRY_MS_MAX = 30_000;
/** However soon or late it is told to ask again. */
const WAIT_MS_MIN = 500;
const WAIT_MS_MAX = 3_600_000;
/** So long it listens who else is there before it takes the only one that it heard. */
const LISTEN_MS = 5_000;

/**
 * Asks to be let in until a person of the parent has done it, and keeps the place that was given. The
 * key of the parent is fixed before it is asked: given by a person, or as it is at the first use and
 * from then on; only who has it lets this controller in. @throws when aborted.
 */
export async function askGrid(options: AskOptions, signal: AbortSignal): Promise<void> {
  const { clock, keys, place } = options;
  const stopping = new AbortController();
  const either = AbortSignal.any([signal, stopping.signal]);
  const nearby = createNearby({ clock, ownId: keys.controllerId });
  const quiet = { isOn: false };
  const announcing = announce(options, { nearby, quiet }, either);
  try {
    if (options.parent === null) await clock.sleep(LISTEN_MS, signal);
    await askUntilIn(options, { nearby, quiet }, signal);
  } finally {
    stopping.abort();
    await announcing;
  }
  options.say(`let in as '${visibleText(place.membership()?.name ?? '')}'`);
}

interface Ear {
  readonly nearby: ReturnType<typeof createNearby>;
  /** One that was turned away says nothing for a while. */
  readonly quiet: { isOn: boolean };
}

function announce(options: AskOptions, { nearby, quiet }: Ear, signal: AbortSignal): Promise<void> {
  const { announced, keys, clock, random, name } = options;
  if (!announced) return Promise.resolve();
  const self = { nodeId: keys.controllerId, serial: 0, name };
  return keepAnnouncing(
    {
      ...announced,
      clock,
      random,
      signer: keys.node,
      self: () => (quiet.isOn ? null : self),
      hear: (texts, sender) => nearby.hear(texts, sender),
    },
    signal,
  );
}

async function askUntilIn(options: AskOptions, ear: Ear, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  const teller = createTeller(options);
  let parent: FoundParent | undefined;
  let retryMs = RETRY_MS;
  for (;;) {
    const found = parent ? { kind: 'found' as const, parent } : await find(options, ear, signal);
    const outcome: Outcome =
      found.kind === 'found'
        ? await ask(options, found.parent, signal)
        : { kind: 'away', reason: found.reason };
    if (outcome.kind === 'joined') return;
    parent = found.kind === 'found' && outcome.kind !== 'away' ? found.parent : undefined;
    teller(found.kind === 'found' ? found.parent : undefined, outcome);
    ear.quiet.isOn = outcome.kind === 'denied';
    if (outcome.kind === 'away') {
      await clock.sleep(retryMs, signal);
      retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
    } else {
      retryMs = RETRY_MS;
      const waitMs = Math.min(Math.max(outcome.retryAfterMs, WAIT_MS_MIN), WAIT_MS_MAX);
      await clock.sleep(waitMs, signal);
    }
  }
}

/** Whoever is to be asked; at the first use it is remembered who that is. */
async function find(options: AskOptions, { nearby }: Ear, signal: AbortSignal) {
  const { place, keys, parentKey } = options;
  const found = await findParent(
    {
      ...options,
      role: place.role,
      ownId: keys.controllerId,
      expected() {
        const asked = place.askedKey();
        return parentKey ?? (asked === null ? null : fingerprintOfKey(asked));
      },
    },
    nearby.urls(),
    signal,
  );
  if (found.kind === 'found' && place.askedKey() !== found.parent.introduction.publicKey) {
    await place.keepAskedKey(found.parent.introduction.publicKey);
  }
  return found;
}

/** Says each thing once, to the person at the machine and to the log. */
function createTeller({ log, say, keys }: AskOptions) {
  let told = '';
  return (parent: FoundParent | undefined, outcome: Exclude<Outcome, { kind: 'joined' }>): void => {
    const words = outcome.kind === 'away' ? outcome.reason : `${outcome.kind} ${parent?.url}`;
    if (words === told) return;
    told = words;
    log.warn('not joined yet', { reason: words });
    if (outcome.kind === 'away') say(`not let in yet: ${visibleText(outcome.reason)}`);
    if (outcome.kind === 'denied') {
      const minutes = Math.ceil(outcome.retryAfterMs / 60_000);
      say(`turned away by ${parent ? nameOf(parent) : ''}; asks again in ${minutes} minutes`);
    }
    if (outcome.kind !== 'pending' || !parent) return;
    const own = fingerprintText(fingerprintOfKey(encodeBase64Url(keys.node.publicKey)));
    say(`waits to be let in by ${nameOf(parent)}`);
    say(`  key of this controller:    ${own}`);
    say(`  key of the one it asks:    ${fingerprintText(parent.fingerprint)}`);
    say('compare both with what its page Controllers says, and let it in there, or by');
    say(`  wardgrid controllers approve ${own} --organization NAME`);
  };
}

async function ask(
  options: AskOptions,
  parent: FoundParent,
  signal: AbortSignal,
): Promise<Outcome> {
  const transport = createPeerTransport();
  const request = requestOf(options, parent);
  try {
    const answer = await transport.send({
      url: parent.url,
      authority: parent.introduction.authority ?? options.parentAuthority,
      method: 'POST',
      path: API_PREFIX + joinCandidateRoutes.ask.path,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: Buffer.from(canonicalJson(request)),
      timeoutMs: ANSWER_TIMEOUT_MS,
      sizeBytesMax: ANSWER_BYTES_MAX,
      signal,
    });
    const body: unknown = JSON.parse(answer.body.toString('utf8'));
    if (answer.status !== 200) return { kind: 'away', reason: refusalIn(body, answer.status) };
    const outcome = answerIn(body, { request, parent });
    if (outcome.kind === 'joined') await keepFrom(options, parent, outcome);
    return outcome;
  } catch (error) {
    signal.throwIfAborted();
    if (
      error instanceof PeerError ||
      error instanceof ControllerError ||
      error instanceof SyntaxError
    )
      return { kind: 'away', reason: messageOf(error) };
    throw error;
  } finally {
    transport.close();
  }
}

function requestOf(options: AskOptions, { introduction, toldAtMs }: FoundParent): AskRequest {
  const { keys, clock, place, name, urls, authority } = options;
  const statement = {
    protocol: PROTOCOL_VERSION,
    role: place.role === 'sub-local' ? ('sub-local' as const) : ('local' as const),
    name,
    nodeId: keys.controllerId,
    publicKey: encodeBase64Url(keys.node.publicKey),
    parentKey: introduction.publicKey,
    // By the parent's clock: a machine fresh from its box may have any time.
    issuedAt: introduction.at + Math.max(0, Math.round(clock.monotonic() - toldAtMs)),
    urls: [...urls],
    authority,
    version: PRODUCT_VERSION,
  };
  return { ...statement, proof: signStatement(keys.node, 'ask', statement) };
}

/** @throws ControllerError for an answer that the parent did not give to this very request. */
function answerIn(
  body: unknown,
  given: { readonly request: AskRequest; readonly parent: FoundParent },
): AskResponse {
  const read = SignedAskResponse.safeParse(body);
  if (read.success) {
    const { answer, signature } = read.data;
    const statement = { request: given.request.proof, answer };
    const { publicKey } = given.parent.introduction;
    if (verifyStatement(systemCryptography, 'answer', { publicKey, signature, statement })) {
      return answer;
    }
  }
  throw new ControllerError(
    'join-refused',
    'what came back is not signed by the one that was asked',
  );
}

function refusalIn(body: unknown, status: number): string {
  const parsed = Problem.safeParse(body);
  if (!parsed.success) return `it answered ${status}`;
  const { code, detail, title } = parsed.data;
  return `${detail ?? title} (${code})`;
}

/** The parent that let it in is the one that was asked, by the tenant's own word. */
async function keepFrom(
  options: AskOptions,
  parent: FoundParent,
  joined: Extract<AskResponse, { kind: 'joined' }>,
): Promise<void> {
  const first = joined.upstreams[0];
  const payload: unknown = first ? JSON.parse(first.certificate.payload) : undefined;
  const isAsked =
    typeof payload === 'object' &&
    payload !== null &&
    'publicKey' in payload &&
    payload.publicKey === parent.introduction.publicKey;
  if (!isAsked) {
    throw new ControllerError('join-refused', 'the controller in the answer is not the one asked');
  }
  await keepPlace(options, joined);
}
