import type { FastifyReply } from 'fastify';
import {
  accountRoutes,
  apiTokenRoutes,
  blockedAddressRoutes,
  deviceCodeRoutes,
  savedViewRoutes,
  sessionRoutes,
  setupRoutes,
  type Session,
} from '@wardgrid/wire';
import type { Context, RequestContext } from '../../platform/context.ts';
import type { Http } from '../../platform/http.ts';
import type { DeviceCodes } from './api-tokens/device-codes.ts';
import type { ApiTokens } from './api-tokens/service.ts';
import type { BlockedAddresses } from './blocked-addresses/service.ts';
import {
  accessCookieName,
  accessCookieOptions,
  refreshCookieName,
  refreshCookieOptions,
} from './cookies.ts';
import type { Invitations } from './invitations.ts';
import type { SavedViews } from './saved-views/service.ts';
import type { Accounts } from './service.ts';
import { SESSION_IDLE_MS } from './sessions/limits.ts';
import type { IssuedSession } from './sessions/opener.ts';
import type { OwnFactor } from './sessions/own-factor.ts';
import type { OwnSessions } from './sessions/own.ts';
import type { createSignIn } from './sessions/service.ts';
import type { Setup } from './setup/service.ts';

/** Everything that the routes of this feature call. */
export interface AccountServices {
  readonly setup: Setup;
  readonly signIn: ReturnType<typeof createSignIn>;
  readonly refresh: (token: string | undefined) => Promise<IssuedSession>;
  readonly own: OwnSessions;
  readonly factor: OwnFactor;
  /** Who is signed in, and how the request proved it. */
  readonly current: (context: Context) => Promise<Session>;
  /** Ends the session of a console or the token of a program. */
  readonly signOut: (context: Context) => Promise<void>;
  readonly tokens: ApiTokens;
  readonly deviceCodes: DeviceCodes;
  readonly accounts: Accounts;
  readonly invitations: Invitations;
  readonly blocked: BlockedAddresses;
  readonly savedViews: SavedViews;
}

/* Routes whose answers or bodies hold secrets are mounted as open or session routes: those are never
   kept for idempotent replay. */

export function mountAccountRoutes(http: Http, services: AccountServices): void {
  mountSignIn(http, services);
  mountOwnSession(http, services);
  mountTokens(http, services);
  mountAdministration(http, services);
}

function mountSignIn(http: Http, { setup, signIn, refresh }: AccountServices): void {
  http.mountOpen(setupRoutes.read, () => setup.read());
  http.mountOpen(setupRoutes.create, async (context, { body }, { reply }) =>
    show(reply, context, await setup.create(body, context)),
  );
  http.mountOpen(sessionRoutes.create, async (context, { body }, { reply }) =>
    show(reply, context, await signIn.signIn(body, context)),
  );
  http.mountOpen(sessionRoutes.refresh, async (context, _input, { request, reply }) =>
    show(reply, context, await refresh(request.cookies[refreshCookieName(context.isSecure)])),
  );
}

function mountOwnSession(http: Http, { own, factor, current, signOut }: AccountServices): void {
  http.mount(sessionRoutes.current, (context) => current(context));
  http.mountSession(sessionRoutes.signOut, async (context, _input, { reply }) => {
    await signOut(context);
    clear(reply, context);
    return null;
  });
  http.mount(sessionRoutes.list, (context) => own.list(context));
  http.mount(sessionRoutes.revoke, (context, { params }) => own.revoke(context, params.id));
  http.mountSession(sessionRoutes.changePassword, async (context, { body }, { reply }) => {
    show(reply, context, await own.changePassword(context, body));
    return null;
  });
  http.mountSession(sessionRoutes.beginTotp, (context, { body }) =>
    factor.beginTotp(context, body.password),
  );
  http.mountSession(sessionRoutes.confirmTotp, async (context, { body }, { reply }) => {
    const { backupCodes, issued } = await factor.confirmTotp(context, body.code);
    show(reply, context, issued);
    return { backupCodes };
  });
  http.mountSession(sessionRoutes.removeTotp, async (context, { body }, { reply }) => {
    show(reply, context, await factor.removeTotp(context, body));
    return null;
  });
}

function mountTokens(http: Http, { tokens, deviceCodes }: AccountServices): void {
  http.mount(apiTokenRoutes.list, (context) => tokens.list(context));
  http.mountSession(apiTokenRoutes.create, (context, { body }) => tokens.create(context, body));
  http.mount(apiTokenRoutes.revoke, (context, { params }) => tokens.revoke(context, params.id));

  http.mountOpen(deviceCodeRoutes.create, (context, { body }) =>
    deviceCodes.create(context, body.clientName),
  );
  http.mountSession(deviceCodeRoutes.approve, (context, { body }) =>
    deviceCodes.approve(context, body.userCode),
  );
  http.mountOpen(deviceCodeRoutes.redeem, (context, { body }) =>
    deviceCodes.redeem(context, body.deviceCode),
  );
}

function mountAdministration(http: Http, services: AccountServices): void {
  const { accounts, invitations, blocked, savedViews } = services;
  http.mount(accountRoutes.list, (context, { query }) => accounts.list(context, query));
  http.mount(accountRoutes.create, (context, { body }) => accounts.create(context, body));
  http.mount(accountRoutes.read, (context, { params }) => accounts.read(context, params.id));
  http.mount(accountRoutes.update, (context, { params, body }) =>
    accounts.update(context, params.id, body),
  );
  http.mount(accountRoutes.delete, (context, { params }) => accounts.delete(context, params.id));
  http.mount(accountRoutes.invite, (context, { params }) => accounts.invite(context, params.id));
  http.mountOpen(accountRoutes.accept, (context, { body }) => invitations.accept(body, context));

  http.mount(blockedAddressRoutes.list, () => blocked.list());
  http.mount(blockedAddressRoutes.create, (context, { body }) => blocked.create(context, body));
  http.mount(blockedAddressRoutes.delete, (_context, { params }) => blocked.delete(params.id));

  http.mount(savedViewRoutes.list, (context) => savedViews.list(context));
  http.mount(savedViewRoutes.create, (context, { body }) => savedViews.create(context, body));
  http.mount(savedViewRoutes.delete, (context, { params }) =>
    savedViews.delete(context, params.id),
  );
}

/** Sets the cookies of a session and gives what its owner is told. */
function show(reply: FastifyReply, context: RequestContext, issued: IssuedSession): Session {
  const { isSecure } = context;
  const lifeMs = Date.parse(issued.session.sessionExpiresAt) - issued.issuedAt;
  const maxAgeSeconds = Math.max(1, Math.floor(Math.min(lifeMs, SESSION_IDLE_MS) / 1_000));
  reply.setCookie(
    accessCookieName(isSecure),
    issued.accessToken,
    accessCookieOptions(isSecure, maxAgeSeconds),
  );
  if (issued.refreshToken !== null) {
    reply.setCookie(
      refreshCookieName(isSecure),
      issued.refreshToken,
      refreshCookieOptions(isSecure, maxAgeSeconds),
    );
  }
  return issued.session;
}

function clear(reply: FastifyReply, { isSecure }: RequestContext): void {
  reply.setCookie(accessCookieName(isSecure), '', accessCookieOptions(isSecure, 0));
  reply.setCookie(refreshCookieName(isSecure), '', refreshCookieOptions(isSecure, 0));
}
