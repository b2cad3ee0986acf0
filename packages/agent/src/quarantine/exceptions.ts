import { createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { Clock } from '@wardgrid/base';
import { replaceFile } from '../platform/linux/durable.ts';
import { isSameInode, type InodeId } from '../platform/linux/inode.ts';
import { readInode, StoredInode } from './manifest.ts';

const FILE = 'exceptions';
/** Most exceptions at a time: each is a decision of a person about one file. */
const EXCEPTIONS_MAX = 1_000;

const Exception = z.strictObject({
  sha256: z.string().length(64),
  /** As people are shown it. */
  path: z.string().max(4_096),
  expiresAt: z.int().min(0),
  /** The file with other hard links, which may be called otherwise. */
  inode: StoredInode.nullable().default(null),
});
/** One content that may be at one path, or be one file, until a time. */
export type FileException = z.infer<typeof Exception>;

const Stored = z.strictObject({
  body: z.string().max(8_000_000),
  mac: z.string().length(64),
});

/** Files that a person put back on purpose: one content at one path, until a time. */
export interface Exceptions {
  readonly has: (sha256: string, path: string, inode?: InodeId) => boolean;
  readonly list: () => readonly FileException[];
  readonly add: (exception: FileException) => void;
  readonly remove: (sha256: string, path: string) => void;
}

/** The exceptions kept in a folder. A list that was tampered with counts as empty. */
export function openExceptions(
  folder: string,
  macKey: Uint8Array,
  clock: Pick<Clock, 'now'>,
): Exceptions {
  let list = read(folder, macKey);
  const isAbout = (sha256: string, path: string) => (one: FileException) =>
    one.sha256 === sha256 && one.path === path;
  function keep(next: typeof list): void {
    const nowMs = clock.now();
    list = next.filter(({ expiresAt }) => expiresAt > nowMs).slice(-EXCEPTIONS_MAX);
    const body = JSON.stringify(list);
    replaceFile(folder, FILE, JSON.stringify({ body, mac: macOf(macKey, body).toString('hex') }));
  }
  return {
    has: (sha256, path, inode) =>
      list.some((one) => {
        const isMeant = one.path === path || isFile(one, inode);
        return one.sha256 === sha256 && isMeant && one.expiresAt > clock.now();
      }),
    list: () => list.filter(({ expiresAt }) => expiresAt > clock.now()),
    add: (exception) =>
      keep([...list.filter((one) => !isAbout(exception.sha256, exception.path)(one)), exception]),
    remove: (sha256, path) => keep(list.filter((one) => !isAbout(sha256, path)(one))),
  };
}

function isFile({ inode }: FileException, other: InodeId | undefined): boolean {
  return inode !== null && other !== undefined && isSameInode(readInode(inode), other);
}

function read(folder: string, macKey: Uint8Array): readonly FileException[] {
  try {
    const { body, mac } = Stored.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8')));
    const isOurs = timingSafeEqual(Buffer.from(mac, 'hex'), macOf(macKey, body));
    return isOurs ? z.array(Exception).max(EXCEPTIONS_MAX).parse(JSON.parse(body)) : [];
  } catch {
    return [];
  }
}

function macOf(key: Uint8Array, body: string): Buffer {
  return createHmac('sha256', key).update('wardgrid exceptions v1\n').update(body).digest();
}
