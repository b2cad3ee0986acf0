import * as z from 'zod';
import { parseCidr, parseIp } from '@wardgrid/base';

/** A UUID in lower case: every id of ours is a UUIDv7, made where the thing is born. */
export const Id = z.uuid().max(36).lowercase();
export type Id = z.infer<typeof Id>;

export const TenantId = Id.brand<'TenantId'>();
export type TenantId = z.infer<typeof TenantId>;
export const OrganizationId = Id.brand<'OrganizationId'>();
export type OrganizationId = z.infer<typeof OrganizationId>;
export const GroupId = Id.brand<'GroupId'>();
export type GroupId = z.infer<typeof GroupId>;
export const DeviceId = Id.brand<'DeviceId'>();
export type DeviceId = z.infer<typeof DeviceId>;
export const AccountId = Id.brand<'AccountId'>();
export type AccountId = z.infer<typeof AccountId>;
export const JobId = Id.brand<'JobId'>();
export type JobId = z.infer<typeof JobId>;

/** A moment in the API: RFC 3339, UTC, milliseconds (`2026-11-21T10:00:00.000Z`). */
export const Instant = z.iso.datetime({ precision: 3 }).max(24);
export type Instant = z.infer<typeof Instant>;

/** The API text of epoch milliseconds. */
export function instantOf(epochMs: number): Instant {
  return new Date(epochMs).toISOString();
}

/** The API text of epoch milliseconds that may be absent. */
export function instantOrNull(epochMs: number | null): Instant | null {
  return epochMs === null ? null : instantOf(epochMs);
}

/** Largest epoch milliseconds that ECMAScript can express as a date. */
const EPOCH_MS_MAX = 8_640_000_000_000_000;

/** A moment on the link between programs: epoch milliseconds. */
export const EpochMs = z.int().min(0).max(EPOCH_MS_MAX);

/** Any count or size. */
export const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Text without C0 and C1 control characters and without lone surrogates; PostgreSQL stores no NUL. */
export function text(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .refine((value) => !/[\u0000-\u001f\u007f-\u009f]/.test(value) && value.isWellFormed(), {
      error: 'must hold no control characters',
    });
}

/** Text of several lines: as `text`, with line feeds and tabs. */
export function lines(lengthMax: number) {
  return z
    .string()
    .max(lengthMax)
    .refine(
      (value) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(value) && value.isWellFormed(),
      { error: 'must hold no control characters but line feeds and tabs' },
    );
}

/** Longest path of a file: Linux's PATH_MAX. */
export const PATH_LENGTH_MAX = 4_096;

/**
 * The path of a file. It may hold anything a file system allows, line feeds too: a hostile name must
 * be nameable. PostgreSQL stores no NUL, and neither does a file system.
 */
export const FilePath = z
  .string()
  .min(1)
  .max(PATH_LENGTH_MAX)
  .refine((value) => !value.includes('\u0000') && value.isWellFormed(), {
    error: 'must be a path',
  });

/** Longest name of a thing that people name. */
export const NAME_LENGTH_MAX = 120;

/** A name that a person gives: trimmed, not empty, one line. */
export const Name = text(NAME_LENGTH_MAX)
  .transform((value) => value.trim())
  .pipe(z.string().min(1).max(NAME_LENGTH_MAX));

/** An e-mail address, lower-cased: it is the sign-in name. RFC 5321 allows 254 characters. */
export const Email = z
  .string()
  .max(254)
  .transform((value) => value.trim().toLowerCase())
  .pipe(z.email().max(254));

/**
 * Who did something, as the reader may know them: an e-mail address; `@NAME` of the node that somebody is
 * bound to whose account the reader does not see; or what did it by itself.
 */
export const PersonName = z.string();

/** What the name of a node begins with that stands for somebody whose account the reader does not see. */
export const PERSON_PLACE_MARK = '@';

/** An IPv4 or IPv6 address. */
export const IpAddress = z
  .string()
  .max(45)
  .refine((value) => parseIp(value) !== undefined, { error: 'must be an IP address' });

/** A network, `10.0.0.0/24`. Host bits may be set; they carry no meaning. */
export const CidrText = z
  .string()
  .max(49)
  .refine((value) => parseCidr(value) !== undefined, {
    error: 'must be a network such as 10.0.0.0/24',
  });

/** A hardware address in lower case with colons. */
export const MacAddress = z
  .string()
  .max(17)
  .regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);

/** Unpadded base64url of exactly `sizeBytes`. */
export function base64Url(sizeBytes: number) {
  const length = Math.ceil((sizeBytes * 4) / 3);
  return z
    .string()
    .length(length)
    .regex(/^[A-Za-z0-9_-]+$/);
}

/** Base64 (RFC 4648 section 4) of at most `sizeBytesMax`. */
export function base64Text(sizeBytesMax: number) {
  return z
    .string()
    .max(Math.ceil(sizeBytesMax / 3) * 4)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/);
}

/** An Ed25519 public key (RFC 8032): 32 bytes. */
export const PublicKey = base64Url(32);

/** What people compare of a key, and name it by: the first 128 bits of its SHA-256 in hexadecimal. */
export const Fingerprint = z
  .string()
  .length(32)
  .regex(/^[0-9a-f]+$/);
export type Fingerprint = z.infer<typeof Fingerprint>;

/** An Ed25519 signature: 64 bytes. */
export const Signature = base64Url(64);

/** A SHA-256 hash in hexadecimal. */
export const Sha256 = z
  .string()
  .length(64)
  .regex(/^[0-9a-f]+$/);

/** How bad: the order is meaningful, worst last. */
export const Severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);
export type Severity = z.infer<typeof Severity>;

/** A node's place in the scope tree: ids without dashes joined by dots; empty is the platform. */
export const ScopePath = z
  .string()
  .max(400)
  .regex(/^(?:[0-9a-f]{32}(?:\.[0-9a-f]{32})*)?$/);
export type ScopePath = z.infer<typeof ScopePath>;

/** An answer without content. */
export const Nothing = z.null();

/** A body or query that holds nothing. */
export const Empty = z.strictObject({});

/** The name that people use of a thing: given by the cloud (`DEV-004217`), provisional until then (`~BERL-0007`). */
export const Reference = z.string().min(1).max(60);
