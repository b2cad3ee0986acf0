import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf } from '@wardgrid/base';
import type { Platform } from '../../../platform/services.ts';
import type { RuleDeps } from '../deps.ts';
import type { BuiltPart, Compiled, ShownRule, SourceFile } from '../imports/compile.ts';
import type { Compile } from '../imports/compiler.ts';
import { contentRepository } from './repository.ts';

/** Rules of the product: Sigma and behaviours, and YARA. */
const SIGMA_FILE = /\.ya?ml$/;
const YARA_FILE = /\.yara?$/;

/**
 * Compiles the rules that came with this controller and publishes them when they are others than
 * before. A tree that is broken is said, and what was published stays.
 */
export async function publishProduct(
  platform: Platform,
  deps: Pick<RuleDeps, 'rulesFolder' | 'makeSettingsDue'>,
  compile: Compile,
): Promise<void> {
  const files = await filesBelow(deps.rulesFolder);
  if (files.length === 0) {
    platform.log.warn('this controller came without detection rules');
    return;
  }
  const compiled = [
    await compile({ format: 'sigma', files: chosen(files, SIGMA_FILE) }),
    await compile({ format: 'yara', files: chosen(files, YARA_FILE) }),
  ];
  const parts: BuiltPart[] = [];
  const rules: ShownRule[] = [];
  for (const one of compiled) {
    if (one.kind === 'refused') sayRefused(platform, one);
    else {
      parts.push(one.part);
      rules.push(...one.rules);
    }
  }
  if (parts.length < compiled.length) return;
  await platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const content = contentRepository(tx);
    await content.lock();
    const digests = parts.map(({ digest }) => digest);
    const before = await content.productDigests();
    // What people are shown of a rule is in no digest.
    await content.showProduct(rules.map((rule) => ({ ...rule, id: platform.newId() })));
    if (before.join() === digests.join()) return;
    for (const part of parts) await content.keepPart(part);
    await content.publishProduct(digests);
    await content.removeUnused();
    await deps.makeSettingsDue(tx, { kind: 'all' });
    platform.log.info('detection content published', { rules: rules.length });
  });
}

function sayRefused(
  { log }: Pick<Platform, 'log'>,
  { issues }: Extract<Compiled, { kind: 'refused' }>,
): void {
  for (const { file, line, code, message } of issues.slice(0, 20)) {
    log.error('rule of the product is broken', { file, line, code, reason: message });
  }
}

function chosen(files: readonly SourceFile[], pattern: RegExp): readonly SourceFile[] {
  return files.filter(({ name }) => pattern.test(name));
}

/** Every rule file of the folder, in one order everywhere. */
async function filesBelow(folder: string): Promise<readonly SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(
    (error: unknown) => {
      throw new Error(`the rules of the product cannot be read: ${messageOf(error)}`);
    },
  );
  const paths = entries
    .filter(
      (entry) => entry.isFile() && (SIGMA_FILE.test(entry.name) || YARA_FILE.test(entry.name)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return Promise.all(
    paths.map(async (path) => ({
      name: relative(folder, path),
      text: await readFile(path, 'utf8'),
    })),
  );
}
