import type { Clock } from '@wardgrid/base';
import type { Announcement } from '@wardgrid/wire';
import { checkAnnouncement } from './announcement.ts';
import type { Cryptography } from './keys.ts';

/** Why an announcer is not believed. */
export type RogueReason =
  /** It says to be a controller in words that are none of ours. */
  | 'unreadable'
  /** It does not have the key it names, or somebody changed its words. */
  | 'signature'
  /** It has the name of a known controller and another key. */
  | 'impersonation'
  /** It could show no certificate of the tenant. */
  | 'certificate';

/** Somebody on the network who says to be a controller and is not believed. */
export interface Rogue {
  readonly reason: RogueReason;
  /** The address that it spoke from. */
  readonly sender: string;
  readonly announcement: Announcement | null;
}

/** What listening needs. */
export interface WatchOptions {
  readonly cryptography: Cryptography;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** The own id, whose announcements come back; null of who does not announce. */
  readonly ownId: string | null;
  /** The key of a known controller, base64url. */
  readonly keyOf: (nodeId: string) => string | undefined;
  /** Whether the controller shows a certificate of the tenant's for its key; may ask it by network. */
  readonly vouch: (announcement: Announcement, sender: string) => Promise<boolean>;
  readonly onKnown: (announcement: Announcement) => void;
  /** A controller without a certificate that waits to be let in. */
  readonly onCandidate: (announcement: Announcement, sender: string) => void;
  readonly onRogue: (rogue: Rogue) => void;
}

/** Strangers asked for a certificate an hour: on a link that is flooded the others are not looked at. */
const VOUCHES_PER_HOUR_MAX = 60;
/** Rogues told an hour, and how often one of them is told again. */
const ROGUES_PER_HOUR_MAX = 10;
const HOUR_MS = 3_600_000;
const TOLD_AGAIN_MS = 24 * HOUR_MS;
/** Announcers remembered: more than a site has machines that could be one. */
const REMEMBERED_MAX = 512;

/**
 * Judges what is announced on the local network. Whatever is heard, it asks strangers and tells of
 * rogues no oftener than its bounds say; it changes nothing by itself.
 */
export function createAnnouncementWatch(options: WatchOptions): {
  readonly hear: (texts: readonly string[], sender: string) => Promise<void>;
} {
  const { clock } = options;
  const vouched = createMemory<boolean>(clock, HOUR_MS);
  const told = createMemory<true>(clock, TOLD_AGAIN_MS);
  const vouches = createAllowance(clock, VOUCHES_PER_HOUR_MAX);
  const rogues = createAllowance(clock, ROGUES_PER_HOUR_MAX);

  function tell(rogue: Rogue): void {
    const name = `${rogue.reason} ${rogue.announcement?.publicKey ?? rogue.sender}`;
    if (told.get(name) !== undefined || !rogues.take()) return;
    told.set(name, true);
    options.onRogue(rogue);
  }

  async function isVouchedFor(
    announcement: Announcement,
    sender: string,
  ): Promise<boolean | undefined> {
    const { nodeId, publicKey, url } = announcement;
    const name = `${nodeId} ${publicKey} ${url} ${sender}`;
    const known = vouched.get(name);
    if (known !== undefined) return known;
    if (!vouches.take()) return undefined;
    const isGood = await options.vouch(announcement, sender).catch(() => false);
    vouched.set(name, isGood);
    return isGood;
  }

  async function hear(texts: readonly string[], sender: string): Promise<void> {
    const checked = checkAnnouncement(options.cryptography, texts, clock.now());
    if (checked.kind === 'refused') {
      if (checked.reason !== 'stale') tell({ reason: checked.reason, sender, announcement: null });
      return;
    }
    const { announcement } = checked;
    if (announcement.nodeId === options.ownId) return;
    const known = options.keyOf(announcement.nodeId);
    if (known === announcement.publicKey) options.onKnown(announcement);
    else if (known !== undefined) tell({ reason: 'impersonation', sender, announcement });
    else if (announcement.serial === 0) options.onCandidate(announcement, sender);
    else if ((await isVouchedFor(announcement, sender)) === false) {
      tell({ reason: 'certificate', sender, announcement });
    }
  }

  return { hear };
}

/** Remembers names for a while, the newest. */
function createMemory<T>(clock: Pick<Clock, 'monotonic'>, forMs: number) {
  const kept = new Map<string, { readonly value: T; readonly untilMs: number }>();
  return {
    get(name: string): T | undefined {
      const found = kept.get(name);
      return found && found.untilMs > clock.monotonic() ? found.value : undefined;
    },
    set(name: string, value: T): void {
      kept.delete(name);
      if (kept.size >= REMEMBERED_MAX) kept.delete(kept.keys().next().value ?? '');
      kept.set(name, { value, untilMs: clock.monotonic() + forMs });
    },
  };
}

/** So many an hour. */
function createAllowance(clock: Pick<Clock, 'monotonic'>, perHourMax: number) {
  let startMs = clock.monotonic();
  let taken = 0;
  return {
    take(): boolean {
      if (clock.monotonic() - startMs >= HOUR_MS) {
        startMs = clock.monotonic();
        taken = 0;
      }
      taken += 1;
      return taken <= perHourMax;
    },
  };
}
