import { createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { QuarantineState, type SealedFile } from '@wardgrid/wire';
import { boundedText, decodeBase64Url, encodeBase64Url } from '@wardgrid/base';
import type { InodeId, Xattr } from '../platform/linux/inode.ts';
import { pathText } from '../sensors/files/path-text.ts';

const base64 = z.base64url().max(100_000);
const whole = z.int().min(0);
const bigNumber = z.string().regex(/^-?\d{1,24}$/);

/**
 * How far sealing or restoring has come. Each is on the disk before the step that follows it begins, so
 * that whoever finds it after a crash knows what may have happened to the file.
 */
const Phase = z.enum(['begun', 'sealed', 'done', 'restoring']);

/** Which file is meant, as it is kept. */
export const StoredInode = z.strictObject({
  device: bigNumber,
  inode: bigNumber,
  bornNs: bigNumber,
});
export type StoredInode = z.infer<typeof StoredInode>;

/** One item of the store: everything that is needed to put the file back. */
export const Manifest = z.strictObject({
  id: z.uuid(),
  phase: Phase,
  state: QuarantineState,
  /** The path's bytes, as whoever opened it saw it: names need not be UTF-8. */
  path: base64,
  /** Where it was as this process sees it; null when that is not known, and it cannot be put back. */
  origin: base64.nullable(),
  device: bigNumber,
  inode: bigNumber,
  bornNs: bigNumber,
  links: whole,
  /** By what the file is found again while other hard links lead to it; null when none do. */
  handle: base64.nullable().default(null),
  mode: whole,
  uid: whole,
  gid: whole,
  /** Inode flags; null where the file system has none. */
  flags: whole.nullable(),
  atimeNs: bigNumber,
  mtimeNs: bigNumber,
  xattrs: z.array(z.strictObject({ name: base64, value: base64 })).max(4_096),
  /** The item's key under the store's; null before it is sealed. */
  wrappedKey: base64.nullable(),
  sizeBytes: whole,
  storedBytes: whole,
  sha256: z.string().max(64),
  findingId: z.string().nullable(),
  rule: z.string().nullable(),
  sealedAt: whole,
  changedAt: whole,
  notes: z.array(z.string().max(500)).max(32),
  /** Whether the controller was told of this state, by a record that will not be lost. */
  isTold: z.boolean(),
  /** The file that restoring makes; null while none is made. */
  restored: StoredInode.nullable(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Name of the file in `/` and everywhere that sealing and restoring use; nobody else has such names. */
export function privateNameOf({ id }: Pick<Manifest, 'id'>): Buffer {
  return Buffer.from(`.wardgrid-${id}`);
}

/** The bytes of the path where it was, as well as that is known. */
export function pathOf({ path, origin }: Pick<Manifest, 'path' | 'origin'>): Buffer {
  return Buffer.from(decodeBase64Url(origin ?? path));
}

/** Which file is meant. */
export function readInode({ device, inode, bornNs }: StoredInode): InodeId {
  return { device: BigInt(device), inode: BigInt(inode), bornNs: BigInt(bornNs) };
}

/** A file as the manifest keeps it. */
export function writeInode({ device, inode, bornNs }: InodeId): StoredInode {
  return { device: String(device), inode: String(inode), bornNs: String(bornNs) };
}

/** Attributes as the manifest keeps them. */
export function encodeXattrs(xattrs: readonly Xattr[]): Manifest['xattrs'] {
  return xattrs.map(({ name, value }) => ({
    name: encodeBase64Url(name),
    value: encodeBase64Url(value),
  }));
}

/** Attributes as the system takes them. */
export function decodeXattrs(xattrs: Manifest['xattrs']): readonly Xattr[] {
  return xattrs.map(({ name, value }) => ({
    name: decodeBase64Url(name),
    value: decodeBase64Url(value),
  }));
}

const Signed = z.strictObject({ body: z.string().max(16_000_000), mac: z.string().length(64) });

/** The text of a manifest, with a MAC that only the store's key can make. */
export function writeManifest(key: Uint8Array, manifest: Manifest): string {
  const body = JSON.stringify(manifest);
  return JSON.stringify({ body, mac: macOf(key, body).toString('hex') });
}

/** The manifest of a text; undefined when it is not ours or was changed. */
export function readManifest(key: Uint8Array, text: string): Manifest | undefined {
  const signed = Signed.safeParse(jsonOf(text));
  if (!signed.success) return undefined;
  const { body, mac } = signed.data;
  const given = Buffer.from(mac, 'hex');
  const expected = macOf(key, body);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return Manifest.safeParse(jsonOf(body)).data;
}

function macOf(key: Uint8Array, body: string): Buffer {
  return createHmac('sha256', key)
    .update('wardgrid quarantine manifest v1\n')
    .update(body)
    .digest();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The item as the controller is told of it. */
export function sealedFileOf(manifest: Manifest): SealedFile {
  const { id, state, sizeBytes, sha256, mode, uid, gid, findingId, sealedAt, changedAt } = manifest;
  const note = manifest.notes.join('; ');
  return {
    id,
    state,
    path: shownPath(manifest),
    sizeBytes,
    sha256,
    mode,
    uid,
    gid,
    findingId,
    rule: manifest.rule,
    sealedAt,
    changedAt,
    note: note === '' ? null : boundedText(note, 500),
  };
}

/** Its path for people, as file events have it. */
export function shownPath(manifest: Pick<Manifest, 'path' | 'origin'>): string {
  return pathText(pathOf(manifest));
}
