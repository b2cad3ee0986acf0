import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { ContentManifest } from '@wardgrid/wire';
import { createContentKeeper } from './content.ts';
import { openContentStore, type FetchContent } from './content-store.ts';

const TEXT = 'rule that_is_wanted { condition: false }';
const DIGEST = createHash('sha256').update(TEXT).digest('hex');
const part = { kind: 'yara', origin: 'product', digest: DIGEST, sizeBytes: TEXT.length } as const;
const MANIFEST: ContentManifest = { digest: DIGEST, serial: 1, parts: [part] };
const serve: FetchContent = (digest, offset) =>
  Promise.resolve({
    digest,
    sizeBytes: TEXT.length,
    offset,
    data: Buffer.from(TEXT.slice(offset)).toString('base64'),
  });

/** A keeper at work, and what it has put to use so far. */
function keep(apply: (digest: string | null) => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'wardgrid-content-'));
  const over = new AbortController();
  const told: (string | null)[] = [];
  const keeper = createContentKeeper({
    store: openContentStore(folder),
    clock: systemClock,
    log: silentLog,
    apply: ({ digest }) => Promise.resolve(digest).then(apply),
    onChange: () => told.push(keeper.trouble()),
  });
  const keeping = keeper.keepUp(serve, over.signal);
  onTestFinished(async () => {
    over.abort();
    await keeping;
    rmSync(folder, { recursive: true });
  });
  return { keeper, told };
}

test.each([0, 1, 2, 3, 4, 5, 8, 13])(
  'content that is named %i turns after the first look is in use at once, and that is told',
  async (turns) => {
    const used = Promise.withResolvers<string | null>();
    const { keeper, told } = keep(used.resolve);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    keeper.want(MANIFEST);
    expect(await used.promise).toBe(DIGEST);
    await expect.poll(() => told).toEqual([null]);
    expect(keeper.last().digest).toBe(DIGEST);
  },
);

test('content that the engines refuse is told with the reason, and what ran runs on', async () => {
  const { keeper, told } = keep(() => {
    throw new Error('line 1: no such condition');
  });
  keeper.want(MANIFEST);
  await expect.poll(() => told).toEqual(['line 1: no such condition']);
  expect(keeper.last().digest).toBeNull();
});
