import * as z from 'zod';
import type { Fields } from './filters.ts';
import { ListQuery, pageOf } from './paging.ts';
import { RoleName } from './permissions.ts';
import { AccountId, Email, Id, Instant, Name, Nothing, ScopePath, TenantId } from './primitives.ts';
import { Password } from './setup.ts';
import { route } from './route.ts';

export const AccountKind = z.enum(['admin', 'user']);
export type AccountKind = z.infer<typeof AccountKind>;
export const Reach = z.enum(['direct', 'subtree']);
export type Reach = z.infer<typeof Reach>;

/** A role given to an account at a scope (its own or one below), or denied there, perhaps until a time. */
export const RoleAssignment = z.strictObject({
  role: RoleName,
  scope: ScopePath,
  effect: z.enum(['allow', 'deny']).default('allow'),
  expiresAt: Instant.nullable().default(null),
});
export type RoleAssignment = z.infer<typeof RoleAssignment>;

/** Most roles one account may hold. */
const ASSIGNMENTS_MAX = 50;
const Assignments = z.array(RoleAssignment).min(1).max(ASSIGNMENTS_MAX);

/** A person who can sign in. */
export const Account = z.strictObject({
  id: AccountId,
  email: z.string(),
  name: z.string(),
  kind: AccountKind,
  layer: z.int(),
  tenantId: TenantId.nullable(),
  tenantName: z.string().nullable(),
  scope: ScopePath,
  scopeName: z.string(),
  reach: Reach,
  assignments: z.array(RoleAssignment),
  state: z.enum(['invited', 'active', 'disabled']),
  hasTotp: z.boolean(),
  createdAt: Instant,
  lastSignInAt: Instant.nullable(),
});
export type Account = z.infer<typeof Account>;

export const NewAccount = z.strictObject({
  email: Email,
  name: Name,
  kind: AccountKind,
  /** The node the account is bound to. An admin's lies below its creator's. */
  scope: ScopePath,
  reach: Reach.exactOptional(),
  assignments: Assignments,
});
export type NewAccount = z.infer<typeof NewAccount>;

/** A one-time link with which the invited person sets a password; shown to the creator once. */
export const Invitation = z.strictObject({ path: z.string(), expiresAt: Instant });

export const accountFields: Fields = {
  email: { kind: 'text', isSortable: true },
  name: { kind: 'text', isSortable: true },
  kind: { kind: 'choice', choices: AccountKind.options },
  state: { kind: 'choice', choices: ['invited', 'active', 'disabled'] },
  layer: { kind: 'number', isSortable: true },
  tenant: { kind: 'text' },
  createdAt: { kind: 'time', isSortable: true },
  lastSignInAt: { kind: 'time', isSortable: true },
};

const Params = z.strictObject({ id: AccountId });

export const accountRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/accounts',
    summary: 'Accounts',
    query: ListQuery,
    response: pageOf(Account),
    permission: 'accounts:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/accounts',
    summary: 'Invite a person',
    body: NewAccount,
    response: z.strictObject({ account: Account, invitation: Invitation }),
    status: 201,
    permission: 'accounts:create',
    problems: ['account-email-taken', 'account-layer-refused'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/accounts/:id',
    summary: 'One account',
    params: Params,
    response: Account,
    permission: 'accounts:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/accounts/:id',
    summary: 'Change an account; takes effect within a second',
    params: Params,
    body: z.strictObject({
      name: Name.exactOptional(),
      reach: Reach.exactOptional(),
      assignments: Assignments.exactOptional(),
      isDisabled: z.boolean().exactOptional(),
    }),
    response: Account,
    permission: 'accounts:update',
    problems: ['account-layer-refused', 'account-last-admin'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/accounts/:id',
    summary: 'Delete an account',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'accounts:delete',
    problems: ['account-last-admin'],
  }),
  invite: route({
    method: 'POST',
    path: '/v1/accounts/:id/invitation',
    summary: 'Make a new one-time link to set a password',
    params: Params,
    response: Invitation,
    status: 201,
    permission: 'accounts:update',
    problems: ['account-layer-refused'],
  }),
  accept: route({
    method: 'POST',
    path: '/v1/invitations/accept',
    summary: 'Set the password of an invited account',
    body: z.strictObject({ token: z.string().min(20).max(100), password: Password }),
    response: z.strictObject({ email: z.string() }),
    permission: null,
    problems: ['account-invitation-invalid', 'account-password-weak'],
  }),
};

/** An address that may not reach the controller for a while. */
export const BlockedAddress = z.strictObject({
  id: Id,
  /** An address or network; IPv6 is blocked by /64. */
  cidr: z.string(),
  reason: z.string(),
  origin: z.enum(['automatic', 'manual']),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
});
export type BlockedAddress = z.infer<typeof BlockedAddress>;

export const blockedAddressRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/blocked-addresses',
    summary: 'Blocked addresses',
    response: z.strictObject({ data: z.array(BlockedAddress) }),
    permission: 'platform:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/blocked-addresses',
    summary: 'Block an address or network',
    body: z.strictObject({
      cidr: z.string().min(2).max(49),
      reason: Name,
      expiresInHours: z.int().min(1).max(8_760).nullable().default(24),
      /** Needed when the block would hit the caller's own address. */
      isOwnAddressConfirmed: z.boolean().default(false),
    }),
    response: BlockedAddress,
    status: 201,
    permission: 'platform:update',
    problems: ['conflict', 'limit-reached'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/blocked-addresses/:id',
    summary: 'Unblock',
    params: z.strictObject({ id: Id }),
    response: Nothing,
    status: 204,
    permission: 'platform:update',
  }),
};
