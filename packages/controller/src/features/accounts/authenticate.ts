import type { IncomingHttpHeaders } from 'node:http';
import { Permission } from '@wardgrid/wire';
import type { Actor } from '../../platform/authorize.ts';
import { networkOfClient } from '../../platform/client-address.ts';
import type { Authentication, RequestContext } from '../../platform/context.ts';
import { ControllerError } from '../../platform/error.ts';
import { createRateLimiter } from '../../platform/rate-limit.ts';
import type { Platform } from '../../platform/services.ts';
import type { AccessClaims, AccessTokens } from './access-token.ts';
import { permissionsOf, type AccountState, type Actors } from './actors.ts';
import { apiTokenRepository, type ApiTokenRow } from './api-tokens/repository.ts';
import { accessCookieName } from './cookies.ts';
import { hashOf, isApiTokenText } from './opaque-token.ts';
import { ACCESS_MS, SESSION_IDLE_MS } from './sessions/limits.ts';
import type { Expiry } from './sessions/session-object.ts';

/** The part of a request that proves who it comes from. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  readonly cookies: Readonly<Record<string, string | undefined>>;
}

/** What came with an actor: the token it used, if any, and when that ends. */
export interface Proof {
  readonly expiry: Expiry;
  readonly apiTokenId: string | null;
}

export interface Authenticator {
  readonly authenticate: (request: Credentials, context: RequestContext) => Promise<Authentication>;
  /**
   * What the console's documents may be shown to a visitor. They hold no data, so an access token
   * that has run out is still good for one: the page then renews the session or asks to sign in.
   */
  readonly documentAccess: (
    request: Credentials,
  ) => 'anonymous' | { readonly permissions: ReadonlySet<Permission> };
  /** How the actor of a request proved itself. */
  readonly proofOf: (actor: Actor) => Proof | undefined;
  /** Drops what is known of an account's tokens, at once in this controller. */
  readonly forgetTokens: (accountId: string) => void;
}

/** When a token was used is written at most this often. */
const USE_NOTED_MS = 60_000;
/** Look-ups of bearer tokens a minute of one network: known ones are in memory, made-up ones are not. */
const LOOKUPS_PER_MINUTE = 600;
const TOKENS_MAX = 5_000;
const TOKEN_TTL_MS = 30_000;
/** Bearer tokens are short; a longer header is not hashed. */
const HEADER_LENGTH_MAX = 200;

/** Finds out who a request comes from. A bearer token, when given, is all that counts. */
export function createAuthenticator(
  platform: Platform,
  parts: { readonly actors: Actors; readonly accessTokens: AccessTokens },
): Authenticator {
  const { actors, accessTokens } = parts;
  const proofs = new WeakMap<Actor, Proof>();
  const tokens = createTokenCache(platform);

  async function ofBearer(header: string, context: RequestContext): Promise<Authentication> {
    const [, value = ''] = /^Bearer +(\S+)$/i.exec(header.slice(0, HEADER_LENGTH_MAX)) ?? [];
    if (!isApiTokenText(value)) return refuse('not-signed-in', 'the token is not one of ours');
    const nowMs = platform.clock.now();
    const token = await tokens.find(hashOf(value), context);
    const state = token && (await actors.stateOf(token.account_id));
    if (!token || !state || token.expires_at <= nowMs)
      return refuse('not-signed-in', 'the token is wrong, revoked or has expired');
    await tokens.noteUse(token);
    const actor: Actor = { ...state.actor, tokenPermissions: new Set(token.permissions) };
    const expiry = { accessExpiresAt: token.expires_at, sessionExpiresAt: token.expires_at };
    proofs.set(actor, { expiry, apiTokenId: token.id });
    return { kind: 'account', actor, isCookie: false };
  }

  async function ofCookie(text: string): Promise<Authentication> {
    const claims = accessTokens.read(text);
    const nowMs = platform.clock.now();
    if (!claims || claims.exp * 1_000 <= nowMs) return expired();
    const state = await actors.stateFitting(claims.sub, (known) => isCurrent(known, claims, nowMs));
    if (!state || !isCurrent(state, claims, nowMs)) return expired();
    const actor: Actor = { ...state.actor, sessionId: claims.sid };
    const sessionExpiresAt = state.sessions.get(claims.sid) ?? nowMs;
    const expiry = { accessExpiresAt: claims.exp * 1_000, sessionExpiresAt };
    proofs.set(actor, { expiry, apiTokenId: null });
    return { kind: 'account', actor, isCookie: true };
  }

  return {
    proofOf: (actor) => proofs.get(actor),
    forgetTokens: tokens.forget,
    async authenticate(request, context) {
      const { authorization } = request.headers;
      if (authorization !== undefined) return ofBearer(authorization, context);
      const cookie = request.cookies[accessCookieName(context.isSecure)];
      return cookie === undefined ? { kind: 'anonymous' } : ofCookie(cookie);
    },
    documentAccess(request) {
      const nowMs = platform.clock.now();
      for (const isSecure of [true, false]) {
        const cookie = request.cookies[accessCookieName(isSecure)];
        const claims = cookie === undefined ? undefined : accessTokens.read(cookie);
        if (!claims || claims.exp * 1_000 + SESSION_IDLE_MS - ACCESS_MS <= nowMs) continue;
        const state = actors.peek(claims.sub);
        // Not in memory: the page is an empty shell, and its first request is decided in full.
        if (!state) return { permissions: ALL };
        if (!state.sessions.has(claims.sid)) continue;
        return { permissions: new Set(permissionsOf(state.actor, nowMs)) };
      }
      return 'anonymous';
    },
  };
}

