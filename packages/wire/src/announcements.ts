import * as z from 'zod';
import {
  dnsName,
  dnsService,
  dnsTexts,
  dnsTypes,
  encodeDnsQuery,
  encodeDnsResponse,
  parseDnsMessage,
} from '@wardgrid/base';
import {
  base64Url,
  EpochMs,
  Id,
  NAME_LENGTH_MAX,
  PublicKey,
  Signature,
  text,
} from './primitives.ts';

/** Where controllers say that they are there (RFC 6763, section 4.1). */
export const ANNOUNCED_SERVICE = '_wardgrid._tcp.local';

/** Longest address and name in an announcement: all of it has to fit into one small packet. */
const URL_LENGTH_MAX = 120;
const ANNOUNCED_NAME_LENGTH_MAX = Math.min(NAME_LENGTH_MAX, 40);

/**
 * What a controller says of itself to its own network, signed by its own key. It proposes an address
 * and nothing else: who believes it asks for the certificate, and checks that by the tenant's key.
 */
export const Announcement = z.strictObject({
  nodeId: Id,
  publicKey: PublicKey,
  /** Of its newest certificate; 0 for one that has none yet and waits to be let in. */
  serial: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  url: z.url({ protocol: /^https?$/ }).max(URL_LENGTH_MAX),
  name: text(ANNOUNCED_NAME_LENGTH_MAX),
  at: EpochMs,
  nonce: base64Url(16),
});
export type Announcement = z.infer<typeof Announcement>;

/** An announcement with its controller's signature over it, purpose `announce`. */
export const SignedAnnouncement = z.strictObject({
  announcement: Announcement,
  signature: Signature,
});
export type SignedAnnouncement = z.infer<typeof SignedAnnouncement>;

/** Keys of the TXT record (RFC 6763, section 6.4: short ones), each with the field it carries. */
const KEYS = {
  id: 'nodeId',
  k: 'publicKey',
  c: 'serial',
  u: 'url',
  n: 'name',
  at: 'at',
  r: 'nonce',
} as const satisfies Readonly<Record<string, keyof Announcement>>;

/** A name as it fits into an announcement. */
export function announcedName(name: string): string {
  return name.slice(0, ANNOUNCED_NAME_LENGTH_MAX).toWellFormed();
}

/** The strings of the TXT record of an announcement. */
export function announcementTexts({ announcement, signature }: SignedAnnouncement): string[] {
  const fields = Object.entries(KEYS).map(([key, field]) => `${key}=${announcement[field]}`);
  return ['v=1', ...fields, `s=${signature}`];
}

/** The announcement in a TXT record; undefined when it is none of ours. Never throws. */
export function parseAnnouncement(texts: readonly string[]): SignedAnnouncement | undefined {
  const values = new Map(
    texts.map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, Math.max(0, equals)), pair.slice(equals + 1)] as const;
    }),
  );
  const given = Object.entries(KEYS).map(([key, field]) => [field, values.get(key)] as const);
  const fields: Record<string, unknown> = Object.fromEntries(given);
  const parsed = SignedAnnouncement.safeParse({
    announcement: { ...fields, serial: wholeOf(values.get('c')), at: wholeOf(values.get('at')) },
    signature: values.get('s'),
  });
  return values.get('v') === '1' && parsed.success ? parsed.data : undefined;
}

function wholeOf(digits: string | undefined): number {
  return digits !== undefined && /^\d{1,16}$/.test(digits) ? Number(digits) : Number.NaN;
}

/** What the records of an announcement are good for (RFC 6762, section 10: two minutes). */
const TTL_SECONDS = 120;

/** The packet by which a controller announces itself on one link (RFC 6763, sections 4 to 6). */
export function encodeAnnouncement(
  signed: SignedAnnouncement,
  at: { readonly address: Uint8Array; readonly port: number },
): Uint8Array {
  const { nodeId } = signed.announcement;
  const instance = `${nodeId}.${ANNOUNCED_SERVICE}`;
  const host = `wardgrid-${nodeId}.local`;
  const own = { ttlSeconds: TTL_SECONDS, isUnique: true };
  return encodeDnsResponse([
    {
      ...own,
      isUnique: false,
      name: ANNOUNCED_SERVICE,
      type: dnsTypes.ptr,
      data: dnsName(instance),
    },
    { ...own, name: instance, type: dnsTypes.srv, data: dnsService(at.port, host) },
    { ...own, name: instance, type: dnsTypes.txt, data: dnsTexts(announcementTexts(signed)) },
    { ...own, name: host, type: dnsTypes.a, data: at.address },
  ]);
}

/** The packet that asks who is there. */
export function encodeAnnouncementQuestion(): Uint8Array {
  return encodeDnsQuery(0, [{ name: ANNOUNCED_SERVICE, type: dnsTypes.ptr }]);
}

/** What a packet of multicast DNS has to do with announcements. Never throws: it is anybody's. */
export function readAnnouncementPacket(bytes: Uint8Array): {
  /** Somebody asks who is there. */
  readonly isQuestion: boolean;
  /** The strings of each announcement in it. */
  readonly announced: readonly (readonly string[])[];
} {
  const message = parseDnsMessage(bytes);
  if (!message) return { isQuestion: false, announced: [] };
  const { isResponse, questions, records } = message;
  const isQuestion =
    !isResponse &&
    questions.some(
      ({ name, type }) =>
        name.toLowerCase() === ANNOUNCED_SERVICE &&
        (type === dnsTypes.ptr || type === dnsTypes.any),
    );
  const announced = records
    .filter(({ name, type }) => type === dnsTypes.txt && isInstance(name))
    .slice(0, ANNOUNCED_MAX)
    .map(({ texts }) => texts ?? []);
  return { isQuestion, announced: isResponse ? announced : [] };
}

/** Controllers announce themselves one a packet; a packet with many is none of theirs. */
const ANNOUNCED_MAX = 4;

function isInstance(name: string): boolean {
  return name.toLowerCase().endsWith(`.${ANNOUNCED_SERVICE}`);
}
