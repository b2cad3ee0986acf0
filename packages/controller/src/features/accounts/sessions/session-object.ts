import {
  instantOf,
  type AccountId,
  type RoleName,
  type Session,
  type Shell,
  type TenantId,
} from '@wardgrid/wire';
import { levelsOf, type Actor } from '../../../platform/authorize.ts';
import { permissionsOf, type AccountState } from '../actors.ts';

/** When what the caller holds ends (epoch milliseconds). */
export interface Expiry {
  readonly accessExpiresAt: number;
  readonly sessionExpiresAt: number;
}

/** What a console or program is told about who it is. */
export function sessionOf(
  state: AccountState,
  actor: Actor,
  given: { readonly expiry: Expiry; readonly csrfToken: string; readonly nowMs: number },
): Session {
  return {
    accountId: actor.accountId as AccountId,
    email: actor.email,
    name: actor.name,
    kind: actor.kind,
    layer: actor.layer,
    tenantId: actor.tenantId as TenantId | null,
    tenantName: state.tenantName,
    scope: actor.scope,
    scopeName: state.scopeName,
    reach: actor.reach,
    roles: rolesOf(actor, given.nowMs),
    permissions: permissionsOf(actor, given.nowMs),
    shell: shellOf(actor.scope),
    csrfToken: given.csrfToken,
    hasTotp: state.hasTotp,
    accessExpiresAt: instantOf(given.expiry.accessExpiresAt),
    sessionExpiresAt: instantOf(given.expiry.sessionExpiresAt),
  };
}

function rolesOf(actor: Actor, nowMs: number): RoleName[] {
  const held = actor.roles.filter(
    ({ effect, expiresAt }) => effect === 'allow' && (expiresAt === null || expiresAt > nowMs),
  );
  return [...new Set(held.map(({ role }) => role))];
}

function shellOf(scope: string): Shell {
  const levels = levelsOf(scope);
  if (levels === 0) return 'master-grid';
  return levels === 1 ? 'partner' : 'client';
}
