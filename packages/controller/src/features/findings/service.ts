import {
  instantOf,
  instantOrNull,
  Severity,
  type DeviceId,
  type Finding,
  type FindingDetail,
  type ListQuery,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { takeReport, type ScanReport } from './report.ts';
import {
  findingRepository,
  findingStore,
  type FindingChange,
  type FindingPlace,
  type FindingRow,
} from './repository.ts';

interface Change {
  readonly state?: Finding['state'];
  readonly note?: string | null;
}

/** Takes in what scans say, with the rights of the caller's transaction. */
export function createFindingDoor(platform: Pick<Platform, 'clock' | 'newId'>) {
  async function announce(
    tx: Transaction,
    { tenantId, scope }: Omit<FindingPlace, 'organizationId'>,
    changes: readonly FindingChange[],
  ): Promise<void> {
    const nowMs = platform.clock.now();
    for (const verb of ['created', 'changed'] as const) {
      const changed = changes.filter((change) => change.verb === verb);
      const things = changed.map(({ id }) => ({ id, tenantId, scope }));
      await announceAll(tx, { noun: 'findings', verb, nowMs }, things);
    }
  }

  return {
    announce,
    /** Takes in what a scan saw, and tells consoles. */
    report: async (tx: Transaction, scan: ScanReport): Promise<void> =>
      announce(tx, scan, await takeReport(tx, platform.newId, scan)),

    /** Resolves what is open of an incident, where that may be changed, and tells consoles. */
    async resolveOfIncident(
      tx: Transaction,
      given: { readonly incidentId: string; readonly mayChange: (scope: string) => boolean },
    ): Promise<{ readonly resolved: number; readonly left: number }> {
      const store = findingStore(tx);
      const open = await store.openOfIncident(given.incidentId);
      const ours = open.filter(({ scope }) => given.mayChange(scope));
      const nowMs = platform.clock.now();
      const resolved = await store.resolve(
        ours.map(({ id }) => id),
        nowMs,
      );
      await announceAll(tx, { noun: 'findings', verb: 'changed', nowMs }, ours);
      return { resolved, left: open.length - ours.length };
    },

    /** Tells the findings of machines which device they are; null when they are none any more. */
    async assign(
      tx: Transaction,
      assetIds: readonly string[],
      deviceId: string | null,
    ): Promise<void> {
      if (assetIds.length > 0) await findingStore(tx).assign(assetIds, deviceId);
    },
  };
}

export type FindingDoor = ReturnType<typeof createFindingDoor>;

/** Findings as people see and handle them. */
export function createFindings(platform: Platform, door: Pick<FindingDoor, 'announce'>) {
  async function rowOf(tx: Transaction, id: string): Promise<FindingRow> {
    const row = await findingRepository(tx).find(id);
    if (!row) throw notFound('finding');
    return row;
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Finding>> =>
      transactAs(platform, { actor: context.actor, permission: 'findings:read' }, async (tx) => {
        const page = await findingRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => findingOf(row)) };
      }),
    read: (context: Context, id: string): Promise<Finding> =>
      transactAs(platform, { actor: context.actor, permission: 'findings:read' }, async (tx) =>
        findingOf(await rowOf(tx, id)),
      ),
    detail: (context: Context, id: string): Promise<FindingDetail> =>
      transactAs(platform, { actor: context.actor, permission: 'findings:read' }, async (tx) => {
        const finding = findingOf(await rowOf(tx, id));
        const detection = await findingRepository(tx).detection(id);
        return { finding, detection: detection?.content ?? null };
      }),
    update: (context: Context, id: string, change: Change): Promise<Finding> =>
      transactAs(platform, { actor: context.actor, permission: 'findings:read' }, async (tx) => {
        const row = await rowOf(tx, id);
        const place = {
          tenantId: row.tenant_id,
          organizationId: row.organization_id,
          scope: row.scope,
        };
        requireAllowed(
          platform,
          { actor: context.actor, permission: 'findings:update', noun: 'finding' },
          place,
        );
        await findingRepository(tx).update(id, {
          state: change.state ?? row.state,
          note: change.note === undefined ? row.note : change.note,
          at: platform.clock.now(),
        });
        await door.announce(tx, place, [{ id, verb: 'changed' }]);
        return findingOf(await rowOf(tx, id));
      }),
  };
}

function findingOf(row: FindingRow): Finding {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    scope: row.scope,
    rule: row.rule,
    category: row.category,
    engine: row.engine,
    title: row.title,
    severity: Severity.options[row.severity] ?? 'info',
    confidence: row.confidence,
    techniques: row.techniques,
    state: row.state,
    deviceId: row.device_id as DeviceId | null,
    deviceName: row.device_name,
    assetId: row.asset_id,
    subject: row.subject,
    evidence: { ...row.evidence },
    remedy: row.remedy,
    firstSeenAt: instantOf(row.first_seen_at),
    lastSeenAt: instantOf(row.last_seen_at),
    resolvedAt: instantOrNull(row.resolved_at),
    reopened: row.reopened,
    count: row.count,
    action: row.action,
    incidentId: row.incident_id,
    exceptionId: row.exception_id,
    note: row.note,
  };
}
