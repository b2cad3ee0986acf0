import { sql, type RawBuilder } from 'kysely';
import type { DeviceStatus } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { plainArray } from '../../../platform/plain-array.ts';
import { shownText } from '../../../platform/stored-text.ts';
import { addressOrNull, networkOrNull } from '../literals.ts';

/** What one exchange says about the device and the state of the talk. */
export interface Talk {
  readonly deviceId: string;
  /** The receipt the device holds. */
  readonly receipt: string | null;
  /** The receipt it gets when it is the one we know. */
  readonly nextReceipt: string;
  /** The device's time, epoch milliseconds. */
  readonly sentAt: number;
  readonly settingsVersion: number;
  readonly publicIp: string;
  readonly cpuPercent: number | null;
  readonly memoryUsedBytes: number | null;
  readonly memoryTotalBytes: number | null;
  readonly diskUsedBytes: number | null;
  readonly diskTotalBytes: number | null;
  readonly pendingRecords: number;
  readonly droppedRecords: number;
}

/** The state of the talk with a device after its exchange was noted. */
export interface TalkState {
  readonly device_id: string;
  readonly tenant_id: string;
  readonly receipt: string;
  /** False when another machine of the same identity is talking to us. */
  readonly is_accepted: boolean;
  readonly acknowledged_sequence: number;
  readonly order_sequence: number;
  readonly acknowledged_order: number;
  /** The settings that the device is to run, unless they are due to be computed anew. */
  readonly wanted_settings: number;
  readonly is_settings_due: boolean;
  /** As it was before; null when the exchange was not accepted. */
  readonly status: DeviceStatus | null;
}

/** What a device says about itself that changes seldom. */
export interface DeviceFacts {
  readonly deviceId: string;
  readonly hostname: string;
  readonly agentVersion: string;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly interfaceName: string | null;
  readonly macAddress: string | null;
  readonly gatewayIp: string | null;
  readonly gatewayMac: string | null;
  readonly bootedAt: number | null;
}

/** A device whose presence changed, as those who care need it. */
export interface PresenceChange {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly lastSeenAt: number | null;
}

/** The moment of a batch, and the one since which a talk counts as silent. */
export interface TouchTimes {
  readonly nowMs: number;
  readonly silentSinceMs: number;
}

/** What is safe on its other side: records here, orders there. */
export interface Acknowledgement {
  readonly deviceId: string;
  readonly sequence: number;
  readonly order: number;
}

/** An order number, and where the device lies now. */
export interface TakenNumber {
  readonly deviceId: string;
  readonly sequence: number;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
}

/** A device that says something new of itself. */
export interface ChangedFacts extends PresenceChange {
  readonly hostname: string;
  readonly macAddress: string | null;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly gatewayMac: string | null;
}

const CHANGE = sql`d.id as "deviceId", d.tenant_id as "tenantId", d.organization_id as "organizationId",
  d.scope::text as scope, d.name`;

/**
 * Whether a request moves the talk on: it holds the last receipt; or the one before it, because the
 * reply was lost (an older request that comes late is not taken for one); or one we do not know,
 * while nobody else has been heard for a while: then the device was set back.
 */
const IS_NEXT = sql`(l.receipt is not distinct from g.receipt
  or (l.previous_receipt is not distinct from g.receipt and g.sent_at > l.request_sent_at)
  or (l.previous_receipt is distinct from g.receipt and coalesce(l.exchanged_at < g.silent_since, true)))`;

