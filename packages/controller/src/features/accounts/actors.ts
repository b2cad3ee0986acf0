import { Permission, type LicenceState } from '@wardgrid/wire';
import { visibilityOf, type Actor, type HeldRole } from '../../platform/authorize.ts';
import type { Platform } from '../../platform/services.ts';
import { nameOfScope, type TenantsFeature } from '../tenants/index.ts';
import {
  accountRepository,
  barredTenantIds,
  roleRepository,
  type AccountRow,
} from './repository.ts';
import { sessionRepository } from './sessions/repository.ts';
import { SESSION_IDLE_MS } from './sessions/limits.ts';

/** All that a request needs to know of an account, so that most requests ask no database. */
export interface AccountState {
  readonly account: AccountRow;
  readonly actor: Actor;
  readonly hasTotp: boolean;
  readonly tenantName: string | null;
  readonly scopeName: string;
  /** Living sessions and when each ends (epoch milliseconds). */
  readonly sessions: ReadonlyMap<string, number>;
  readonly loadedAtMs: number;
}

/** Accounts in memory. Forgotten when told of a change, when messages may be lost, and after a while. */
export interface Actors {
  /** Undefined when there is no such account, or it is not active. */
  readonly stateOf: (accountId: string) => Promise<AccountState | undefined>;
  /** As `stateOf`, read anew when the known state does not fit what the caller holds and is not fresh. */
  readonly stateFitting: (
    accountId: string,
    isFitting: (state: AccountState) => boolean,
  ) => Promise<AccountState | undefined>;
  /** What is in memory at the moment. */
  readonly peek: (accountId: string) => AccountState | undefined;
  readonly forget: (accountId: string) => void;
}

/** Bound of staleness should a message be lost without anybody noticing. */
const TTL_MS = 30_000;
/** A state that does not fit is read anew at most this often. */
const REREAD_MS = 1_000;
/** Accounts kept; each takes some kilobytes. */
const STATES_MAX = 5_000;

/** What was found, once it was. */
interface Kept {
  state: AccountState | undefined;
}

interface Entry {
  readonly startedAtMs: number;
  readonly promise: Promise<AccountState | undefined>;
  readonly kept: Kept;
}

export function createActors(platform: Platform, tenants: TenantsFeature): Actors {
  const entries = new Map<string, Entry>();
  platform.bus.on('account.changed', ({ accountId }) => entries.delete(accountId));
  platform.bus.on('tenant.changed', ({ tenantId }) => forgetTenant(tenantId));
  platform.bus.onReset(() => entries.clear());

  /** A platform account sees all tenants but the barred, so that every tenant concerns it. */
  function forgetTenant(tenantId: string): void {
    for (const [id, { kept }] of entries) {
      const own = kept.state?.account.tenant_id;
      if (own === undefined || own === null || own === tenantId) entries.delete(id);
    }
  }

  function read(accountId: string): Entry {
    const nowMs = platform.clock.now();
    const known = entries.get(accountId);
    if (known && Math.abs(nowMs - known.startedAtMs) < TTL_MS) return known;
    entries.delete(accountId);
    if (entries.size >= STATES_MAX) entries.delete(entries.keys().next().value ?? '');
    const kept: Kept = { state: undefined };
    const entry: Entry = { startedAtMs: nowMs, promise: fill(accountId, kept), kept };
    entries.set(accountId, entry);
    return entry;
  }

  /** Keeps what is found; what is not there or cannot be read is not kept. */
  async function fill(accountId: string, kept: Kept): Promise<AccountState | undefined> {
    try {
      kept.state = await loadState(platform, tenants, accountId);
      return kept.state;
    } finally {
      if (!kept.state) drop(accountId, kept);
    }
  }

  /** A change that came while it was loading has already dropped the entry, perhaps for a newer one. */
  function drop(accountId: string, kept: Kept): void {
    if (entries.get(accountId)?.kept === kept) entries.delete(accountId);
  }

  return {
    stateOf: (accountId) => read(accountId).promise,
    async stateFitting(accountId, isFitting) {
      const entry = read(accountId);
      const state = await entry.promise;
      if (!state || isFitting(state)) return state;
      if (platform.clock.now() - entry.startedAtMs < REREAD_MS) return state;
      drop(accountId, entry.kept);
      return read(accountId).promise;
    },
    peek: (accountId) => entries.get(accountId)?.kept.state,
    forget: (accountId) => void entries.delete(accountId),
  };
}

async function loadState(
  platform: Platform,
  tenants: TenantsFeature,
  accountId: string,
): Promise<AccountState | undefined> {
  const nowMs = platform.clock.now();
  const own = await platform.database.transact({ kind: 'auth' }, async (tx) => {
    const accounts = accountRepository(tx);
    const account = await accounts.find(accountId);
    if (account?.state !== 'active') return undefined;
    const sessions = await sessionRepository(tx).listAlive(accountId, nowMs, SESSION_IDLE_MS);
    const roles = await roleRepository(tx).rolesOf([accountId]);
    const isWithTotp = (await accounts.withTotp([accountId])).has(accountId);
    return { account, sessions, roles, isWithTotp };
  });
  if (!own) return undefined;
  const place = await loadPlace(platform, tenants, own.account);
  return {
    account: own.account,
    actor: actorOf(own.account, own.roles, place),
    hasTotp: own.isWithTotp,
    tenantName: place.tenantName,
    scopeName: place.scopeName,
    sessions: new Map(own.sessions.map((session) => [session.id, session.expires_at])),
    loadedAtMs: nowMs,
  };
}

interface Place {
  readonly licenceState: LicenceState;
  readonly barredTenantIds: readonly string[];
  readonly tenantName: string | null;
  readonly scopeName: string;
}

/** What the account's node in the scope tree adds. Read with the workers' rights: sign-in sees no tenants. */
function loadPlace(
  platform: Platform,
  tenants: TenantsFeature,
  account: AccountRow,
): Promise<Place> {
  const { tenant_id: tenantId, scope } = account;
  return platform.database.transact({ kind: 'ingest' }, async (tx): Promise<Place> => {
    if (tenantId === null) {
      return {
        licenceState: 'active',
        barredTenantIds: await barredTenantIds(tx),
        tenantName: null,
        scopeName: await nameOfScope(tx, scope),
      };
    }
    const licence = await tenants.licences.current(tx, tenantId);
    return {
      licenceState: licence?.state ?? 'missing',
      barredTenantIds: [],
      tenantName: await nameOfScope(tx, scope.split('.', 1)[0] ?? ''),
      scopeName: await nameOfScope(tx, scope),
    };
  });
}

function actorOf(account: AccountRow, roles: readonly HeldRole[], place: Place): Actor {
  return {
    accountId: account.id,
    email: account.email,
    name: account.name,
    kind: account.kind,
    layer: account.layer,
    tenantId: account.tenant_id,
    scope: account.scope,
    reach: account.reach,
    roles: roles.map(({ role, scope, effect, expiresAt }) => ({ role, scope, effect, expiresAt })),
    licenceState: place.licenceState,
    barredTenantIds: place.barredTenantIds,
    tokenPermissions: null,
    sessionId: null,
  };
}

/** What an actor may do somewhere, in the contract's order. */
export function permissionsOf(actor: Actor, nowMs: number): Permission[] {
  return Permission.options.filter(
    (permission) => visibilityOf(actor, permission, nowMs).kind !== 'none',
  );
}
