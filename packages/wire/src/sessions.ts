import * as z from 'zod';
import { Permission, RoleName } from './permissions.ts';
import {
  AccountId,
  Email,
  Id,
  Instant,
  Name,
  Nothing,
  ScopePath,
  TenantId,
  text,
} from './primitives.ts';
import { route } from './route.ts';

/** Which of the three consoles an account meets. */
export const Shell = z.enum(['master-grid', 'partner', 'client']);
export type Shell = z.infer<typeof Shell>;

/** Who is signed in and what they may do: what a console needs to draw itself. */
export const Session = z.strictObject({
  accountId: AccountId,
  email: z.string(),
  name: z.string(),
  kind: z.enum(['admin', 'user']),
  layer: z.int(),
  /** Null at the platform. */
  tenantId: TenantId.nullable(),
  tenantName: z.string().nullable(),
  scope: ScopePath,
  scopeName: z.string(),
  reach: z.enum(['direct', 'subtree']),
  roles: z.array(RoleName),
  /** What the account may do somewhere; the controller decides again for each thing. */
  permissions: z.array(Permission),
  shell: Shell,
  /** Send it back as `x-wardgrid-csrf` with every unsafe request. */
  csrfToken: z.string(),
  hasTotp: z.boolean(),
  /** When the access part of the session ends; refresh before. */
  accessExpiresAt: Instant,
  sessionExpiresAt: Instant,
});
export type Session = z.infer<typeof Session>;

const Code = z
  .string()
  .max(20)
  .regex(/^[0-9A-Za-z-]{6,20}$/);

export const SignInRequest = z.strictObject({
  email: Email,
  password: z.string().min(1).max(256),
  /** A TOTP code (RFC 6238) or a backup code, when the account has a second factor. */
  code: Code.exactOptional(),
});
export type SignInRequest = z.infer<typeof SignInRequest>;

export const SessionSummary = z.strictObject({
  id: Id,
  createdAt: Instant,
  lastUsedAt: Instant,
  address: z.string(),
  userAgent: z.string(),
  isCurrent: z.boolean(),
});

const IdParams = z.strictObject({ id: Id });

/** A token for scripts: shown once, kept as a hash. */
export const ApiToken = z.strictObject({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  permissions: z.array(Permission),
  createdAt: Instant,
  expiresAt: Instant,
  lastUsedAt: Instant.nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** Longest life of an API token in days. */
const TOKEN_DAYS_MAX = 730;

export const NewApiToken = z.strictObject({
  name: Name,
  /** What the token may do, within what its owner may. */
  permissions: z.array(Permission).min(1).max(Permission.options.length),
  expiresInDays: z.int().min(1).max(TOKEN_DAYS_MAX).default(90),
});

/** Sign-in of a program without a browser, in the manner of RFC 8628. */
export const DeviceCode = z.strictObject({
  /** The program's secret half. */
  deviceCode: z.string(),
  /** What the person types or confirms in the console. */
  userCode: z.string(),
  verificationPath: z.string(),
  expiresInSeconds: z.int(),
  intervalSeconds: z.int(),
});

export const sessionRoutes = {
  create: route({
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Sign in',
    body: SignInRequest,
    response: Session,
    status: 201,
    permission: null,
    problems: ['sign-in-failed', 'totp-required', 'address-blocked'],
  }),
  refresh: route({
    method: 'POST',
    path: '/v1/sessions/refresh',
    summary: 'Rotate the refresh token and renew access',
    response: Session,
    permission: null,
    problems: ['session-expired'],
  }),
  current: route({
    method: 'GET',
    path: '/v1/sessions/current',
    summary: 'Who is signed in',
    response: Session,
    permission: 'signed-in',
  }),
  signOut: route({
    method: 'DELETE',
    path: '/v1/sessions/current',
    summary: 'Sign out',
    response: Nothing,
    status: 204,
    permission: 'signed-in',
  }),
  list: route({
    method: 'GET',
    path: '/v1/sessions',
    summary: 'Own sessions',
    response: z.strictObject({ data: z.array(SessionSummary) }),
    permission: 'signed-in',
  }),
  revoke: route({
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'End one of the own sessions',
    params: IdParams,
    response: Nothing,
    status: 204,
    permission: 'signed-in',
  }),
  changePassword: route({
    method: 'POST',
    path: '/v1/sessions/current/password',
    summary: 'Change the own password; ends the other sessions',
    body: z.strictObject({
      currentPassword: z.string().min(1).max(256),
      newPassword: z.string().min(1).max(256),
    }),
    response: Nothing,
    status: 204,
    permission: 'signed-in',
    problems: ['sign-in-failed', 'account-password-weak'],
  }),
  beginTotp: route({
    method: 'POST',
    path: '/v1/sessions/current/totp',
    summary: 'Begin to add a second factor',
    body: z.strictObject({ password: z.string().min(1).max(256) }),
    response: z.strictObject({ secret: z.string(), uri: z.string() }),
    permission: 'signed-in',
    problems: ['sign-in-failed', 'conflict'],
  }),
  confirmTotp: route({
    method: 'POST',
    path: '/v1/sessions/current/totp/confirm',
    summary: 'Confirm the second factor; returns backup codes once',
    body: z.strictObject({ code: Code }),
    response: z.strictObject({ backupCodes: z.array(z.string()) }),
    permission: 'signed-in',
    problems: ['account-totp-invalid'],
  }),
  removeTotp: route({
    method: 'DELETE',
    path: '/v1/sessions/current/totp',
    summary: 'Remove the second factor',
    body: z.strictObject({ password: z.string().min(1).max(256), code: Code }),
    response: Nothing,
    status: 204,
    permission: 'signed-in',
    problems: ['sign-in-failed', 'account-totp-invalid'],
  }),
};

export const apiTokenRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/api-tokens',
    summary: 'Own API tokens',
    response: z.strictObject({ data: z.array(ApiToken) }),
    permission: 'signed-in',
  }),
  create: route({
    method: 'POST',
    path: '/v1/api-tokens',
    summary: 'Make an API token; its value is shown once',
    body: NewApiToken,
    response: z.strictObject({ token: ApiToken, value: z.string() }),
    status: 201,
    permission: 'signed-in',
    problems: ['limit-reached', 'forbidden'],
  }),
  revoke: route({
    method: 'DELETE',
    path: '/v1/api-tokens/:id',
    summary: 'Revoke an own API token',
    params: IdParams,
    response: Nothing,
    status: 204,
    permission: 'signed-in',
  }),
};

export const deviceCodeRoutes = {
  create: route({
    method: 'POST',
    path: '/v1/device-codes',
    summary: 'Begin the sign-in of a program',
    body: z.strictObject({ clientName: text(80) }),
    response: DeviceCode,
    status: 201,
    permission: null,
    problems: ['rate-limited'],
  }),
  approve: route({
    method: 'POST',
    path: '/v1/device-codes/approve',
    summary: 'Approve a program that shows this code',
    body: z.strictObject({
      userCode: z
        .string()
        .max(12)
        .regex(/^[A-Z0-9-]{6,12}$/),
    }),
    response: z.strictObject({ clientName: z.string() }),
    permission: 'signed-in',
    problems: ['device-code-invalid'],
  }),
  redeem: route({
    method: 'POST',
    path: '/v1/device-codes/redeem',
    summary: 'Fetch the API token once approved',
    body: z.strictObject({ deviceCode: z.string().min(20).max(100) }),
    response: z.strictObject({ token: ApiToken, value: z.string() }),
    permission: null,
    problems: ['device-code-pending', 'device-code-invalid'],
  }),
};
