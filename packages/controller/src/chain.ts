import type { Config } from './config.ts';
import type { AccountsFeature } from './features/accounts/index.ts';
import { createControllersFeature, type ControllersFeature } from './features/controllers/index.ts';
import type { TenantsFeature } from './features/tenants/index.ts';
import type { Transaction } from './platform/database.ts';
import { ControllerError } from './platform/error.ts';
import type { Platform } from './platform/services.ts';

/** What the chain of command is made from. */
export interface ChainOptions {
  readonly config: Config;
  readonly tenants: TenantsFeature;
  readonly accounts: Pick<AccountsFeature, 'noteEnrolmentRefused'>;
  readonly jobsArrived: (tx: Transaction, ids: readonly string[]) => Promise<void>;
  /** PEM and fingerprint of the own authority, when the controller serves with it. */
  readonly authority: string | null;
  readonly caFingerprint: string | null;
}

/** A controller that missed so many of its turns counts as away. */
const SILENT_TURNS = 3;

/** Controllers and what they tell each other. */
export interface Chain {
  readonly controllers: ControllersFeature;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function createChain(platform: Platform, options: ChainOptions): Chain {
  const { config, tenants, accounts, authority, caFingerprint } = options;
  const controllers = createControllersFeature(platform, {
    licenceOf: tenants.licences.current,
    forward: () => Promise.reject(new ControllerError('upstream-unreachable', 'nobody is above')),
    activate: () => Promise.resolve(),
    onJoinRefused: accounts.noteEnrolmentRefused,
    authority,
    caFingerprint,
    silentAfterMs: SILENT_TURNS * config.syncIntervalMs,
  });
  return { controllers, start: controllers.start };
}
