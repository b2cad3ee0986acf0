import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from './build-when-stale.ts';

test('a fingerprint changes with any file below, added, changed or removed, and only then', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wardgrid-test-fingerprint-'));
  try {
    const file = join(folder, 'one.ts');
    await writeFile(file, 'one');
    const first = await fingerprintOf([folder]);
    expect(await fingerprintOf([folder])).toBe(first);
    expect(await fingerprintOf([folder, join(folder, 'absent')])).toBe(first);
    await utimes(file, 1, 1);
    const touched = await fingerprintOf([folder]);
    expect(touched).not.toBe(first);
    await writeFile(join(folder, 'two.ts'), 'two');
    expect(await fingerprintOf([folder])).not.toBe(touched);
  } finally {
    await rm(folder, { recursive: true });
  }
});
