import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';
import { withEntry } from '../repository.ts';
import { CLOSED_BY_ITSELF, type ClosedIncident } from '../shapes.ts';
import type { SiteFacts } from '../site.ts';

/** A place with devices that are due to be told of. */
export interface DueSite extends SiteFacts {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly site: string;
  /** The open incident about this site, when there is one. */
  readonly incidentId: string | null;
  readonly lastSeenAt: number | null;
  /** A place that all its devices have in common, for people. */
  readonly place: string;
}

/** A dark device. */
export interface DarkDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly site: string;
}

/** An open incident about a dark site, and how many of its devices are back. */
export interface DarkSite extends ClosedIncident {
  readonly online: number;
  readonly devices: number;
}

/** One controller settles at a time: the key of a PostgreSQL advisory lock. */
const SETTLE_LOCK = 7_236_452;
/** Most devices told of in one go; the rest are due in the next. */
const DUE_MAX = 5_000;
/** Devices heard of last within this time of each other went together. */
const TOGETHER = '10 minutes';
/** What was not heard of for longer is away, not part of what happens now. */
const TODAY = '1 day';

/** What devices `d` with presence `p` of one place have in common. */
const SITE = sql`(case when d.primary_cidr is not null and d.gateway_mac is not null then d.primary_cidr::text || ' ' || d.gateway_mac
  when p.public_ip is not null then 'public ' || host(p.public_ip) else 'device ' || d.id end)`;

/** Devices that went dark and are not yet told of, in a transaction with the workers' rights. */
export function darkDevices(tx: Transaction) {
  return {
    /** False when another controller is at it. */
    lock: async (): Promise<boolean> =>
      (
        await tx.row(
          sql<{ isOurs: boolean }>`select pg_try_advisory_xact_lock(${SETTLE_LOCK}) as "isOurs"`,
        )
      )?.isOurs === true,

    remember: (deviceIds: readonly string[], at: number, settleMs: number): Promise<number> =>
      tx.run(sql`
        insert into incident_dark (device_id, tenant_id, organization_id, site, dark_at, due_at)
        select d.id, d.tenant_id, d.organization_id, ${SITE}, ${new Date(at)}, ${new Date(at + settleMs)}
        from device d join device_presence p on p.device_id = d.id
        where d.id = any (${deviceIds}::uuid[]) and d.state = 'active' order by d.id
        on conflict (device_id) do nothing`),

    forget: (deviceIds: readonly string[]): Promise<number> =>
      tx.run(sql`delete from incident_dark where device_id = any (${deviceIds}::uuid[])`),

    /** As `forget`, but leaves what an exchange holds at this moment: it is forgotten there. */
    forgetFree: (deviceIds: readonly string[]): Promise<number> =>
      tx.run(sql`delete from incident_dark where device_id in (
        select device_id from incident_dark where device_id = any (${deviceIds}::uuid[]) for update skip locked)`),

    /** Forgets what is settled by itself: devices that are back, or are no longer ours to watch. */
    forgetReturned: (): Promise<number> =>
      tx.run(sql`delete from incident_dark where device_id in (
        select w.device_id from incident_dark w
        join device d on d.id = w.device_id join device_presence p on p.device_id = w.device_id
        where p.status = 'online' or d.state <> 'active' for update of w skip locked)`),

    /** The devices whose time has come, locked, so that one that returns now waits for our verdict. */
    takeDue: (now: number): Promise<DarkDevice[]> =>
      tx.rows(sql<DarkDevice>`
        with due as (
          select device_id, site from incident_dark where due_at <= ${new Date(now)}
          order by due_at, device_id limit ${DUE_MAX} for update skip locked
        )
        select d.id, d.tenant_id as "tenantId", d.organization_id as "organizationId", d.scope::text as scope, d.name, due.site
        from due join device d on d.id = due.device_id`),
  };
}

