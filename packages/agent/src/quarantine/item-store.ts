import {
  chmodSync,
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { messageOf, type Log } from '@wardgrid/base';
import { replaceFile, replaceFileSoon } from '../platform/linux/durable.ts';
import { QuarantineError } from './errors.ts';
import { readManifest, writeManifest, type Manifest } from './manifest.ts';
import { openStoreKeys, type StoreKeys } from './store-keys.ts';

const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

const MANIFEST = '.json';
const SEALED = '.sealed';
/** A manifest that does not verify is kept under another name for a person to look at. */
const BROKEN = '.broken';

/** The folder of sealed files: two files an item, and no other thing. */
export interface ItemStore {
  readonly path: string;
  readonly keys: StoreKeys;
  readonly all: () => readonly Manifest[];
  readonly get: (id: string) => Manifest | undefined;
  /** On the disk when it returns. */
  readonly save: (manifest: Manifest) => void;
  /** Survives a crash, but perhaps not the loss of power: what is found older is done again. */
  readonly saveSoon: (manifest: Manifest) => void;
  /** Forgets an item that has no sealed file. */
  readonly forget: (id: string) => void;
  /** A descriptor to seal into; nothing of it counts before a manifest says so. */
  readonly createSealed: (id: string) => number;
  readonly dropSealed: (id: string) => void;
  readonly openSealed: (id: string) => number;
  /** Bytes of all sealed files. */
  readonly sizeBytes: () => number;
}

/** Opens the store in a folder, made when it is new. @throws QuarantineError `store-unusable`. */
export function openItemStore(path: string, log: Log): ItemStore {
  prepareFolder(path);
  const keys = openStoreKeys(path);
  const items = new Map(readManifests(path, keys, log).map((item) => [item.id, item]));
  dropStrays(path, items);
  const fileOf = (id: string, suffix: string): string => join(path, id + suffix);
  return {
    path,
    keys,
    all: () => [...items.values()],
    get: (id) => items.get(id),
    save(manifest) {
      replaceFile(path, manifest.id + MANIFEST, writeManifest(keys.macKey, manifest));
      items.set(manifest.id, manifest);
    },
    saveSoon(manifest) {
      replaceFileSoon(path, manifest.id + MANIFEST, writeManifest(keys.macKey, manifest));
      items.set(manifest.id, manifest);
    },
    forget(id) {
      items.delete(id);
      rmSync(fileOf(id, MANIFEST), { force: true });
    },
    createSealed(id) {
      rmSync(fileOf(id, SEALED), { force: true });
      return openSync(fileOf(id, SEALED), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    },
    dropSealed: (id) => rmSync(fileOf(id, SEALED), { force: true }),
    openSealed: (id) => openSync(fileOf(id, SEALED), O_RDONLY | O_NOFOLLOW),
    sizeBytes: () => [...items.values()].reduce((sum, { storedBytes }) => sum + storedBytes, 0),
  };
}

function prepareFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const status = lstatSync(path);
    const isOurs = status.isDirectory() && status.uid === process.getuid?.();
    if (!isOurs) throw new Error('it is not a folder of this account');
    chmodSync(path, 0o700);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new QuarantineError('store-unusable', `'${path}' cannot be used: ${reason}`, { cause });
  }
}

function readManifests(path: string, keys: StoreKeys, log: Log): Manifest[] {
  return readdirSync(path)
    .filter((name) => name.endsWith(MANIFEST))
    .flatMap((name) => {
      const file = join(path, name);
      const manifest = readManifest(keys.macKey, readFileSync(file, 'utf8'));
      if (manifest && name === manifest.id + MANIFEST) return manifest;
      log.error('a quarantine manifest does not verify and was put aside', { name });
      renameSync(file, file + BROKEN);
      return [];
    });
}

/** What a crash left half-way, and what no manifest speaks of. */
function dropStrays(path: string, items: ReadonlyMap<string, Manifest>): void {
  const isBroken = (id: string): boolean =>
    lstatSync(join(path, id + MANIFEST + BROKEN), { throwIfNoEntry: false }) !== undefined;
  for (const name of readdirSync(path)) {
    const [id = '', suffix] = name.split('.', 2);
    const isStray =
      name.endsWith('.new') ||
      (suffix === SEALED.slice(1) && !hasSealed(items.get(id)) && !isBroken(id));
    if (isStray) rmSync(join(path, name), { force: true });
  }
}

function hasSealed(item: Manifest | undefined): boolean {
  return item !== undefined && item.phase !== 'begun' && item.wrappedKey !== null;
}

/** Closes a descriptor after work that may throw. */
export async function withDescriptor<T>(
  fd: number,
  work: (fd: number) => T | Promise<T>,
): Promise<T> {
  try {
    return await work(fd);
  } finally {
    closeSync(fd);
  }
}
