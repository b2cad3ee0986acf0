import { readFileSync } from 'node:fs';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { ContentManifest } from '@wardgrid/wire';
import type { ContentFile, ContentStore, FetchContent } from './content-store.ts';

/** Content as the engines take it. */
export interface Content {
  /** Null for what stands in the agent itself. */
  readonly digest: string | null;
  /** Files of compiled rules: their text is read once and not kept. */
  readonly packs: readonly string[];
  readonly signatures: {
    readonly yara: readonly { readonly name: string; readonly text: string }[];
    readonly hashes: readonly { readonly name: string; readonly path: string }[];
  };
}

/** What the engines run with before any content came. */
export const NO_CONTENT: Content = {
  digest: null,
  packs: [],
  signatures: { yara: [], hashes: [] },
};

/** What keeping content needs. */
export interface ContentKeeperOptions {
  readonly store: ContentStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Puts content to work. @throws when it is broken: what ran before runs on then. */
  readonly apply: (content: Content) => Promise<void>;
  /** Other content is in use, or the wanted one cannot be: worth telling. */
  readonly onChange: () => void;
}

/** Sees that the device runs the content that its settings name. */
export interface ContentKeeper {
  /** The last good content on the disk. */
  readonly last: () => Content;
  /** Says what is wanted; null: whatever there is. */
  readonly want: (manifest: ContentManifest | null) => void;
  /** Fetches what is wanted and puts it to work, whenever that is due, until aborted. */
  readonly keepUp: (fetch: FetchContent, signal: AbortSignal) => Promise<void>;
  /** Why the wanted content does not run; null when it does. */
  readonly trouble: () => string | null;
}

/** A controller that could not give the content is asked again, ever more rarely. */
const RETRY_MS = 10_000;
const RETRY_MS_MAX = 3_600_000;

/** The keeper of a device's content. */
export function createContentKeeper(options: ContentKeeperOptions): ContentKeeper {
  const { store, clock, log } = options;
  let wanted: ContentManifest | null = null;
  let trouble: string | null = null;
  let wake: () => void = () => undefined;

  function isDue(): boolean {
    return wanted !== null && wanted.digest !== store.active()?.digest;
  }

  async function bring(manifest: ContentManifest, fetch: FetchContent, signal: AbortSignal) {
    await store.fetch(manifest, fetch, signal);
    const files = store.files(manifest);
    if (!files) throw new Error('a part is not here whole');
    await options.apply(contentOf(manifest.digest, files));
    store.keep(manifest);
    log.info('detection content in use', { digest: manifest.digest, serial: manifest.serial });
  }

  async function tryOnce(fetch: FetchContent, signal: AbortSignal): Promise<boolean> {
    const manifest = wanted;
    if (manifest === null || !isDue()) return true;
    try {
      await bring(manifest, fetch, signal);
      trouble = null;
      options.onChange();
      return true;
    } catch (error) {
      if (signal.aborted) return true;
      trouble = messageOf(error).slice(0, 200);
      log.warn('detection content cannot be used', { digest: manifest.digest, reason: trouble });
      options.onChange();
      return false;
    }
  }

  return {
    last() {
      const manifest = store.active();
      const files = manifest && store.files(manifest);
      return manifest && files ? contentOf(manifest.digest, files) : NO_CONTENT;
    },
    want(manifest) {
      // Signed settings name the content; older content than what runs would be a replay.
      if (manifest && manifest.serial < (store.active()?.serial ?? 0)) return;
      wanted = manifest;
      wake();
    },
    async keepUp(fetch, signal) {
      for (let waitMs = RETRY_MS; !signal.aborted;) {
        // Before the look: what comes to be wanted during it must not wait for the next hour.
        const woken = new Promise<void>((resolve) => (wake = resolve));
        const isDone = await tryOnce(fetch, signal);
        waitMs = isDone ? RETRY_MS : Math.min(waitMs * 2, RETRY_MS_MAX);
        if (signal.aborted) return;
        const over = new AbortController();
        const inner = AbortSignal.any([signal, over.signal]);
        const pause = clock.sleep(isDone ? RETRY_MS_MAX : waitMs, inner).catch(() => undefined);
        await Promise.race([woken, pause]);
        over.abort();
      }
    },
    trouble: () => trouble,
  };
}

function contentOf(digest: string, files: readonly ContentFile[]): Content {
  return {
    digest,
    packs: files.filter(({ kind }) => kind === 'rules').map(({ path }) => path),
    signatures: {
      yara: files
        .filter(({ kind }) => kind === 'yara')
        .map(({ digest: name, path }) => ({ name, text: readFileSync(path, 'utf8') })),
      hashes: files
        .filter(({ kind }) => kind === 'hashes')
        .map(({ digest: name, path }) => ({ name, path })),
    },
  };
}