/** Sites that may be dark, and the incidents about them. */
export function darkSites(tx: Transaction) {
  return {
    /**
     * How the sites of due devices stand, from what is known of all their active devices. They lie in
     * their organization, or in what this controller serves of it (`root`): beyond it may not write.
     */
    ofDevices: (due: readonly DarkDevice[], root: string): Promise<DueSite[]> => {
      const organizationIds = due.map(({ organizationId }) => organizationId);
      const sites = due.map(({ site }) => site);
      return tx.rows(sql<DueSite>`
        with wanted as (
          select distinct * from unnest(${organizationIds}::uuid[], ${sites}::text[]) as w (organization_id, site)
        ), member as (
          select d.organization_id, ${SITE} as site, p.status, p.last_seen_at, d.primary_cidr, p.public_ip
          from device d join device_presence p on p.device_id = d.id
          where d.organization_id in (select organization_id from wanted) and d.state = 'active'
        ), last as (
          select organization_id, site, max(last_seen_at) as last_seen_at from member group by 1, 2
        ), facts as (
          select m.organization_id, m.site, max(l.last_seen_at) as last_seen_at,
            count(*) filter (where m.status = 'online') as online,
            count(*) filter (where m.status in ('offline', 'overdue') and m.last_seen_at >= l.last_seen_at - ${TOGETHER}::interval) as dark_together,
            count(*) filter (where m.status in ('offline', 'overdue') and m.last_seen_at >= l.last_seen_at - ${TODAY}::interval) as dark_today,
            coalesce(max(m.primary_cidr::text), max(host(m.public_ip)), '') as place
          from member m join last l using (organization_id, site) group by 1, 2
        )
        select o.tenant_id as "tenantId", w.organization_id as "organizationId", w.site,
          (case when ${root}::ltree <@ o.scope then ${root}::ltree else o.scope end)::text as scope,
          i.id as "incidentId", f.last_seen_at as "lastSeenAt", coalesce(f.place, '') as place,
          coalesce(f.online, 0) as online, coalesce(f.dark_together, 0) as "darkTogether", coalesce(f.dark_today, 0) as "darkToday"
        from wanted w join organization o on o.id = w.organization_id
        left join facts f on f.organization_id = w.organization_id and f.site = w.site
        left join incident i on i.tenant_id = o.tenant_id and i.state <> 'closed'
          and i.dedupe_key = 'site-dark:' || w.organization_id || ':' || w.site`);
    },

    /** The open incidents about dark sites, and how many of their devices are back. */
    openSites: (): Promise<DarkSite[]> =>
      tx.rows(sql<DarkSite>`
        select i.id, i.tenant_id as "tenantId", i.scope::text as scope,
          count(*) filter (where p.status = 'online') as online, count(*) as devices
        from incident i join incident_device x on x.incident_id = i.id
        join device d on d.id = x.device_id and d.state = 'active'
        join device_presence p on p.device_id = x.device_id
        where i.kind = 'site-dark' and i.state <> 'closed'
        group by i.id`),

    /** The devices of an incident that are still dark. */
    stillDark: (incidentId: string): Promise<string[]> =>
      tx
        .rows(
          sql<{ id: string }>`
          select x.device_id as id from incident_device x join device_presence p on p.device_id = x.device_id
          where x.incident_id = ${incidentId} and p.status in ('offline', 'overdue')`,
        )
        .then((rows) => rows.map(({ id }) => id)),

    /** The devices that went dark together at a site. */
    devicesTogether: (site: DueSite): Promise<string[]> =>
      tx
        .rows(
          sql<{ id: string }>`
          select d.id from device d join device_presence p on p.device_id = d.id
          where d.organization_id = ${site.organizationId} and d.state = 'active' and ${SITE} = ${site.site}
            and p.status in ('offline', 'overdue') and p.last_seen_at >= ${new Date(site.lastSeenAt ?? 0)}::timestamptz - ${TOGETHER}::interval`,
        )
        .then((rows) => rows.map(({ id }) => id)),
  };
}

/** Incidents about dark devices and sites that are over, or change. */
export function darkIncidents(tx: Transaction) {
  return {
    /** Closes the lone incidents of devices that turned out to be part of a dark site. */
    merge: (deviceIds: readonly string[], into: string, at: number): Promise<ClosedIncident[]> =>
      tx.rows(sql<ClosedIncident>`
        update incident i set state = 'closed', closed_at = ${new Date(at)}, closed_by = ${CLOSED_BY_ITSELF},
          timeline = ${withEntry(`Part of a dark site: see incident ${into}`, at)}
        where i.kind = 'device-offline' and i.state <> 'closed' and exists (
          select from incident_device x where x.incident_id = i.id and x.device_id = any (${deviceIds}::uuid[]))
        returning i.id, i.tenant_id as "tenantId", i.scope::text as scope`),

    /** Closes the incidents of lone devices that are online again. */
    closeReturned: (at: number): Promise<ClosedIncident[]> =>
      tx.rows(sql<ClosedIncident>`
        update incident i set state = 'closed', closed_at = ${new Date(at)}, closed_by = ${CLOSED_BY_ITSELF},
          timeline = ${withEntry('The device is back', at)}
        from incident_device x join device_presence p on p.device_id = x.device_id
        where i.kind = 'device-offline' and i.state <> 'closed' and x.incident_id = i.id and p.status = 'online'
        returning i.id, i.tenant_id as "tenantId", i.scope::text as scope`),

    note: (incidentId: string, text: string, at: number): Promise<number> =>
      tx.run(
        sql`update incident i set timeline = ${withEntry(text, at)} where i.id = ${incidentId} and i.timeline -> -1 ->> 'text' <> ${text}`,
      ),

    closeSite: (incidentId: string, text: string, at: number): Promise<number> =>
      tx.run(sql`update incident i set state = 'closed', closed_at = ${new Date(at)}, closed_by = ${CLOSED_BY_ITSELF},
        timeline = ${withEntry(text, at)} where i.id = ${incidentId} and i.state <> 'closed'`),

    /** Closes what is about devices of which none is ours to watch any more. */
    closeDeserted: (at: number): Promise<ClosedIncident[]> =>
      tx.rows(sql<ClosedIncident>`
        update incident i set state = 'closed', closed_at = ${new Date(at)}, closed_by = ${CLOSED_BY_ITSELF},
          timeline = ${withEntry('Its devices were retired', at)}
        where i.kind in ('device-offline', 'site-dark') and i.state <> 'closed' and not exists (
          select from incident_device x join device d on d.id = x.device_id
          where x.incident_id = i.id and d.state = 'active')
        returning i.id, i.tenant_id as "tenantId", i.scope::text as scope`),
  };
}
