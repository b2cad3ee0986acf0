import { type Clock, type Log } from '@wardgrid/base';
import { openLocalMulticast } from '@wardgrid/base/multicast';
import { createAnnouncementWatch, openCertificate, type Rogue } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { readAnnouncementPacket, type Announcement, type RecordBody } from '@wardgrid/wire';
import type { KnownController } from '../store/index.ts';
import { fetchCertificate } from './certificate.ts';
import { rogueFinding } from './finding.ts';

/** What looking for controllers needs. */
export interface NearbyOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly deviceId: string;
  readonly tenantId: string;
  /** Base64url. */
  readonly tenantKey: string;
  readonly controllers: () => readonly KnownController[];
  /** A controller of the list is called at another address as well. */
  readonly onAddress: (controllerId: string, url: string) => void;
  readonly report: (body: RecordBody) => void;
}

/** The ears of an agent. It asks nobody: a laptop in a café does not say what protects it. */
export interface Nearby {
  /** Listens until aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Networks come and go; controllers say by themselves that they are there. */
const REFRESH_INTERVAL_MS = 60_000;

/** Ears that are deaf until they run. */
export function createNearby(options: NearbyOptions): Nearby {
  const { clock, log } = options;
  const watch = createAnnouncementWatch({
    cryptography: systemCryptography,
    clock,
    ownId: null,
    keyOf: (nodeId) => keyOf(options, nodeId),
    vouch: (announcement, sender) => vouch(options, announcement, sender),
    onKnown: ({ nodeId, url }) => options.onAddress(nodeId, url),
    onCandidate: ({ url }, sender) => log.debug('a controller waits to be let in', { url, sender }),
    onRogue(rogue) {
      log.warn('somebody says to be a controller', { reason: rogue.reason, sender: rogue.sender });
      options.report(findingOf(options, rogue));
    },
  });
  const multicast = openLocalMulticast(({ bytes, sender }) => {
    for (const texts of readAnnouncementPacket(bytes).announced) void watch.hear(texts, sender);
  });

  return {
    async run(signal) {
      try {
        while (!signal.aborted) {
          await multicast.refresh();
          await clock.sleep(REFRESH_INTERVAL_MS, signal).catch(() => undefined);
        }
      } finally {
        multicast.close();
      }
    },
  };
}

function keyOf({ controllers }: NearbyOptions, nodeId: string): string | undefined {
  const known = controllers().find(({ controllerId }) => controllerId === nodeId);
  return known?.publicKey ?? undefined;
}

/** Whether a stranger is a controller of the tenant, of another site perhaps. */
async function vouch(
  options: NearbyOptions,
  announcement: Announcement,
  sender: string,
): Promise<boolean> {
  // Whoever announces has us call itself alone, and nobody else on any network.
  if (new URL(announcement.url).hostname !== sender) return false;
  const { tenantId, tenantKey, clock } = options;
  const envelope = await fetchCertificate(announcement.url, tenantId);
  const reader = { tenantId, tenantKey, nowMs: clock.now(), isRevoked: () => false };
  const opened = openCertificate(systemCryptography, envelope, reader);
  return opened.kind === 'opened' && opened.certificate.publicKey === announcement.publicKey;
}

function findingOf({ clock, deviceId }: NearbyOptions, rogue: Rogue): RecordBody {
  return { kind: 'finding', finding: rogueFinding(rogue, { deviceId, nowMs: clock.now() }) };
}
