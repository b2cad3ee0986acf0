import { codeOf, messageOf } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { CLOUD } from '@wardgrid/sync';
import {
  rootNodeOf,
  SYNC_PATH,
  SYNC_PING_PATH,
  SyncPush,
  type ForwardedJoin,
  type JoinResponse,
  type SyncCheckpoint,
} from '@wardgrid/wire';
import { keepCorrection } from '../../../platform/chain-time.ts';
import type { Membership } from '../../../platform/membership.ts';
import type { PeerTransport } from '../../../platform/peer.ts';
import type { FetchContent } from '../content.ts';
import type { Platform } from '../../../platform/services.ts';
import type { Addresses } from './addresses.ts';
import { createAlarmClock, type AlarmClock } from './alarm-clock.ts';
import type { Checkpoints } from './checkpoint.ts';
import { noteClock } from './clock-note.ts';
import type { ExchangeDeps } from './deps.ts';
import { fetchStretch } from './content.ts';
import { createFailover, type Failover } from './failover.ts';
import { forwardJoin } from './forwarding.ts';
import { licenceTold, takeLicence } from './licences.ts';
import { decodeResponse, encodeRequest, type CarriedResponse } from './messages.ts';
import { announceMoved } from './server.ts';
import { peersOf } from './peers.ts';
import { reportsOf } from './reports.ts';
import { createTalk, UpstreamError, type Talk, type UpstreamPeer } from './talk.ts';
import { createSuspicion, type Suspicion } from './suspicion.ts';
import { handOn, limited } from './through.ts';
import { uplinkRepository, type UplinkMemory } from './uplink-repository.ts';

/** How a local controller stands with those above. */
export interface UplinkState extends UplinkMemory {
  readonly upstreams: readonly UpstreamPeer[];
  readonly failover: Failover;
  readonly lastTriedAt: number | null;
  readonly nextTryAt: number | null;
  /** Why what came could not be taken in here, as a code. */
  readonly localFailure: string | null;
}

