import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ContentManifest, type ContentChunk, type ContentPart } from '@wardgrid/wire';
import { replaceFile, syncFolder } from '../platform/linux/durable.ts';

/** Fetches a stretch of a part. @throws whatever the network throws. */
export type FetchContent = (
  digest: string,
  offset: number,
  signal: AbortSignal,
) => Promise<ContentChunk>;

/** A part that lies on the disk, whole and verified. */
export interface ContentFile extends ContentPart {
  readonly path: string;
}

/** Detection content on the disk of the device. */
export interface ContentStore {
  /** The manifest that worked last; null when none ever did. */
  readonly active: () => ContentManifest | null;
  /** The files of a manifest; undefined when one is not here whole. */
  readonly files: (manifest: ContentManifest) => readonly ContentFile[] | undefined;
  /** Gets what is missing; goes on where it was cut off. @throws what fetching throws, and on a wrong digest. */
  readonly fetch: (
    manifest: ContentManifest,
    fetch: FetchContent,
    signal: AbortSignal,
  ) => Promise<void>;
  /** Says that this content works: the last good set from now on. What is not in it is deleted. */
  readonly keep: (manifest: ContentManifest) => void;
}

const ACTIVE_FILE = 'active.json';
const PART_SUFFIX = '.part';

/** The content in a folder, made when it is new. */
export function openContentStore(folder: string): ContentStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let active = readActive(folder);
  const pathOf = ({ digest }: ContentPart): string => join(folder, digest);
  return {
    active: () => active,
    files(manifest) {
      const files = manifest.parts.map((part) => ({ ...part, path: pathOf(part) }));
      return files.every((file) => isWhole(file)) ? files : undefined;
    },
    async fetch(manifest, fetch, signal) {
      for (const part of manifest.parts) {
        if (!isWhole({ ...part, path: pathOf(part) })) {
          await fetchPart({ folder, part, fetch }, signal);
        }
      }
    },
    keep(manifest) {
      replaceFile(folder, ACTIVE_FILE, JSON.stringify(manifest));
      active = manifest;
      const kept = new Set([ACTIVE_FILE, ...manifest.parts.map(({ digest }) => digest)]);
      for (const name of readdirSync(folder)) {
        if (!kept.has(name)) rmSync(join(folder, name), { force: true });
      }
    },
  };
}

function readActive(folder: string): ContentManifest | null {
  try {
    return ContentManifest.parse(JSON.parse(readFileSync(join(folder, ACTIVE_FILE), 'utf8')));
  } catch {
    return null;
  }
}

/** Whether a part is here with the bytes it should have: a disk may rot, and people may edit. */
function isWhole({ path, sizeBytes, digest }: ContentFile): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.size !== sizeBytes) return false;
  return createHash('sha256').update(readFileSync(path)).digest('hex') === digest;
}

async function fetchPart(
  given: {
    readonly folder: string;
    readonly part: ContentPart;
    readonly fetch: FetchContent;
  },
  signal: AbortSignal,
): Promise<void> {
  const { folder, part, fetch } = given;
  const partial = join(folder, part.digest + PART_SUFFIX);
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_APPEND } = constants;
  const fd = openSync(partial, O_RDWR | O_CREAT | O_NOFOLLOW | O_APPEND, 0o600);
  try {
    for (let offset = statSync(partial).size; offset < part.sizeBytes;) {
      const chunk = await fetch(part.digest, offset, signal);
      const bytes = Buffer.from(chunk.data, 'base64');
      const isNext = chunk.digest === part.digest && chunk.offset === offset && bytes.length > 0;
      if (!isNext || offset + bytes.length > part.sizeBytes) {
        throw new Error(`the controller sent another stretch of '${part.digest}'`);
      }
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
      offset += bytes.length;
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (!isWhole({ ...part, path: partial })) {
    rmSync(partial, { force: true });
    throw new Error(`'${part.digest}' is not what its digest says`);
  }
  renameSync(partial, join(folder, part.digest));
  syncFolder(folder);
}
