import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemCalls } from '../platform/linux/system-calls.ts';
import { Canaries } from '../sensors/files/canaries.ts';
import { readConfig } from '../config.ts';
import { installService, uninstallService } from './install.ts';

test('installing writes a unit that starts the program which was started, by its real name', async () => {
  const rootPath = `${mkdtempSync(join(tmpdir(), 'wardgrid-root-'))}/`;
  onTestFinished(() => rmSync(rootPath, { recursive: true }));
  mkdirSync(join(rootPath, 'run/systemd/system'), { recursive: true });
  const program = join(rootPath, '100% agent.mjs');
  writeFileSync(program, '');
  const launcher = join(rootPath, 'wardgrid');
  symlinkSync(program, launcher);
  const calls: string[] = [];
  const systemctl = (words: readonly string[]): Promise<void> => {
    calls.push(words.join(' '));
    return Promise.resolve();
  };
  const config = readConfig(['--controller', 'https://grid.example.com']);
  await installService(config, { rootPath, launcher, systemctl });
  const unit = readFileSync(join(rootPath, 'etc/systemd/system/wardgrid-agent.service'), 'utf8');
  const start = /^ExecStart="([^"]+)" .* "([^"]+)" agent run$/m.exec(unit);
  expect(start?.[1]).toBe(process.execPath);
  expect(start?.[2]).toBe(program.replace('%', '%%'));
  expect(calls.at(-1)).toBe('restart wardgrid-agent.service');
});

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
  await uninstallService({ rootPath, launcher: '', systemctl });
  expect(readdirSync(home)).toEqual(['.!accounts.xlsx']);
  expect(existsSync(unit)).toBe(false);
  // The agent that still ran would have planted them again.
  expect(calls).toEqual(['disable --now wardgrid-agent.service: 2', 'daemon-reload: 1']);
});
