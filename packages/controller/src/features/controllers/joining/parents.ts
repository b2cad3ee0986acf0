import {
  encodeBase64Url,
  messageOf,
  visibleText,
  type Clock,
  type Log,
  type Random,
  fingerprintText,
} from '@wardgrid/base';
import { checkAnnouncement, verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  API_PREFIX,
  joinCandidateRoutes,
  SignedIntroduction,
  type ControllerRole,
  type Introduction,
} from '@wardgrid/wire';
import { askStranger } from '../../../platform/peer.ts';
import { fingerprintOfKey } from '../candidates/arrivals.ts';
import { roleBelow } from '../introduction.ts';

/* Whom a controller without a token asks to be let in: the one that a person named, or the only one
   that announces itself nearby. Of several it takes none: the loudest would be an attacker. */

/** A controller that has shown its key. */
export interface FoundParent {
  readonly url: string;
  readonly introduction: Introduction;
  readonly fingerprint: string;
  /** When it told its time, by the own monotonic clock. */
  readonly toldAtMs: number;
}

export interface ParentSearch {
  readonly clock: Clock;
  readonly random: Pick<Random, 'bytes'>;
  readonly log: Log;
  readonly role: ControllerRole;
  readonly ownId: string;
  /** As a person named it; null: whoever is nearby. */
  readonly parent: string | null;
  /** The fingerprint that a person gave, or the key that was asked before; null at the first use. */
  readonly expected: () => string | null;
}

/** Somebody to ask, or why there is nobody. */
type Search =
  | { readonly kind: 'found'; readonly parent: FoundParent }
  | { readonly kind: 'nobody'; readonly reason: string };

/** Controllers nearby that are remembered; more on one network are no site of anybody's. */
const NEARBY_MAX = 16;
/** An announcement is good for two minutes, and said again after one. */
const NEARBY_MS = 180_000;
/** Announcements looked at a second: each costs a signature. */
const LOOKS_PER_SECOND_MAX = 50;
const SECOND_MS = 1_000;
const ANSWER_MS = 5_000;
const ANSWER_BYTES_MAX = 16_384;

/** Keeps the addresses of the controllers that announce themselves here. */
export function createNearby({ clock, ownId }: Pick<ParentSearch, 'clock' | 'ownId'>) {
  const heard = new Map<string, { readonly url: string; readonly atMs: number }>();
  let secondAtMs = clock.monotonic();
  let looks = 0;
  return {
    hear(texts: readonly string[], sender: string): void {
      const nowMs = clock.monotonic();
      if (nowMs - secondAtMs >= SECOND_MS) {
        secondAtMs = nowMs;
        looks = 0;
      }
      looks += 1;
      if (looks > LOOKS_PER_SECOND_MAX) return;
      const checked = checkAnnouncement(systemCryptography, texts, clock.now());
      if (checked.kind === 'refused') return;
      const { nodeId, publicKey, serial, url } = checked.announcement;
      // Whoever announces has us call itself alone, and nobody else on any network.
      if (nodeId === ownId || serial === 0 || new URL(url).hostname !== sender) return;
      heard.delete(publicKey);
      if (heard.size >= NEARBY_MAX) heard.delete(heard.keys().next().value ?? '');
      heard.set(publicKey, { url, atMs: nowMs });
    },
    urls(): readonly string[] {
      const since = clock.monotonic() - NEARBY_MS;
      return [...heard.values()].flatMap(({ url, atMs }) => (atMs >= since ? [url] : []));
    },
  };
}

/** Looks who could let this controller in. Asks each for its key; believes nothing else of them. */
export async function findParent(
  search: ParentSearch,
  nearby: readonly string[],
  signal: AbortSignal,
): Promise<Search> {
  const urls = search.parent === null ? nearby : [search.parent];
  if (urls.length === 0) return nobody('no controller announces itself on this network yet');
  const met = await Promise.all(urls.map((url) => meet(search, url, signal)));
  const present = met.filter((one) => typeof one !== 'string');
  if (present.length === 0) {
    return nobody(met.find((one) => typeof one === 'string') ?? 'nobody answers');
  }
  const expected = search.expected();
  if (expected !== null) {
    const parent = present.find(({ fingerprint }) => fingerprint === expected);
    return parent ? fitting(search, parent) : nobody(otherKey(expected, present));
  }
  const above = present.filter((one) => fitting(search, one).kind === 'found');
  const [only, ...others] = above.length > 0 ? above : present;
  const isSeveral = others.some(({ fingerprint }) => fingerprint !== only?.fingerprint);
  if (!only || isSeveral) return nobody(severalHere(above));
  return fitting(search, only);
}

/** What a controller is, or why it is not to be had. */
async function meet(
  { clock, random, log }: ParentSearch,
  url: string,
  signal: AbortSignal,
): Promise<FoundParent | string> {
  const nonce = encodeBase64Url(random.bytes(16));
  const path = joinCandidateRoutes.introduce.path.replace(':nonce', nonce);
  const limit = new AbortController();
  const cancel = clock.after(ANSWER_MS, () => limit.abort(new Error('no answer')));
  try {
    const either = AbortSignal.any([signal, limit.signal]);
    const answer = await askStranger(url + API_PREFIX + path, ANSWER_BYTES_MAX, either);
    const read = SignedIntroduction.safeParse(JSON.parse(answer.toString('utf8')));
    if (!read.success) return `'${url}' is no controller that can be asked`;
    const { introduction, signature } = read.data;
    const { publicKey } = introduction;
    const isSigned =
      introduction.nonce === nonce &&
      verifyStatement(systemCryptography, 'introduce', {
        publicKey,
        signature,
        statement: introduction,
      });
    if (!isSigned) return `'${url}' does not have the key that it shows`;
    const fingerprint = fingerprintOfKey(publicKey);
    return { url, introduction, fingerprint, toldAtMs: clock.monotonic() };
  } catch (error) {
    signal.throwIfAborted();
    log.debug('a controller was not met', { url, reason: messageOf(error) });
    return `'${url}' does not answer: ${messageOf(error)}`;
  } finally {
    cancel();
  }
}

function fitting({ role }: ParentSearch, parent: FoundParent): Search {
  const below = roleBelow(parent.introduction.role);
  if (below === role) return { kind: 'found', parent };
  return nobody(
    `below ${nameOf(parent)} stands a ${below} controller: start it with --role ${below}`,
  );
}

function otherKey(expected: string, present: readonly FoundParent[]): string {
  return (
    `nobody here has the key ${fingerprintText(expected)} of the one to ask, but ${listed(present)}. ` +
    'If that is the right one, set up anew: name its key with --parent-key'
  );
}

function severalHere(above: readonly FoundParent[]): string {
  return `several controllers are here: ${listed(above)}. Name the right one with --parent-key or --parent`;
}

const listed = (parents: readonly FoundParent[]): string =>
  parents
    .map((one) => `${nameOf(one)} with the key ${fingerprintText(one.fingerprint)}`)
    .join(', ');

/** What one calls itself, which may be anything, and where it is. */
export function nameOf({ introduction, url }: FoundParent): string {
  return `'${visibleText(introduction.name)}' at ${visibleText(url)}`;
}

function nobody(reason: string): Search {
  return { kind: 'nobody', reason };
}
