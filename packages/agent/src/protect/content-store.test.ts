import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContentManifest } from '@wardgrid/wire';
import { openContentStore, type FetchContent } from './content-store.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'wardgrid-content-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const signal = new AbortController().signal;
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function manifestOf(serial: number, ...texts: readonly string[]): ContentManifest {
  const parts = texts.map((text) => ({
    kind: 'yara' as const,
    origin: 'product' as const,
    digest: digestOf(Buffer.from(text)),
    sizeBytes: text.length,
  }));
  return { digest: digestOf(Buffer.from(texts.join())), serial, parts };
}

/** A controller that has these texts, gives ten bytes at a time, and notes what it was asked. */
function serving(texts: readonly string[], asked: number[] = []): FetchContent {
  return (digest, offset) => {
    const text = texts.find((one) => digestOf(Buffer.from(one)) === digest) ?? '';
    asked.push(offset);
    const data = Buffer.from(text.slice(offset, offset + 10)).toString('base64');
    return Promise.resolve({ digest, sizeBytes: Math.max(1, text.length), offset, data });
  };
}

const [FIRST, SECOND] = ['the first part of content', 'the second part of content'];

test('parts are fetched, kept over a restart, and forgotten with the next content', async () => {
  const store = openContentStore(folder);
  const manifest = manifestOf(1, FIRST, SECOND);
  expect(store.files(manifest)).toBeUndefined();
  await store.fetch(manifest, serving([FIRST, SECOND]), signal);
  store.keep(manifest);
  const again = openContentStore(folder);
  expect(again.active()).toEqual(manifest);
  expect(again.files(manifest)?.map(({ digest }) => digest)).toEqual(
    manifest.parts.map(({ digest }) => digest),
  );
  const asked: number[] = [];
  const next = manifestOf(2, SECOND);
  await again.fetch(next, serving([SECOND], asked), signal);
  again.keep(next);
  expect(asked).toEqual([]);
  expect(readdirSync(folder).toSorted()).toEqual([next.parts[0]?.digest, 'active.json'].toSorted());
});

test('a fetch that was cut off goes on where it was', async () => {
  const store = openContentStore(folder);
  const manifest = manifestOf(1, FIRST);
  const whole = serving([FIRST]);
  let calls = 0;
  const failing: FetchContent = (...words) => {
    calls += 1;
    return calls > 2 ? Promise.reject(new Error('the network is gone')) : whole(...words);
  };
  await expect(store.fetch(manifest, failing, signal)).rejects.toThrow('the network is gone');
  const asked: number[] = [];
  await openContentStore(folder).fetch(manifest, serving([FIRST], asked), signal);
  expect(asked).toEqual([20]);
  expect(store.files(manifest)).toBeDefined();
});

test('a part that is not what its digest says is refused, and fetched anew', async () => {
  const store = openContentStore(folder);
  const manifest = manifestOf(1, FIRST);
  const lie = serving([FIRST]);
  const lying: FetchContent = async (...words) => {
    const chunk = await lie(...words);
    const data = Buffer.from(chunk.data, 'base64');
    return { ...chunk, data: Buffer.from(data.map((byte) => byte ^ 1)).toString('base64') };
  };
  await expect(store.fetch(manifest, lying, signal)).rejects.toThrow('not what its digest says');
  const asked: number[] = [];
  await store.fetch(manifest, serving([FIRST], asked), signal);
  expect(asked[0]).toBe(0);
});

test('stretches of another part, or none at all, end the fetch', async () => {
  const store = openContentStore(folder);
  const manifest = manifestOf(1, FIRST);
  const empty: FetchContent = (digest, offset) =>
    Promise.resolve({ digest, sizeBytes: FIRST.length, offset, data: '' });
  await expect(store.fetch(manifest, empty, signal)).rejects.toThrow('another stretch');
  const endless: FetchContent = (digest, offset) => {
    const data = Buffer.alloc(1_000).toString('base64');
    return Promise.resolve({ digest, sizeBytes: FIRST.length, offset, data });
  };
  await expect(store.fetch(manifest, endless, signal)).rejects.toThrow('another stretch');
});

test('what was changed on the disk is not used', async () => {
  const store = openContentStore(folder);
  const manifest = manifestOf(1, FIRST);
  await store.fetch(manifest, serving([FIRST]), signal);
  writeFileSync(join(folder, manifest.parts[0]?.digest ?? ''), FIRST.replace('first', 'worst'));
  expect(store.files(manifest)).toBeUndefined();
});
