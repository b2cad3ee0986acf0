import {
  instantOf,
  type DeviceId,
  type EffectivePolicy,
  type ListQuery,
  type OrganizationId,
  type Page,
  type Policy,
  type PolicyPreview,
  type PolicyRing,
  type PolicyVersion,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { listSettings, transactAs, type Platform } from '../../platform/services.ts';
import { policyFor } from './access.ts';
import type { PolicyDeps } from './deps.ts';
import { readEffective } from './reading.ts';
import { policyRepository, type PolicyRow, type VersionRow } from './repository.ts';
import type { createRollouts } from './rollout/service.ts';
import { tryPolicy } from './trial.ts';
import { createPolicyWriter, requireFit, type PolicyWriter } from './writing.ts';

const READ = 'policies:read';

/** Policies for people. */
export function createPolicies(
  platform: Platform,
  deps: PolicyDeps,
  rollouts: ReturnType<typeof createRollouts>,
) {
  const writer = createPolicyWriter(platform, deps);
  const read = async (context: Context, id: string): Promise<Policy> =>
    policyOf(await policyFor(platform, context, { id, permission: READ }));

  return {
    read,
    list: (context: Context, query: ListQuery): Promise<Page<Policy>> =>
      transactAs(platform, { actor: context.actor, permission: READ }, async (tx) => {
        const page = await policyRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => policyOf(row)) };
      }),
    create: async (
      context: Context,
      given: Parameters<PolicyWriter['create']>[1],
    ): Promise<Policy> => read(context, await writer.create(context, given)),
    async update(
      context: Context,
      id: string,
      change: Parameters<PolicyWriter['update']>[2],
    ): Promise<Policy> {
      await writer.update(context, id, change);
      return read(context, id);
    },
    async rollOut(context: Context, id: string, percent: number): Promise<Policy> {
      await rollouts.widen(context, id, percent);
      return read(context, id);
    },
    ring: (context: Context, id: string): Promise<PolicyRing> => rollouts.ring(context, id),
    async remove(context: Context, id: string): Promise<null> {
      await writer.remove(context, id);
      return null;
    },
    async versions(context: Context, id: string): Promise<{ data: PolicyVersion[] }> {
      await policyFor(platform, context, { id, permission: READ });
      const access = { actor: context.actor, permission: READ } as const;
      const rows = await transactAs(platform, access, (tx) => policyRepository(tx).versions(id));
      return { data: rows.map((row) => versionOf(row)) };
    },
    async preview(
      context: Context,
      given: Parameters<typeof tryPolicy>[2],
    ): Promise<PolicyPreview> {
      requireFit(given.fields);
      return tryPolicy(platform, context, given);
    },
    effective: (context: Context, deviceId: string): Promise<EffectivePolicy> =>
      readEffective(platform, deps, { context, deviceId }),
  };
}

function versionOf(row: VersionRow): PolicyVersion {
  return {
    version: row.version,
    name: row.name,
    fields: row.fields,
    locks: row.locks,
    changedAt: instantOf(row.changed_at),
    changedBy: row.changed_by,
  };
}

function policyOf(row: PolicyRow): Policy {
  return {
    id: row.id,
    ...(row.ref === null ? {} : { ref: row.ref }),
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId | null,
    deviceId: row.device_id as DeviceId | null,
    scope: row.scope,
    target: { kind: row.target_kind, id: row.target_id },
    targetName: row.target_name,
    name: row.name,
    fields: row.fields,
    locks: row.locks,
    version: row.version,
    rollout: row.rollout && {
      fromVersion: row.rollout.from,
      percent: row.rollout.percent,
      startedAt: instantOf(row.rollout.startedAt),
      halt: row.rollout.halt,
    },
    createdAt: instantOf(row.created_at),
    changedAt: instantOf(row.changed_at),
    changedBy: row.changed_by,
  };
}
