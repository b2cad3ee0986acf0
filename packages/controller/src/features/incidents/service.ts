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
import { covers, visibilityOf } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { incidentOpener, incidentRepository } from './repository.ts';
import type { IncidentChange, IncidentRow, NewIncident, ResolveFindings } from './shapes.ts';

type State = z.infer<typeof IncidentState>;

const VERBS: Readonly<Record<State, string>> = {
  open: 'Reopened',
  acknowledged: 'Acknowledged',
  closed: 'Closed',
};

/** What a person wants of an incident. */
interface Change {
  readonly state: State;
  readonly note?: string;
  /** With `closed`: whether its findings end with it. */
  readonly resolveFindings: boolean;
}

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
export function createIncidents(
  platform: Platform,
  door: IncidentDoor,
  resolveFindings: ResolveFindings,
) {
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
    async update(context: Context, id: string, change: Change): Promise<Incident> {
      await decide(platform, { door, resolveFindings }, { context, id, change });
      const access = { actor: context.actor, permission: 'incidents:read' } as const;
      return transactAs(platform, access, async (tx) => incidentOf(await rowOf(tx, id)));
    },
  };
}

async function rowOf(tx: Transaction, id: string): Promise<IncidentRow> {
  const row = await incidentRepository(tx).find(id);
  if (!row) throw notFound('incident');
  return row;
}

/** Writes with the workers' rights, after the person's were checked: findings have rights of their own. */
async function decide(
  platform: Platform,
  { door, resolveFindings }: { door: IncidentDoor; resolveFindings: ResolveFindings },
  { context, id, change }: { context: Context; id: string; change: Change },
): Promise<void> {
  const { actor } = context;
  const access = { actor, permission: 'incidents:read' } as const;
  const row = await transactAs(platform, access, (tx) => rowOf(tx, id));
  const place = { tenantId: row.tenant_id, scope: row.scope };
  requireAllowed(platform, { actor, permission: 'incidents:update', noun: 'incident' }, place);
  const at = platform.clock.now();
  const may = visibilityOf(actor, 'findings:update', at);
  const mayChange = (scope: string): boolean => covers(may, { ...place, scope });
  const { state, note } = change;
  const isWithFindings = state === 'closed' && change.resolveFindings;
  const update = async (tx: Transaction): Promise<void> => {
    const done = isWithFindings ? await resolveFindings(tx, { incidentId: id, mayChange }) : null;
    const by = referenceOf(actor);
    const what = `${VERBS[state]}${wordsOf(done)}`;
    const known = await incidentRepository(tx).update(id, {
      state,
      closed_by: state === 'closed' ? by : null,
      text: note === undefined ? what : `${what}: ${note}`,
      by,
      at,
    });
    if (known === 0) throw notFound('incident');
    await door.announce(tx, [{ id, ...place, verb: 'changed' }]);
  };
  await refuseSecond(() => platform.database.transact({ kind: 'ingest', actor }, update));
}

/** What became of the findings, for the timeline. */
function wordsOf(done: Awaited<ReturnType<ResolveFindings>> | null): string {
  if (done === null || done.resolved + done.left === 0) return '';
  const left = done.left === 0 ? '' : `, left open: ${done.left}`;
  return ` (findings resolved: ${done.resolved}${left})`;
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
    ...(row.ref === null ? {} : { ref: row.ref }),
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
    timeline: row.timeline.map(({ at, text, by }) => ({ at, text, by: by ?? null })),
  };
}