/** The talk of a local controller with those above. */
export interface Uplink {
  readonly state: () => UplinkState;
  /** Exchanges soon; own writes that come together travel together. */
  readonly wake: (delayMs: number) => void;
  /** One exchange now, whatever its turn. */
  readonly now: (signal: AbortSignal) => Promise<void>;
  /** Hands a join on to the one in use. @throws ControllerError as it answers, `upstream-unreachable`. */
  readonly forward: (join: ForwardedJoin) => Promise<JoinResponse>;
  /** A stretch of the tenant's content from the one in use; null when it has none or is away. */
  readonly fetchContent: FetchContent;
  /** Hands on what a controller below says to the cloud. @throws ControllerError `upstream-unreachable`. */
  readonly handOn: (bytes: Buffer) => Promise<Buffer>;
  readonly current: () => UpstreamPeer | undefined;
  /** Exchanges until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Pages of one turn: a long way behind is caught up in turns, so that stopping waits for no end. */
const PAGES_MAX = 1_000;
/** Nobody answers: the next one is asked this soon, so that going up the chain takes seconds. */
const RETRY_MS = 1_000;
/** Spread of waits, so that children of one parent do not come at one moment. */
const JITTER = 0.2;
/** The memory is written this often at most; it is worth no commit an exchange. */
const MEMORY_MS = 60_000;

const NEVER: UplinkMemory = {
  clockOffsetMs: null,
  clockMeasuredAt: null,
  lastUpAt: null,
  lastDownAt: null,
};

export function createUplink(
  platform: Platform,
  deps: ExchangeDeps,
  given: {
    readonly transport: PeerTransport;
    readonly addresses: Addresses;
    readonly checkpoints: Checkpoints;
  },
): Uplink {
  const loop: Loop = {
    platform,
    deps,
    checkpoints: given.checkpoints,
    talk: createTalk(platform, { ...given, silentMs: deps.timers.failoverAfterMs }),
    alarm: createAlarmClock(platform.clock),
    steadyNow: steadyOf(platform.clock),
    memory: NEVER,
    memorySavedAt: 0,
    ladder: { names: '', upstreams: [], failover: createFailover(0, deps.timers, 0) },
    lastTriedAt: null,
    nextTryAt: null,
    skewTold: false,
    localFailure: null,
    suspicion: createSuspicion(platform.clock, deps, () => isCloudThere(loop)),
    asksCloud: false,
  };
  return {
    state: () => ({
      ...loop.memory,
      ...ladderOf(loop),
      lastTriedAt: loop.lastTriedAt,
      nextTryAt: loop.nextTryAt,
      localFailure: loop.localFailure,
    }),
    wake: (delayMs) => loop.alarm.ring(delayMs),
    now: (signal) => turn(loop, signal),
    current: () => currentOf(loop),
    forward: (join) => forwardJoin(loop.talk, currentOf(loop), join),
    fetchContent: (_, digest, offset) =>
      fetchStretch({ ...loop, upstream: currentOf(loop) }, { digest, offset }),
    handOn: limited((bytes) => {
      const { failoverAfterMs: timeoutMs } = deps.timers;
      const tenantId = platform.place.membership()?.tenantId ?? '';
      const { talk } = loop;
      return handOn({ ...given, talk, tenantId, timeoutMs, upstream: currentOf(loop) }, bytes);
    }),
    start: (signal) => run(loop, signal),
  };
}

function steadyOf({ now, monotonic }: Platform['clock']): () => number {
  const ahead = now() - monotonic();
  return () => ahead + monotonic();
}

/** Those above, as the membership names them, and where this controller stands with each. */
interface Ladder {
  readonly names: string;
  readonly upstreams: readonly UpstreamPeer[];
  readonly failover: Failover;
}

interface Loop {
  readonly platform: Platform;
  readonly deps: ExchangeDeps;
  readonly checkpoints: Checkpoints;
  readonly talk: Talk;
  readonly alarm: AlarmClock;
  /** Goes on evenly when somebody sets the clock: what is waited for comes due. Epoch milliseconds. */
  readonly steadyNow: () => number;
  memory: UplinkMemory;
  memorySavedAt: number;
  ladder: Ladder;
  lastTriedAt: number | null;
  nextTryAt: number | null;
  skewTold: boolean;
  localFailure: string | null;
  readonly suspicion: Suspicion;
  /** What is missed no relay can prove. */
  asksCloud: boolean;
}

/** A tree that changed begins a new ladder; the same one keeps what is known of its rungs. */
function ladderOf(loop: Loop): Ladder {
  const membership = loop.platform.place.membership();
  const upstreams = membership ? peersOf(membership, loop.platform.clock.now()) : [];
  const names = upstreams.map(({ nodeId }) => nodeId).join(' ');
  if (names === loop.ladder.names) {
    loop.ladder = { ...loop.ladder, upstreams };
  } else {
    const { timers } = loop.deps;
    const failover = createFailover(upstreams.length, timers, loop.steadyNow());
    loop.ladder = { names, upstreams, failover };
  }
  return loop.ladder;
}

function currentOf(loop: Loop): UpstreamPeer | undefined {
  const { upstreams, failover } = ladderOf(loop);
  return upstreams[failover.current()];
}

async function run(loop: Loop, signal: AbortSignal): Promise<void> {
  const { platform } = loop;
  const { database } = platform;
  loop.memory =
    (await database.transact({ kind: 'auth' }, (tx) => uplinkRepository(tx).find())) ?? NEVER;
  while (!signal.aborted) {
    loop.alarm.reset();
    await turn(loop, signal).catch((error: unknown) => {
      if (!signal.aborted) platform.log.error('exchange failed', { reason: messageOf(error) });
    });
    const waitMs = waitOf(loop);
    loop.nextTryAt = loop.steadyNow() + waitMs;
    await loop.alarm.wait(waitMs, signal);
  }
}

function waitOf(loop: Loop): number {
  const { failover } = ladderOf(loop);
  const { syncIntervalMs, failoverAfterMs } = loop.deps.timers;
  const rung = failover.rungs[failover.current()];
  const isTrying = rung !== undefined && rung.failures > 0;
  const isCutOff = failover.state() === 'cut-off';
  const usual = isTrying ? Math.min(RETRY_MS, failoverAfterMs / 3) : syncIntervalMs;
  const waitMs = isCutOff ? Math.min(syncIntervalMs, failoverAfterMs) : usual;
  const probeAt = failover.nextProbeAt();
  const spread = waitMs * (1 + JITTER * (systemRandom.fraction() - 0.5));
  if (probeAt === null) return spread;
  return Math.max(0, Math.min(spread, probeAt - loop.steadyNow()));
}

/** Asks a nearer one whether it answers again, then exchanges with the one in use. */
async function turn(loop: Loop, signal: AbortSignal): Promise<void> {
  const { platform, deps } = loop;
  const membership = platform.place.membership();
  if (!membership) return;
  await probe(loop, membership, signal);
  const { failover } = ladderOf(loop);
  const upstream = currentOf(loop);
  if (!upstream) return;
  loop.lastTriedAt = loop.steadyNow();
  try {
    await exchangeAll(loop, { membership, upstream }, signal);
    failover.succeeded(loop.steadyNow());
    loop.localFailure = null;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof UpstreamError)) {
      loop.localFailure = codeOf(error) === 'storage-full' ? 'storage-full' : 'internal';
      throw error;
    }
    platform.log.debug('exchange failed', { code: error.code, reason: error.message });
    if (error.code === 'lies' || error.code === 'stale') {
      failover.distrusted(loop.steadyNow(), error.code);
      loop.suspicion.begin();
      loop.alarm.ring(0);
      return;
    }
    if (error.code === 'busy') {
      await platform.clock.sleep(error.retryAfterMs ?? RETRY_MS, signal).catch(() => undefined);
      return;
    }
    failover.failed(loop.steadyNow(), error.problem ?? error.code);
    loop.alarm.ring(RETRY_MS);
  }
  await deps.refreshSelf();
}

