import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemCalls } from '../platform/linux/system-calls.ts';
import { Canaries } from '../sensors/files/canaries.ts';
import { uninstallService } from './install.ts';

test('uninstalling takes the decoys out of the homes, and leaves what is no decoy', async () => {
  const rootPath = `${mkdtempSync(join(tmpdir(), 'wardgrid-root-'))}/`;
  onTestFinished(() => rmSync(rootPath, { recursive: true }));
  const unit = join(rootPath, 'etc/systemd/system/wardgrid-agent.service');
  const home = join(rootPath, 'home/ada');
  for (const folder of ['run/systemd/system', 'etc/systemd/system', 'home/ada']) {
    mkdirSync(join(rootPath, folder), { recursive: true });
  }
  writeFileSync(unit, '');
  writeFileSync(join(rootPath, 'etc/passwd'), 'ada:x:1000:1000::/home/ada:/bin/sh\n');
  writeFileSync(join(home, '.!accounts.xlsx'), 'a file of her own');
  new Canaries(systemCalls(), [home]).plant();
  expect(readdirSync(home)).toHaveLength(2);
  const calls: string[] = [];
  const systemctl = (words: readonly string[]): Promise<void> => {
    calls.push(`${words.join(' ')}: ${readdirSync(home).length}`);
    return Promise.resolve();
  };
  await uninstallService({ rootPath, systemctl });
  expect(readdirSync(home)).toEqual(['.!accounts.xlsx']);
  expect(existsSync(unit)).toBe(false);
  // The agent that still ran would have planted them again.
  expect(calls).toEqual(['disable --now wardgrid-agent.service: 2', 'daemon-reload: 1']);
});
