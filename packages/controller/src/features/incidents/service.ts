import {
  instantOf,
  instantOrNull,
  Severity,
  type DeviceId,
  type Incident,
  type IncidentState,
  type ListQuery,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { announceAll } from '../../platform/announce.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { incidentOpener, incidentRepository } from './repository.ts';
import type { IncidentChange, IncidentRow, NewIncident } from './shapes.ts';

type State = z.infer<typeof IncidentState>;

const VERBS: Readonly<Record<State, string>> = {
  open: 'Reopened',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
};

/** Tells consoles of changes, and opens incidents: what others ask for, with the workers' rights. */
export function createIncidentDoor(platform: Pick<Platform, 'clock' | 'newId'>) {
  async function announce(tx: Transaction, changes: readonly IncidentChange[]): Promise<void> {
    const nowMs = platform.clock.now();
    for (const verb of ['created', 'changed'] as const) {
      const changed = changes.filter((change) => change.verb === verb);
      await announceAll(tx, { noun: 'incidents', verb, nowMs }, changed);
    }
  }

  /** Opens an incident, or joins the one that is open for the same cause. */
  async function open(
    tx: Transaction,
    given: Omit<NewIncident, 'id'>,
    deviceIds: readonly string[],
  ): Promise<{ readonly id: string; readonly isNew: boolean }> {
    const opener = incidentOpener(tx);
    const opened = await opener.openRow({ ...given, id: platform.newId() });
    await opener.addDevices(deviceIds.map((deviceId) => ({ incidentId: opened.id, deviceId })));
    await announce(tx, [{ ...opened, verb: opened.isNew ? 'created' : 'changed' }]);
    return { id: opened.id, isNew: opened.isNew };
  }

  return { announce, open };
}

export type IncidentDoor = ReturnType<typeof createIncidentDoor>;

/** Incidents as people see and handle them. */
export function createIncidents(platform: Platform, door: IncidentDoor) {
  async function rowOf(tx: Transaction, id: string): Promise<IncidentRow> {
    const row = await incidentRepository(tx).find(id);
    if (!row) throw notFound('incident');
    return row;
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Incident>> =>
      transactAs(platform, { actor: context.actor, permission: 'incidents:read' }, async (tx) => {
        const page = await incidentRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => incidentOf(row)) };
      }),
    read: (context: Context, id: string): Promise<Incident> =>
      transactAs(platform, { actor: context.actor, permission: 'incidents:read' }, async (tx) =>
        incidentOf(await rowOf(tx, id)),
      ),
    update: (
      context: Context,
      id: string,
      change: { readonly state: State; readonly note?: string },
    ): Promise<Incident> =>
      refuseSecond(() =>
        transactAs(platform, { actor: context.actor, permission: 'incidents:read' }, async (tx) => {
          const row = await rowOf(tx, id);
          const place = { tenantId: row.tenant_id, scope: row.scope };
          requireAllowed(
            platform,
            { actor: context.actor, permission: 'incidents:update', noun: 'incident' },
            place,
          );
          const who = context.actor.email;
          const note = change.note === undefined ? '' : `: ${change.note}`;
          await incidentRepository(tx).update(id, {
            state: change.state,
            closed_by: change.state === 'closed' ? who : null,
            text: `${VERBS[change.state]} by ${who}${note}`,
            at: platform.clock.now(),
          });
          await door.announce(tx, [{ id, ...place, verb: 'changed' }]);
          return incidentOf(await rowOf(tx, id));
        }),
      ),
  };
}

/** A closed incident is not reopened while another about the same cause is open. */
async function refuseSecond<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'incident_open')) throw error;
    throw new ControllerError('conflict', 'a newer incident about the same is open', {
      cause: error,
    });
  }
}

function incidentOf(row: IncidentRow): Incident {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    scope: row.scope,
    kind: row.kind,
    title: row.title,
    severity: Severity.options[row.severity] ?? 'info',
    state: row.state,
    devices: row.devices.map(({ id, name }) => ({ id: id as DeviceId, name })),
    deviceCount: row.device_count,
    findingCount: row.finding_count,
    techniques: row.techniques,
    openedAt: instantOf(row.opened_at),
    closedAt: instantOrNull(row.closed_at),
    closedBy: row.closed_by,
    timeline: row.timeline.map(({ at, text }) => ({ at, text })),
  };
}