async function probe(loop: Loop, membership: Membership, signal: AbortSignal): Promise<void> {
  const { failover, upstreams } = ladderOf(loop);
  const index = failover.dueProbe(loop.steadyNow());
  const upstream = index === null ? undefined : upstreams[index];
  if (index === null || !upstream) return;
  const failure = await ask(loop, { membership, upstream }, signal).then(
    () => null,
    (error: unknown) => {
      signal.throwIfAborted();
      return error instanceof UpstreamError ? (error.problem ?? error.code) : 'unreachable';
    },
  );
  failover.probed(index, loop.steadyNow(), failure);
}

interface Partner {
  readonly membership: Membership;
  readonly upstream: UpstreamPeer;
}

/** @throws UpstreamError when it does not answer, or is behind what is known here. */
async function ask(
  loop: Loop,
  { membership, upstream }: Partner,
  signal: AbortSignal,
): Promise<void> {
  const body = new Uint8Array();
  const request = { path: SYNC_PING_PATH, body, type: 'application/octet-stream' };
  const reply = await loop.talk.ask(upstream, request, signal);
  const place = SyncPush.parse(JSON.parse(reply.toString('utf8')));
  const own = await loop.deps.engine.stateOf(membership.tenantId);
  const isBehind = own !== undefined && place.epoch === own.epoch && place.g < own.cursor;
  if (isBehind) throw new UpstreamError('behind', 'it has not caught up yet');
}

async function exchangeAll(loop: Loop, partner: Partner, signal: AbortSignal): Promise<void> {
  for (let page = 0; page < PAGES_MAX; page += 1) {
    signal.throwIfAborted();
    if (!(await exchangeOnce(loop, partner, signal))) return;
  }
}

