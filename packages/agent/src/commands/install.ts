import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@wardgrid/base';
import type { Config } from '../config.ts';
import { AgentError } from '../errors.ts';
import { parseEnrolmentKey } from '../link/index.ts';
import { homeFolders, removeCanaries } from '../sensors/files/index.ts';

const run = promisify(execFile);

const UNIT = 'wardgrid-agent.service';
const TEMPLATE_URL = new URL('../../../../deploy/systemd/wardgrid-agent.service', import.meta.url);
const SYSTEMCTL_TIMEOUT_MS = 60_000;

/** Where the parts of an installation go; a test may bring its own root folder. */
export interface InstallTarget {
  /** Ends in a slash. */
  readonly rootPath: string;
  /** The module that the service starts: the one that was started now. */
  readonly launcher: string;
  /** Runs `systemctl` with these words. */
  readonly systemctl: (words: readonly string[]) => Promise<void>;
}

/** This machine. */
export const thisMachine: InstallTarget = {
  rootPath: '/',
  launcher: process.argv[1] ?? '',
  async systemctl(words) {
    try {
      await run('systemctl', [...words], { timeout: SYSTEMCTL_TIMEOUT_MS });
    } catch (cause) {
      throw new AgentError(
        'installation-unsupported',
        `'systemctl ${words.join(' ')}' failed: ${messageOf(cause)}`,
        { cause },
      );
    }
  },
};

/**
 * Installs the agent as a systemd service and starts it. @throws AgentError
 * `installation-unsupported` where systemd does not run.
 */
export async function installService(config: Config, target = thisMachine): Promise<string> {
  requireSystemd(target);
  if (config.enrolmentKey) parseEnrolmentKey(config.enrolmentKey.reveal());
  const paths = pathsOf(target);
  mkdirSync(dirname(paths.environment), { recursive: true, mode: 0o755 });
  writeFileSync(paths.environment, environmentText(config), { mode: 0o600 });
  // The mode above counts for a new file only; an old one may have been readable.
  chmodSync(paths.environment, 0o600);
  mkdirSync(dirname(paths.unit), { recursive: true });
  writeFileSync(paths.unit, unitText(target), { mode: 0o644 });
  await target.systemctl(['daemon-reload']);
  await target.systemctl(['enable', UNIT]);
  await target.systemctl(['restart', UNIT]);
  return `installed and started: ${paths.unit}\n`;
}

/** Stops the service, removes it and its decoys; the identity of the device stays in its data folder. */
export async function uninstallService(target = thisMachine): Promise<string> {
  requireSystemd(target);
  const paths = pathsOf(target);
  if (!existsSync(paths.unit)) return 'not installed\n';
  await target.systemctl(['disable', '--now', UNIT]);
  // Not before it has stopped: it would plant them again.
  removeDecoys(target);
  rmSync(paths.unit, { force: true });
  rmSync(paths.environment, { force: true });
  await target.systemctl(['daemon-reload']);
  return 'stopped and removed; the data folder was kept\n';
}

/** Decoys that cannot be removed are harmless; a service that cannot be removed is not. */
function removeDecoys({ rootPath }: InstallTarget): void {
  try {
    const homes = homeFolders(readFileSync(join(rootPath, 'etc/passwd'), 'utf8'));
    removeCanaries(homes.map((home) => join(rootPath, home)));
  } catch (error) {
    process.stderr.write(
      `the decoys in the homes of people were not removed: ${messageOf(error)}\n`,
    );
  }
}

function requireSystemd({ rootPath }: InstallTarget): void {
  if (existsSync(join(rootPath, 'run/systemd/system'))) return;
  throw new AgentError(
    'installation-unsupported',
    "systemd does not run here: start 'wardgrid agent run' by your own means, " +
      "or 'wardgrid agent once' from cron",
  );
}

function pathsOf({ rootPath }: InstallTarget): {
  readonly unit: string;
  readonly environment: string;
} {
  return {
    unit: join(rootPath, 'etc/systemd/system', UNIT),
    environment: join(rootPath, ENVIRONMENT_PATH),
  };
}

const ENVIRONMENT_PATH = 'etc/wardgrid/agent.env';

function unitText({ launcher }: InstallTarget): string {
  return readFileSync(TEMPLATE_URL, 'utf8')
    .replaceAll('@ENVIRONMENT_FILE@', `/${ENVIRONMENT_PATH}`)
    .replaceAll('@NODE@', unitWord(process.execPath))
    .replaceAll('@LAUNCHER@', unitWord(realpathSync(launcher)));
}

/** A word of a unit file: `%` begins a specifier, quotes and blanks end it (systemd.syntax(7)). */
function unitWord(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function environmentText({ controllerUrl, enrolmentKey, isPlainHttpAllowed, logLevel }: Config) {
  const lines = [
    ...(controllerUrl === null ? [] : [`WARDGRID_CONTROLLER=${controllerUrl}`]),
    ...(enrolmentKey === null ? [] : [`WARDGRID_ENROLMENT_KEY=${enrolmentKey.reveal()}`]),
    `WARDGRID_LOG_LEVEL=${logLevel}`,
    ...(isPlainHttpAllowed ? ['WARDGRID_ALLOW_PLAIN_HTTP=true'] : []),
  ];
  return `${lines.join('\n')}\n`;
}
