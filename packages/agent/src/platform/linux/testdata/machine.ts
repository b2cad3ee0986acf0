import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '@wardgrid/base/system';
import { onTestFinished } from 'vitest';
import type { CommandRunner } from '../command.ts';
import type { LinuxSource } from '../source.ts';

/** A link of a made-up machine: `-> target`. */
const LINK = /^-> (.+)$/;

/** Makes a folder that looks like the root of a machine; it is removed when the test ends. */
export function createMachine(files: Readonly<Record<string, string | Buffer>>): string {
  const rootPath = `${mkdtempSync(join(tmpdir(), 'wardgrid-machine-'))}/`;
  onTestFinished(() => rmSync(rootPath, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(rootPath + path), { recursive: true });
    const target = typeof content === 'string' ? LINK.exec(content)?.[1] : undefined;
    if (target === undefined) writeFileSync(rootPath + path, content);
    else symlinkSync(target, rootPath + path);
  }
  return rootPath;
}

/** A made-up machine whose programs print what the table says, by their first two words. */
export function createSource(
  files: Readonly<Record<string, string | Buffer>>,
  outputs: Readonly<Record<string, string>> = {},
): LinuxSource {
  const run: CommandRunner = async (argv) => {
    const text = outputs[argv.slice(0, 2).join(' ')];
    return text === undefined ? null : { text, isCut: false };
  };
  return { rootPath: createMachine(files), clock: systemClock, run };
}

/** A signal that is never aborted. */
export const NEVER: AbortSignal = new AbortController().signal;
