import { boundedText, messageOf, visibleText } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import {
  createAnnouncementWatch,
  openCertificate,
  type Rogue,
  type RogueReason,
} from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { API_PREFIX, controllerRoutes, type Announcement } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { askStranger } from '../../../platform/peer.ts';
import type { Platform } from '../../../platform/services.ts';
import { createCandidateEar } from '../candidates/hearing.ts';
import { nodeRepository } from '../repository.ts';
import { keepAnnouncing, type AnnouncerOptions } from './announcer.ts';
import { neighbourRepository, type KnownKey } from './repository.ts';

/** Somebody nearby who says to be a controller and is not believed, where it is to be noted. */
export interface NearbyRogue {
  readonly tenantId: string;
  /** What the controller serves that heard it. */
  readonly served: string;
  readonly key: string;
  readonly subject: string;
  readonly evidence: Readonly<Record<string, string>>;
}

/** What announcing needs beside the platform. */
export interface AnnouncementDeps {
  readonly listen: AnnouncerOptions['listen'];
  readonly isTls: boolean;
  readonly noteRogue: (tx: Transaction, rogue: NearbyRogue) => Promise<void>;
}

/** Keys of controllers are read anew this often: one that joined is known within it. */
const KEYS_INTERVAL_MS = 10_000;
/** A stranger's certificate is asked for in so many tenants at most, and waited for so long. */
const TENANTS_MAX = 20;
const ANSWER_MS = 5_000;
const ANSWER_BYTES_MAX = 8_192;

const REASONS: Readonly<Record<RogueReason, string>> = {
  unreadable: 'what it says is no announcement of ours',
  signature: 'it does not have the key it names, or its words were changed',
  impersonation: 'it has the id of a known controller and another key',
  certificate: 'it showed no certificate of a tenant that is known here',
};

/** Says on the local networks that this controller is there, and listens who else says so, until aborted. */
export async function keepNeighbours(
  platform: Platform,
  deps: AnnouncementDeps,
  signal: AbortSignal,
): Promise<void> {
  const { clock, keys, log } = platform;
  let known: ReadonlyMap<string, KnownKey> = new Map();
  const watch = createAnnouncementWatch({
    cryptography: systemCryptography,
    clock,
    ownId: keys.controllerId,
    keyOf(nodeId) {
      const key = known.get(nodeId);
      return key && !key.isRevoked ? key.publicKey : undefined;
    },
    vouch: (announcement, sender) => vouch(platform, { announcement, sender, known }, signal),
    onKnown: ({ nodeId, url }) => log.debug('a controller is nearby', { nodeId, url }),
    onCandidate: createCandidateEar(platform),
    onRogue: (rogue) => void tell(platform, deps, rogue),
  });
  const reading = keepReading(platform, signal, (next) => (known = next));
  await keepAnnouncing(
    {
      clock,
      random: systemRandom,
      signer: keys.node,
      listen: deps.listen,
      isTls: deps.isTls,
      self: () => selfOf(platform),
      hear: (texts, sender) => void watch.hear(texts, sender),
    },
    signal,
  );
  await reading;
}

async function keepReading(
  { database, clock }: Platform,
  signal: AbortSignal,
  take: (known: ReadonlyMap<string, KnownKey>) => void,
): Promise<void> {
  while (!signal.aborted) {
    await database
      .transact({ kind: 'ingest' }, (tx) => neighbourRepository(tx).keys())
      .then((keys) => take(new Map(keys.map((key) => [key.controllerId, key]))))
      // A database that is away is back some time; until then what was known is known.
      .catch(() => undefined);
    await clock.sleep(KEYS_INTERVAL_MS, signal).catch(() => undefined);
  }
}

/** The cloud has a certificate in each tenant, and names none. */
function selfOf({ keys, place }: Platform): Pick<Announcement, 'nodeId' | 'serial' | 'name'> {
  const joined = place.membership();
  return { nodeId: keys.controllerId, serial: 1, name: joined?.name ?? 'Cloud' };
}

/** Whether a stranger shows a certificate of one of our tenants for the key it announces with. */
async function vouch(
  platform: Platform,
  heard: {
    readonly announcement: Announcement;
    readonly sender: string;
    readonly known: ReadonlyMap<string, KnownKey>;
  },
  signal: AbortSignal,
): Promise<boolean> {
  const { announcement, sender, known } = heard;
  // Whoever announces has us call itself alone, and nobody else on any network.
  if (new URL(announcement.url).hostname !== sender) return false;
  const nowMs = platform.clock.now();
  for (const { tenantId, tenantKey } of await tenantsOf(platform)) {
    const answer = await ask(platform, { url: announcement.url, tenantId }, signal);
    if (answer === undefined) return false;
    const parsed = controllerRoutes.certificate.response.safeParse(jsonOf(answer));
    if (!parsed.success) continue;
    const isRevoked = ({ nodeId }: { nodeId: string }): boolean =>
      known.get(nodeId)?.isRevoked === true;
    const reader = { tenantId, tenantKey, nowMs, isRevoked };
    const opened = openCertificate(systemCryptography, parsed.data.certificate, reader);
    if (opened.kind === 'opened') return opened.certificate.publicKey === announcement.publicKey;
  }
  return false;
}

async function ask(
  { clock }: Platform,
  at: { readonly url: string; readonly tenantId: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const limit = new AbortController();
  const cancel = clock.after(ANSWER_MS, () => limit.abort(new Error('no answer')));
  const path = controllerRoutes.certificate.path.replace(':tenantId', at.tenantId);
  try {
    const target = `${at.url}${API_PREFIX}${path}`;
    const either = AbortSignal.any([signal, limit.signal]);
    return (await askStranger(target, ANSWER_BYTES_MAX, either)).toString('utf8');
  } catch {
    return undefined;
  } finally {
    cancel();
  }
}

async function tenantsOf({
  place,
  database,
}: Platform): Promise<readonly { readonly tenantId: string; readonly tenantKey: string }[]> {
  const joined = place.membership();
  if (joined) return [{ tenantId: joined.tenantId, tenantKey: joined.tenantKey }];
  return database.transact({ kind: 'ingest' }, (tx) =>
    neighbourRepository(tx).tenantKeys(TENANTS_MAX),
  );
}

async function tell(platform: Platform, deps: AnnouncementDeps, rogue: Rogue): Promise<void> {
  const { sender, announcement, reason } = rogue;
  const { database, log, keys } = platform;
  log.warn('somebody nearby says to be a controller', { reason, sender });
  const said = announcement ? ` as ${announcement.url}` : '';
  await database
    .transact({ kind: 'ingest' }, async (tx) => {
      // At the cloud in each tenant that has controllers: it may be meant for any of them.
      for (const node of await nodeRepository(tx).ofController(keys.controllerId)) {
        await deps.noteRogue(tx, {
          tenantId: node.tenantId,
          served: node.scope,
          key: announcement?.publicKey ?? sender,
          subject: boundedText(visibleText(`${sender}${said}`), 1_024),
          evidence: {
            ip: sender,
            reason: REASONS[reason],
            heardBy: node.name,
            ...(announcement ? { name: visibleText(announcement.name) } : {}),
          },
        });
      }
    })
    .catch((error: unknown) =>
      log.error('a rogue controller was not noted', { sender, reason: messageOf(error) }),
    );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
