import { codeOf, messageOf } from '@wardgrid/base';
import type { AgentEnd } from '../app.ts';
import type { Config } from '../config.ts';
import { AgentError } from '../errors.ts';
import { parseEnrolmentKey, removePinnedCa } from '../link/index.ts';
import type { Protection } from '../protect/index.ts';
import { openDataFolder, type DataFolder } from '../store/index.ts';
import { openProtection } from './protection.ts';
import { openAgentSession, type Surroundings } from './session.ts';

/** How soon a full disk is looked at again. */
const DISK_RETRY_MS = 30_000;

/** `agent run`: works until stopped or retired. */
export async function runAgent(config: Config, surroundings: Surroundings): Promise<AgentEnd> {
  refuseMalformedKey(config);
  const folder = await openPatiently(config, surroundings);
  return work(folder, { config, surroundings, kind: 'run' });
}

/** `agent once`: one pass, for a timer, cron or a scheduled task. */
export async function passAgent(config: Config, surroundings: Surroundings): Promise<AgentEnd> {
  refuseMalformedKey(config);
  const folder = openDataFolder(config.dataPath, surroundings.log);
  return work(folder, { config, surroundings, kind: 'once' });
}

async function work(
  folder: DataFolder,
  given: {
    readonly config: Config;
    readonly surroundings: Surroundings;
    readonly kind: 'run' | 'once';
  },
): Promise<AgentEnd> {
  const { config, surroundings, kind } = given;
  try {
    refuseAnonymity(folder, config);
    // Before the controller is looked for: a device without one is protected as well.
    const protection = kind === 'run' ? tryToProtect(folder, given) : null;
    await protection?.start();
    try {
      return await talk({ folder, protection, ...given });
    } finally {
      await protection?.stop();
    }
  } catch (error) {
    if (surroundings.signal.aborted) return 'stopped';
    if (isRefusal(error) && isNobody(folder)) {
      removePinnedCa(folder.path);
      folder.erase();
    }
    throw error;
  } finally {
    folder.close();
  }
}

/** A folder that cannot be used takes protection away, not the agent: it still says how it is. */
function tryToProtect(
  folder: DataFolder,
  { config, surroundings }: { readonly config: Config; readonly surroundings: Surroundings },
): Protection | null {
  try {
    return openProtection(config, folder, surroundings);
  } catch (error) {
    surroundings.log.error('this device is not protected', { reason: messageOf(error) });
    return null;
  }
}

async function talk(given: {
  readonly config: Config;
  readonly surroundings: Surroundings;
  readonly kind: 'run' | 'once';
  readonly folder: DataFolder;
  readonly protection: Protection | null;
}): Promise<AgentEnd> {
  const { surroundings, kind } = given;
  const { agent } = await openAgentSession({ ...given, isPatient: kind === 'run' }, surroundings);
  return agent[kind](surroundings.signal);
}

/** Before anything is made on disk. */
function refuseMalformedKey({ enrolmentKey }: Config): void {
  if (enrolmentKey) parseEnrolmentKey(enrolmentKey.reveal());
}

/** A database that was moved aside took the identity with it: only a key can make a new one. */
function refuseAnonymity(folder: DataFolder, config: Config): void {
  if (folder.movedAsidePath === null || config.enrolmentKey) return;
  throw new AgentError(
    'data-unusable',
    `the database was broken and is now '${folder.movedAsidePath}': ` +
      'give --enrolment-key to enrol this device again',
  );
}

/** Whether nothing here would be missed: a device that was cloned still has records to send. */
function isNobody({ store }: DataFolder): boolean {
  const identity = store.identity();
  return !identity?.enrolment && !identity?.splitTicket;
}

const REFUSALS: ReadonlySet<string> = new Set(['enrolment-refused', 'controller-untrusted']);

function isRefusal(error: unknown): boolean {
  return REFUSALS.has(codeOf(error) ?? '');
}

/** A full disk at the start is no reason to end: the service would be restarted for ever. */
async function openPatiently(
  config: Config,
  { clock, log, signal }: Surroundings,
): Promise<DataFolder> {
  for (;;) {
    try {
      return openDataFolder(config.dataPath, log);
    } catch (error) {
      if (codeOf(error) !== 'disk-full') throw error;
      log.error('the disk is full: waiting for room', { path: config.dataPath });
      await clock.sleep(DISK_RETRY_MS, signal);
    }
  }
}