/** Presence and the talk, for the link and the sweeper. */
export function presenceRepository(tx: Transaction) {
  return {
    /** Notes the exchanges of many devices, each at most once, in one statement. */
    touch: (talks: readonly Talk[], at: TouchTimes): Promise<TalkState[]> =>
      tx.rows(touchOf(talks, at), 'device-touch'),
    /** Notes which records and orders are safe on their other side. */
    acknowledge: (rows: readonly Acknowledgement[]) =>
      tx.run(acknowledgeOf(rows), 'device-acknowledge'),
    /** Takes the next order number of each device that is still there, under its lock, in one order. */
    takeOrderNumbers: (deviceIds: readonly string[]): Promise<TakenNumber[]> =>
      // `offset 0` keeps each device a look-up by its key: a young table's statistics would have all
      // devices read for each part of a bulk order.
      tx.rows(
        sql<TakenNumber>`with locked as (
          select device_id from device_link where device_id = any (${plainArray(deviceIds)}::uuid[]) order by device_id for update
        )
        update device_link l set order_sequence = l.order_sequence + 1
        from locked k cross join lateral (select * from device where id = k.device_id offset 0) d
        where l.device_id = k.device_id and d.state = 'active'
        returning l.device_id as "deviceId", l.order_sequence as sequence, d.tenant_id as "tenantId",
          d.organization_id as "organizationId", d.scope::text as scope`,
        'take-order-numbers',
      ),
    /** Marks devices as online that were not, and says which. */
    markOnline: (deviceIds: readonly string[]): Promise<PresenceChange[]> =>
      tx.rows(sql<PresenceChange>`update device_presence p set status = 'online', heard_status = null, away_since = null from device d
        where p.device_id = any (${plainArray(deviceIds)}::uuid[]) and d.id = p.device_id and p.status <> 'online'
        returning ${CHANGE}, p.last_seen_at as "lastSeenAt"`),
    /** Changes the facts of devices that say something new, and says which. */
    changeFacts: (facts: readonly DeviceFacts[]): Promise<ChangedFacts[]> =>
      tx.rows(changeOf(facts)),
  };
}

function touchOf(talks: readonly Talk[], at: TouchTimes): RawBuilder<TalkState> {
  return sql<TalkState>`with given as (
          select *, ${new Date(at.nowMs)}::timestamptz as now_at, ${new Date(at.silentSinceMs)}::timestamptz as silent_since
          from unnest(${column(talks, 'deviceId')}::uuid[], ${column(talks, 'receipt')}::text[],
            ${column(talks, 'nextReceipt')}::text[], ${column(talks, 'sentAt')}::int8[],
            ${column(talks, 'settingsVersion')}::int8[],
            ${plainArray(talks.map((talk) => addressOrNull(talk.publicIp)))}::inet[],
            ${column(talks, 'cpuPercent')}::real[], ${column(talks, 'memoryUsedBytes')}::int8[],
            ${column(talks, 'memoryTotalBytes')}::int8[], ${column(talks, 'diskUsedBytes')}::int8[],
            ${column(talks, 'diskTotalBytes')}::int8[], ${column(talks, 'pendingRecords')}::int8[],
            ${column(talks, 'droppedRecords')}::int8[])
          as t (device_id, receipt, next_receipt, sent_at, settings_version, public_ip, cpu_percent, memory_used_bytes,
            memory_total_bytes, disk_used_bytes, disk_total_bytes, pending_records, dropped_records)
        ), touched as (
          update device_link l set
            receipt = case when ${IS_NEXT} then g.next_receipt else l.receipt end,
            previous_receipt = case when ${IS_NEXT} then g.receipt else l.previous_receipt end,
            request_sent_at = case when ${IS_NEXT} then g.sent_at else l.request_sent_at end,
            exchanged_at = case when ${IS_NEXT} then g.now_at else l.exchanged_at end,
            settings_version = least(g.settings_version, 2147483647)
          from given g where l.device_id = g.device_id
          returning g.*, l.tenant_id, l.receipt as current_receipt,
            (l.receipt = g.next_receipt or l.previous_receipt is not distinct from g.receipt) as is_accepted,
            l.acknowledged_sequence, l.order_sequence, l.acknowledged_order, l.wanted_settings, l.is_settings_due
        ), seen as (
          update device_presence p set last_seen_at = t.now_at, public_ip = t.public_ip, cpu_percent = t.cpu_percent,
            memory_used_bytes = t.memory_used_bytes, memory_total_bytes = t.memory_total_bytes,
            disk_used_bytes = t.disk_used_bytes, disk_total_bytes = t.disk_total_bytes,
            clock_offset_ms = t.sent_at - (extract(epoch from t.now_at) * 1000)::int8,
            pending_records = t.pending_records, dropped_records = t.dropped_records
          from touched t where p.device_id = t.device_id and t.is_accepted
          returning p.device_id, p.status
        )
        select t.device_id, t.tenant_id, t.current_receipt as receipt, t.is_accepted, t.acknowledged_sequence,
          t.order_sequence, t.acknowledged_order, t.wanted_settings, t.is_settings_due, s.status
        from touched t left join seen s on s.device_id = t.device_id`;
}