function isCurrent(state: AccountState, claims: AccessClaims, nowMs: number): boolean {
  const expiresAt = state.sessions.get(claims.sid);
  return expiresAt !== undefined && expiresAt > nowMs && state.account.epoch === claims.epoch;
}

const ALL: ReadonlySet<Permission> = new Set(Permission.options);

function refuse(code: 'not-signed-in' | 'session-expired', detail: string): Authentication {
  return { kind: 'refused', error: new ControllerError(code, detail) };
}

function expired(): Authentication {
  return refuse('session-expired', 'the session has ended or must be renewed');
}

/** Tokens in memory by hash; a change of the owner, a revocation included, drops them. */
function createTokenCache(platform: Platform) {
  const known = new Map<string, { readonly token: ApiTokenRow; readonly loadedAtMs: number }>();
  const notedAtMs = new Map<string, number>();
  const lookups = createRateLimiter(platform.clock, LOOKUPS_PER_MINUTE);
  platform.bus.onReset(() => {
    generation += 1;
    known.clear();
  });
  platform.bus.on('account.changed', ({ accountId }) => forget(accountId));

  /** Raised by every change, so that a look-up under way then is used and not kept. */
  let generation = 0;

  function forget(accountId: string): void {
    generation += 1;
    for (const [hash, { token }] of known) if (token.account_id === accountId) known.delete(hash);
  }

  return {
    forget,
    async find(hash: string, context: RequestContext): Promise<ApiTokenRow | undefined> {
      const nowMs = platform.clock.now();
      const entry = known.get(hash);
      if (entry && nowMs - entry.loadedAtMs < TOKEN_TTL_MS) return entry.token;
      lookups.take(networkOfClient(context.address));
      const startedIn = generation;
      const token = await platform.database.transact({ kind: 'auth' }, (tx) =>
        apiTokenRepository(tx).findByHash(hash),
      );
      known.delete(hash);
      if (!token || startedIn !== generation) return token;
      if (known.size >= TOKENS_MAX) known.delete(known.keys().next().value ?? '');
      known.set(hash, { token, loadedAtMs: nowMs });
      return token;
    },
    async noteUse({ id }: ApiTokenRow): Promise<void> {
      const nowMs = platform.clock.now();
      if (nowMs - (notedAtMs.get(id) ?? 0) < USE_NOTED_MS) return;
      notedAtMs.delete(id);
      if (notedAtMs.size >= TOKENS_MAX) notedAtMs.delete(notedAtMs.keys().next().value ?? '');
      notedAtMs.set(id, nowMs);
      await platform.database.transact({ kind: 'auth' }, (tx) =>
        apiTokenRepository(tx).noteUse(id, nowMs, USE_NOTED_MS),
      );
    },
  };
}
