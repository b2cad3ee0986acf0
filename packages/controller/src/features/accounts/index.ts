/**
 * Accounts: who people are, how they prove it and what they may do. Owns the tables `account`,
 * `account_former`, `account_credential`, `account_role`, `sign_in_failure`, `session`, `api_token`, `device_code`,
 * `blocked_address`, `saved_view`, and the row `setup-token` of `platform_setting`. Everybody else
 * asks it who a request comes from and gets an `Actor`; it must not know what actors act on.
 */
import { assert, messageOf } from '@wardgrid/base';
import type { Session } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Platform } from '../../platform/services.ts';
import type { TenantsFeature } from '../tenants/index.ts';
import { createAccessTokens } from './access-token.ts';
import { createActors, type Actors } from './actors.ts';
import { createDeviceCodes } from './api-tokens/device-codes.ts';
import { createApiTokens } from './api-tokens/service.ts';
import { createAuthenticator, type Authenticator } from './authenticate.ts';
import { createAddressGuard, type AddressGuard } from './blocked-addresses/guard.ts';
import { createBlockedAddresses, type BlockedAddresses } from './blocked-addresses/service.ts';
import { createInvitations } from './invitations.ts';
import { createRefreshTokens } from './opaque-token.ts';
import { createPasswordHasher } from './password-hash.ts';
import { createProofs } from './proof.ts';
import { purgeEnded } from './purge.ts';
import { createRecovery, type Recovery } from './recovery.ts';
import { mountAccountRoutes } from './routes.ts';
import { createSavedViews } from './saved-views/service.ts';
import { createAccounts } from './service.ts';
import { createSessionOpener } from './sessions/opener.ts';
import { createOwnAccount } from './sessions/own-account.ts';
import { createOwnFactor } from './sessions/own-factor.ts';
import { createOwnSessions, type OwnSessions } from './sessions/own.ts';
import { createRefresh } from './sessions/refresh.ts';
import { createSignIn } from './sessions/service.ts';
import { sessionOf } from './sessions/session-object.ts';
import { createSetup } from './setup/service.ts';

/** What the rest of the controller asks. */
export interface AccountsFeature {
  readonly authenticate: Authenticator['authenticate'];
  readonly documentAccess: Authenticator['documentAccess'];
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
  /** Counts a wrong enrolment key like a failed sign-in, so that guessing ends in a block. */
  readonly noteEnrolmentRefused: (address: string) => void;
  /** A new set-up token, written to the file as well, while nobody has an account; otherwise null. */
  readonly openSetup: (tokenPath: string) => Promise<string | null>;
  /** Takes the Global Admin's credentials away and says the link that sets new ones; null without one. */
  readonly recover: () => Promise<Recovery | null>;
  /** Keeps blocks current and removes what has ended, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

interface Dependencies {
  readonly tenants: TenantsFeature;
  /** Networks of proxies, which are never blocked by themselves. */
  readonly trustedProxies?: readonly string[];
}

/** Blocks are read anew this often, should a message be lost without anybody noticing. */
const RELOAD_MS = 30_000;
/** Ended things are removed once in so many reloads: hourly. */
const RELOADS_PER_PURGE = 120;

export function createAccountsFeature(
  platform: Platform,
  { tenants, trustedProxies = [] }: Dependencies,
): AccountsFeature {
  const actors = createActors(platform, tenants);
  const accessTokens = createAccessTokens(platform.keys.accessToken);
  const refreshTokens = createRefreshTokens(platform.keys.accessToken);
  const hasher = createPasswordHasher();
  const guard = createAddressGuard(platform, trustedProxies);
  const blocked = createBlockedAddresses(platform, guard);
  const authenticator = createAuthenticator(platform, { actors, accessTokens });
  const proofs = createProofs(platform, hasher);
  const opener = createSessionOpener(platform, { actors, accessTokens, refreshTokens });
  const ownAccount = createOwnAccount(platform, { actors, proofs, opener });
  const own = createOwnSessions(platform, { own: ownAccount, hasher, proofs });
  const tokens = createApiTokens(platform, { actors, forgetTokens: authenticator.forgetTokens });
  const invitations = createInvitations(platform, { actors, hasher, proofs, guard });
  const setup = createSetup(platform, { tenants, hasher, opener, guard });
  mountAccountRoutes(platform.http, {
    setup,
    signIn: createSignIn(platform, { proofs, hasher, opener, guard }),
    refresh: createRefresh(platform, { actors, opener, refreshTokens }),
    own,
    factor: createOwnFactor(platform, { own: ownAccount, proofs }),
    current: (context) => currentSession(platform, { actors, authenticator }, context),
    signOut: (context) => signOut(context, { own, tokens, authenticator }),
    tokens,
    deviceCodes: createDeviceCodes(platform, { actors, tokens }),
    accounts: createAccounts(platform, { actors, invitations }),
    invitations,
    blocked,
    savedViews: createSavedViews(platform),
  });
  reloadWhenTold(platform, guard);
  return {
    authenticate: authenticator.authenticate,
    documentAccess: authenticator.documentAccess,
    requireNotBlocked: guard.requireNotBlocked,
    noteEnrolmentRefused: (address) => {
      guard
        .noteFailure(address)
        .catch((error: unknown) =>
          platform.log.warn('address not blocked', { reason: messageOf(error) }),
        );
    },
    openSetup: (tokenPath) => setup.open(tokenPath),
    recover: createRecovery(platform, { actors, invitations }),
    start: (signal) => work(platform, { guard, blocked }, signal),
  };
}

async function currentSession(
  platform: Platform,
  parts: { readonly actors: Actors; readonly authenticator: Authenticator },
  context: Context,
): Promise<Session> {
  const { actor } = context;
  const state = await parts.actors.stateOf(actor.accountId);
  const proof = parts.authenticator.proofOf(actor);
  assert(state && proof, 'the state and proof of an authenticated actor');
  const csrfToken = actor.sessionId === null ? '' : platform.keys.csrfTokenOf(actor.sessionId);
  return sessionOf(state, actor, { expiry: proof.expiry, csrfToken, nowMs: platform.clock.now() });
}

/** Signing out with a token revokes the token: a program's session is its token. */
async function signOut(
  context: Context,
  parts: {
    readonly own: OwnSessions;
    readonly tokens: ReturnType<typeof createApiTokens>;
    readonly authenticator: Authenticator;
  },
): Promise<void> {
  const { sessionId } = context.actor;
  const tokenId = parts.authenticator.proofOf(context.actor)?.apiTokenId ?? null;
  if (sessionId !== null) await parts.own.revoke(context, sessionId, 'signed-out');
  else if (tokenId !== null) await parts.tokens.revoke(context, tokenId);
}

function reloadWhenTold(platform: Platform, guard: AddressGuard): void {
  const reload = (): void => {
    guard
      .load()
      .catch((error: unknown) =>
        platform.log.warn('blocked addresses not read', { reason: messageOf(error) }),
      );
  };
  platform.bus.on('blocked-addresses.changed', reload);
  platform.bus.onReset(reload);
}

async function work(
  platform: Platform,
  { guard, blocked }: { readonly guard: AddressGuard; readonly blocked: BlockedAddresses },
  signal: AbortSignal,
): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    try {
      await guard.load();
      if (round % RELOADS_PER_PURGE === 0) await purgeEnded(platform, blocked);
    } catch (error) {
      platform.log.warn('accounts could not be tidied', { reason: messageOf(error) });
    }
    await platform.clock.sleep(RELOAD_MS, signal).catch(() => undefined);
  }
}