function acknowledgeOf(rows: readonly Acknowledgement[]): RawBuilder<unknown> {
  return sql`update device_link l set acknowledged_sequence = greatest(l.acknowledged_sequence, g.sequence),
          acknowledged_order = greatest(l.acknowledged_order, g.acknowledged),
          order_sequence = greatest(l.order_sequence, g.acknowledged)
        from unnest(${plainArray(rows.map((row) => row.deviceId))}::uuid[], ${plainArray(rows.map((row) => row.sequence))}::int8[],
          ${plainArray(rows.map((row) => row.order))}::int8[]) as g (device_id, sequence, acknowledged)
        where l.device_id = g.device_id`;
}

function changeOf(facts: readonly DeviceFacts[]): RawBuilder<ChangedFacts> {
  return sql<ChangedFacts>`update device d set hostname = g.hostname, name = case when d.is_named then d.name else g.hostname end,
          agent_version = g.agent_version, local_ip = g.local_ip, primary_cidr = g.primary_cidr,
          interface_name = g.interface_name, mac_address = g.mac_address, gateway_ip = g.gateway_ip,
          gateway_mac = g.gateway_mac, booted_at = to_timestamp(g.booted_at / 1000.0)
        from unnest(${facts.map((fact) => fact.deviceId)}::uuid[], ${facts.map((fact) => shownText(fact.hostname) || 'unknown')}::text[],
          ${facts.map((fact) => shownText(fact.agentVersion))}::text[], ${facts.map((fact) => fact.localIp)}::inet[],
          ${facts.map((fact) => networkOrNull(fact.primaryCidr))}::cidr[],
          ${facts.map((fact) => (fact.interfaceName === null ? null : shownText(fact.interfaceName)))}::text[],
          ${facts.map((fact) => fact.macAddress)}::text[], ${facts.map((fact) => fact.gatewayIp)}::inet[],
          ${facts.map((fact) => fact.gatewayMac)}::text[], ${facts.map((fact) => fact.bootedAt)}::int8[])
          as g (id, hostname, agent_version, local_ip, primary_cidr, interface_name, mac_address, gateway_ip, gateway_mac, booted_at)
        where d.id = g.id and (d.hostname, d.agent_version, d.local_ip, d.primary_cidr, d.interface_name, d.mac_address,
            d.gateway_ip, d.gateway_mac, d.booted_at)
          is distinct from (g.hostname, g.agent_version, g.local_ip, g.primary_cidr, g.interface_name, g.mac_address,
            g.gateway_ip, g.gateway_mac, to_timestamp(g.booted_at / 1000.0))
        returning ${CHANGE}, null::timestamptz as "lastSeenAt", d.hostname, d.mac_address as "macAddress",
          host(d.local_ip) as "localIp", d.primary_cidr::text as "primaryCidr", d.gateway_mac as "gatewayMac"`;
}

/** One field of all talks. Every value is a number, an id or base64url, parsed at the edge. */
function column(talks: readonly Talk[], field: Exclude<keyof Talk, 'publicIp'>): string {
  return plainArray(talks.map((talk) => talk[field]));
}
