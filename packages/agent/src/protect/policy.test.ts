import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_PROTECTION } from '@wardgrid/wire';
import { createExclusions } from '../sensors/files/exclusions.ts';
import { withOwnFolder } from './policy.ts';

test('the own folder is left alone by the path that the kernel tells, also behind a link', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wardgrid-policy-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  const { exclusions } = withOwnFolder(DEFAULT_PROTECTION, join(folder, 'link'));
  const isExcluded = (path: string): boolean =>
    createExclusions(exclusions).isPathExcluded(path, Date.now());
  expect(isExcluded(join(folder, 'real/content/hashes'))).toBe(true);
  expect(isExcluded(join(folder, 'real2/evil'))).toBe(false);
  expect(isExcluded(join(folder, 'evil'))).toBe(false);
});
