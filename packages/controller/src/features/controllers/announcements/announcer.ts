import { encodeBase64Url, parseIp, type Clock, type Random } from '@wardgrid/base';
import {
  openLocalMulticast,
  type HeardMessage,
  type LocalLink,
  type LocalMulticast,
} from '@wardgrid/base/multicast';
import { signAnnouncement, type Signer } from '@wardgrid/trust';
import {
  announcedName,
  encodeAnnouncement,
  encodeAnnouncementQuestion,
  readAnnouncementPacket,
  type Announcement,
} from '@wardgrid/wire';

/** What a controller says of itself to its own networks. */
export interface AnnouncerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  /** Who it is now: a renewed certificate has another serial. Null while it has nothing to say. */
  readonly self: () => Pick<Announcement, 'nodeId' | 'serial' | 'name'> | null;
  readonly isTls: boolean;
  /** Where it listens; announced is only where it can be reached. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly hear: (texts: readonly string[], sender: string) => void;
}

/** Announced again before the records run out at those who keep them (two minutes). */
const ANNOUNCE_INTERVAL_MS = 60_000;
/** Said twice at the start (RFC 6762, section 8.3). */
const SECOND_MS = 1_000;
/** At most one a second on a link, whoever asks (RFC 6762, section 6). */
const ANSWER_INTERVAL_MS = 1_000;
/** Those who are asked together do not answer together (RFC 6762, section 6). */
const ANSWER_DELAY_MIN_MS = 20;
const ANSWER_DELAY_SPREAD_MS = 100;
const ANY_HOST: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/** Announces this controller on its local networks and listens there, until aborted. */
export async function keepAnnouncing(
  options: AnnouncerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options;
  const answeredAtMs = new Map<string, number>();
  const multicast = openLocalMulticast((message) => {
    const { isQuestion, announced } = readAnnouncementPacket(message.bytes);
    for (const texts of announced) options.hear(texts, message.sender);
    if (isQuestion) answer({ options, multicast, answeredAtMs }, message);
  });
  try {
    await announce(options, multicast);
    for (const link of await multicast.refresh()) {
      multicast.send(link, encodeAnnouncementQuestion());
    }
    await clock.sleep(SECOND_MS, signal).catch(() => undefined);
    while (!signal.aborted) {
      await announce(options, multicast);
      await clock.sleep(ANNOUNCE_INTERVAL_MS, signal).catch(() => undefined);
    }
  } finally {
    multicast.close();
  }
}

async function announce(options: AnnouncerOptions, multicast: LocalMulticast): Promise<void> {
  for (const link of await multicast.refresh()) say(options, multicast, link);
}

function answer(
  given: {
    readonly options: AnnouncerOptions;
    readonly multicast: LocalMulticast;
    readonly answeredAtMs: Map<string, number>;
  },
  { link }: HeardMessage,
): void {
  const { options, multicast, answeredAtMs } = given;
  const nowMs = options.clock.monotonic();
  if (nowMs - (answeredAtMs.get(link.address) ?? -ANSWER_INTERVAL_MS) < ANSWER_INTERVAL_MS) return;
  answeredAtMs.set(link.address, nowMs);
  const delayMs = ANSWER_DELAY_MIN_MS + ANSWER_DELAY_SPREAD_MS * options.random.fraction();
  options.clock.after(delayMs, () => say(options, multicast, link));
}

function say(options: AnnouncerOptions, multicast: LocalMulticast, link: LocalLink): void {
  const { host, port } = options.listen;
  const address = parseIp(link.address);
  if (address?.version !== 4 || (!ANY_HOST.has(host) && host !== link.address)) return;
  const self = options.self();
  if (!self) return;
  const announcement: Announcement = {
    ...self,
    name: announcedName(self.name),
    publicKey: encodeBase64Url(options.signer.publicKey),
    url: `${options.isTls ? 'https' : 'http'}://${link.address}:${port}`,
    at: options.clock.now(),
    nonce: encodeBase64Url(options.random.bytes(16)),
  };
  const signature = signAnnouncement(options.signer, announcement);
  const bytes = Uint8Array.from(link.address.split('.'), Number);
  multicast.send(link, encodeAnnouncement({ announcement, signature }, { address: bytes, port }));
}