/** One page up, one page down; whether there is more. */
async function exchangeOnce(loop: Loop, partner: Partner, signal: AbortSignal): Promise<boolean> {
  const { platform, deps } = loop;
  const { membership, upstream } = partner;
  const { tenantId } = membership;
  const asked = askedOf(loop, partner);
  const upstreamId = asked.nodeId === rootNodeOf(tenantId) ? CLOUD : asked.nodeId;
  const request = await deps.engine.nextRequest(tenantId, upstreamId);
  const reports = await reportsOf(platform, deps, {
    tenantId,
    cursor: request.cursor,
    failover: ladderOf(loop).failover,
    upstreamId: upstream.nodeId,
    clockOffsetMs: loop.memory.clockOffsetMs,
  });
  const licence = await licenceTold(deps.licences, tenantId);
  const t0 = platform.clock.now();
  const body = await encodeRequest({ tenantId, request, reports, t0, ...licence });
  const sent = { path: SYNC_PATH, body, type: 'application/x-ndjson+gzip' };
  const reply =
    asked === upstream
      ? await loop.talk.ask(upstream, sent, signal)
      : await loop.talk.askThrough({ carrier: upstream, upstream: asked }, sent, signal);
  const t3 = platform.clock.now();
  const carried = await decodeResponse(reply, tenantId).catch((error: unknown) => {
    throw new UpstreamError('malformed', messageOf(error), { cause: error });
  });
  const { response, checkpoint } = carried;
  if (response.from !== upstreamId) throw new UpstreamError('malformed', 'it is of another');
  const word = checkpoint ? loop.checkpoints.take(tenantId, checkpoint) : undefined;
  const times = { t0, t1: carried.t1, t2: carried.t2, t3, word };
  await noteClock(loop, { membership, upstream: asked }, times);
  await takeLicence(platform, deps.licences, { upstream, carried });
  const more = await take(loop, partner, { carried, word, before: request.cursor });
  noteTimes(loop, { isUp: request.ops.length > 0, nowMs: t3 });
  if (response.status === 'behind' && !more) throw new UpstreamError('behind', 'it is behind');
  await saveMemory(loop);
  return more;
}

interface Answer {
  readonly carried: CarriedResponse;
  readonly word: SyncCheckpoint | null | undefined;
  readonly before: number;
}

/** Takes over an answer, if it is to be believed; whether there is more. @throws UpstreamError */
async function take(
  loop: Loop,
  { membership, upstream }: Partner,
  { carried, word, before }: Answer,
): Promise<boolean> {
  const { platform, deps, suspicion } = loop;
  const { tenantId, scope } = membership;
  const about = { tenantId, scope, nodeId: upstream.nodeId };
  const { response } = carried;
  if (response.from !== CLOUD) await suspicion.judge(about, { carried, word });
  // Of a relay it is believed when the cloud vouches for the page that was read under it.
  else await noteScope(loop, response.scopeVersion);
  const { more, asksCloud, doubt } = await deps.engine.apply(tenantId, response.from, response);
  loop.asksCloud = asksCloud;
  if (doubt !== null) await suspicion.caught(about, doubt);
  const after = await deps.engine.stateOf(tenantId);
  if (after && after.cursor !== before) await announceMoved(platform, tenantId);
  if (after && !more) suspicion.noteCursor(after, word);
  return more;
}

/** Whom to ask: the one in use, or through it the cloud. */
function askedOf(loop: Loop, { membership, upstream }: Partner): UpstreamPeer {
  const root = rootNodeOf(membership.tenantId);
  if (!loop.asksCloud || upstream.nodeId === root) return upstream;
  return ladderOf(loop).upstreams.find(({ nodeId }) => nodeId === root) ?? upstream;
}

/** Whether the cloud itself answers. */
function isCloudThere(loop: Loop): Promise<boolean> {
  const membership = loop.platform.place.membership();
  const upstream = ladderOf(loop).upstreams.at(-1);
  if (!upstream || !membership) return Promise.resolve(false);
  return ask(loop, { membership, upstream }, new AbortController().signal).then(
    () => true,
    () => false,
  );
}

/** Another tree is in force: what is seen is read anew, under the number that the answer gives. */
async function noteScope({ platform }: Loop, scopeVersion: number): Promise<void> {
  const known = platform.place.membership();
  if (!known || known.scopeVersion >= scopeVersion) return;
  await platform.place.save({ ...known, scopeVersion });
}

function noteTimes(
  loop: Loop,
  { isUp, nowMs }: { readonly isUp: boolean; readonly nowMs: number },
): void {
  const { lastUpAt } = loop.memory;
  loop.memory = { ...loop.memory, lastUpAt: isUp ? nowMs : lastUpAt, lastDownAt: nowMs };
}

async function saveMemory(loop: Loop): Promise<void> {
  const { platform, memory } = loop;
  const nowMs = platform.clock.now();
  if (nowMs - loop.memorySavedAt < MEMORY_MS && nowMs >= loop.memorySavedAt) return;
  loop.memorySavedAt = nowMs;
  const { database, chainTime } = platform;
  await database.transact({ kind: 'auth' }, (tx) => uplinkRepository(tx).save(memory));
  await keepCorrection(database, chainTime.known());
}
