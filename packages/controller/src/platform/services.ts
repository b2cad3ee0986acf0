import type { Clock, Log, NewId } from '@wardgrid/base';
import type { Bus } from './bus.ts';
import type { ChainTime } from './chain-time.ts';
import type { Actor, Visibility } from './authorize.ts';
import { authorize, visibilityOf } from './authorize.ts';
import type { Database, Transaction } from './database.ts';
import { ControllerError, notFound } from './error.ts';
import type { Http } from './http.ts';
import type { Keys } from './keys.ts';
import type { ListSettings } from './list.ts';
import type { Place } from './membership.ts';
import type { SecretStore } from './secrets.ts';
import type { Permission } from '@wardgrid/wire';

/** What the platform offers to features. A feature takes it once, in its `createX`. */
export interface Platform {
  readonly clock: Clock;
  /** What puts `clock` right where the machine's is far off. */
  readonly chainTime: ChainTime;
  readonly newId: NewId;
  readonly log: Log;
  readonly database: Database;
  readonly bus: Bus;
  readonly keys: Keys;
  /** What this controller is in the chain, and where it stands there. */
  readonly place: Place;
  readonly secrets: SecretStore;
  readonly http: Http;
  /** The address under which agents and people reach this controller, without a slash at the end. */
  readonly publicUrl: () => string;
  /** All its addresses, that one first. */
  readonly urls: () => readonly string[];
}

/** Runs `work` seeing what the actor may see under a permission, and nothing else. */
export function transactAs<T>(
  platform: Pick<Platform, 'database' | 'clock'>,
  given: { readonly actor: Actor; readonly permission: Permission },
  work: (tx: Transaction, visibility: Visibility) => Promise<T>,
): Promise<T> {
  const visibility = visibilityOf(given.actor, given.permission, platform.clock.now());
  const access = { kind: 'visible', visibility, actor: given.actor } as const;
  return platform.database.transact(access, (tx) => work(tx, visibility));
}

/** Passes when the actor may do this to the thing. @throws ControllerError `not-found` for what they may not see, else why not. */
export function requireAllowed(
  platform: Pick<Platform, 'clock'>,
  given: { readonly actor: Actor; readonly permission: Permission; readonly noun: string },
  target: { readonly tenantId: string | null; readonly scope: string },
): void {
  const decision = authorize(given.actor, given.permission, {
    target,
    nowMs: platform.clock.now(),
  });
  if (decision.kind === 'invisible') throw notFound(given.noun);
  if (decision.kind === 'refused')
    throw new ControllerError(decision.code, `'${given.permission}' is not allowed here`);
}

/** For what only the cloud decides. @throws ControllerError `cloud-only`. */
export function requireCloud({ place }: Pick<Platform, 'place'>): void {
  if (place.role === 'cloud') return;
  throw new ControllerError('cloud-only', 'only the cloud does this: sign in there');
}

/** The settings of lists at this moment. */
export function listSettings(platform: Pick<Platform, 'clock' | 'keys'>): ListSettings {
  return { cursorKey: platform.keys.cursor, nowMs: platform.clock.now() };
}
