import { sql } from 'kysely';
import type { Transaction } from '../../../../platform/database.ts';
import { plainArray } from '../../../../platform/plain-array.ts';
import type { PresenceChange } from '../repository.ts';

const CHANGE = sql`d.id as "deviceId", d.tenant_id as "tenantId", d.organization_id as "organizationId",
  d.scope::text as scope, d.name, p.last_seen_at as "lastSeenAt"`;

/** Last seen by this controller: of others another one says when they went. */
const SEEN_HERE = sql`coalesce(s.last_seen_at > s.heard_at, true)`;

/** What the sweeper and the live connections write of presence. */
export function sweepRepository(tx: Transaction) {
  return {
    /** Whether this controller is the one that sweeps, until the transaction ends. */
    isLeader: async (key: number) =>
      (
        await tx.row(
          sql<{ isLeader: boolean }>`select pg_try_advisory_xact_lock(${key}) as "isLeader"`,
        )
      )?.isLeader === true,
    /** Devices not heard of since `before` are offline. */
    markOffline: (before: number, limit: number): Promise<PresenceChange[]> =>
      tx.rows(
        sql<PresenceChange>`update device_presence p set status = 'offline', connected_until = null from device d
        where d.id = p.device_id and p.device_id in (
          select s.device_id from device_presence s join device a on a.id = s.device_id
          where s.status = 'online' and a.state = 'active' and s.last_seen_at < ${new Date(before)} and ${SEEN_HERE}
          limit ${limit} for update of s skip locked)
        returning ${CHANGE}`,
      ),
    /** Devices away since `before` are overdue. */
    markOverdue: (before: number, limit: number): Promise<PresenceChange[]> =>
      tx.rows(
        sql<PresenceChange>`update device_presence p set status = 'overdue' from device d
        where d.id = p.device_id and p.device_id in (
          select s.device_id from device_presence s join device a on a.id = s.device_id
          where s.status = 'offline' and a.state = 'active' and s.last_seen_at < ${new Date(before)} and ${SEEN_HERE}
          limit ${limit} for update of s skip locked)
        returning ${CHANGE}`,
      ),
    /**
     * Notes until when live connections count as open. A device that answers is seen, though its
     * exchange may be away. Says which devices are still there.
     */
    holdConnections: async (
      deviceIds: readonly string[],
      at: { readonly nowMs: number; readonly untilMs: number; readonly seenBeforeMs: number },
    ): Promise<string[]> =>
      (
        await tx.rows(
          sql<{
            deviceId: string;
          }>`update device_presence p set connected_until = ${new Date(at.untilMs)},
            last_seen_at = case when p.last_seen_at < ${new Date(at.seenBeforeMs)} then ${new Date(at.nowMs)} else p.last_seen_at end
          from device_link l where p.device_id = any (${plainArray(deviceIds)}::uuid[]) and l.device_id = p.device_id
          returning p.device_id as "deviceId"`,
        )
      ).map((row) => row.deviceId),
    dropConnections: (deviceIds: readonly string[]) =>
      tx.run(sql`update device_presence p set connected_until = null
        where p.device_id = any (${plainArray(deviceIds)}::uuid[]) and p.connected_until is not null`),
    /** Which of these devices have not been retired. */
    linked: async (deviceIds: readonly string[]): Promise<string[]> =>
      (
        await tx.rows(
          sql<{
            deviceId: string;
          }>`select device_id as "deviceId" from device_link where device_id = any (${plainArray(deviceIds)}::uuid[])`,
        )
      ).map((row) => row.deviceId),
  };
}

/** Devices of which only another controller knows how they are. */
export function awayRepository(tx: Transaction) {
  return {
    /**
     * Of devices that a controller told of which was last heard before `before` nobody knows how they
     * are: what it told is put by until it is back.
     */
    markAway: (before: number, limit: number): Promise<PresenceChange[]> =>
      tx.rows(
        sql<PresenceChange>`update device_presence p set heard_status = p.status, status = 'unknown', away_since = g.received_at
        from device d, (
          select s.device_id, r.received_at from controller_report r
          join device_presence s on s.heard_from = r.controller_id::text join device a on a.id = s.device_id
          where r.received_at < ${new Date(before)} and s.status <> 'unknown' and a.state = 'active' and not ${SEEN_HERE}
          limit ${limit} for update of s skip locked) g
        where p.device_id = g.device_id and d.id = p.device_id
        returning ${CHANGE}`,
      ),
    /** A controller that was heard since `before` knows again how its devices are: as it told last. */
    markKnown: (before: number, limit: number): Promise<PresenceChange[]> =>
      tx.rows(
        sql<PresenceChange>`update device_presence p set status = p.heard_status, heard_status = null, away_since = null
        from device d where d.id = p.device_id and p.device_id in (
          select s.device_id from controller_report r
          join device_presence s on s.heard_from = r.controller_id::text
          where r.received_at >= ${new Date(before)} and s.heard_status is not null
          limit ${limit} for update of s skip locked)
        returning ${CHANGE}`,
      ),
  };
}
