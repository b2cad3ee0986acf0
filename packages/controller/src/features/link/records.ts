import type { Log } from '@wardgrid/base';
import type {
  DeviceEvent,
  DeviceFinding,
  LinkRecord,
  RecordBody,
  SealedFile,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { InventoryReport } from '../devices/index.ts';
import { endOf, isFinal, type JobEnd, type LinkedJob } from '../jobs/index.ts';
import type { FinishedScan, LinkDeps, ScanResult, Told } from './deps.ts';

/** The records of one device that were not seen before, in their order. */
export interface FreshRecords {
  readonly deviceId: string;
  readonly records: readonly LinkRecord[];
}

type Refusal = Extract<RecordBody, { kind: 'order-refused' }>;

/** Something that a device said. */
interface Said<Thing> {
  readonly deviceId: string;
  readonly thing: Thing;
}

/** What a batch of records comes to. */
interface Effects {
  readonly inventory: Map<string, InventoryReport>;
  readonly started: string[];
  readonly results: ScanResult[];
  readonly ends: JobEnd[];
  readonly finished: FinishedScan[];
  readonly refusals: { readonly deviceId: string; readonly body: Refusal }[];
  /** Records about jobs that are not the device's own. */
  foreignCount: number;
  readonly findings: Said<DeviceFinding>[];
  readonly files: Said<SealedFile>[];
  readonly events: Said<readonly DeviceEvent[]>[];
}

/** Refused orders of one batch that incidents hear of: a hostile device must not flood them. */
const REFUSALS_MAX = 50;

/** The records behind a number, each once and in order, whatever order they came in. */
export function freshRecords(records: readonly LinkRecord[], acknowledged: number): LinkRecord[] {
  const fresh = new Map<number, LinkRecord>();
  for (const record of records) {
    if (record.sequence > acknowledged && !fresh.has(record.sequence)) {
      fresh.set(record.sequence, record);
    }
  }
  return [...fresh.values()].toSorted((left, right) => left.sequence - right.sequence);
}

type RecordDeps = Pick<LinkDeps, 'devices' | 'jobs' | 'discovery' | 'incidents' | 'protection'> & {
  readonly log: Log;
};

/** Carries out what devices report, in the transaction that acknowledges it. */
export async function applyRecords(
  tx: Transaction,
  deps: RecordDeps,
  batch: readonly FreshRecords[],
): Promise<void> {
  const jobIds = jobIdsOf(batch);
  const jobs = jobIds.length === 0 ? new Map() : await deps.jobs.orders.lock(tx, jobIds);
  const effects = effectsOf(batch, jobs);
  if (effects.foreignCount > 0) {
    deps.log.warn('records about jobs of others ignored', { count: effects.foreignCount });
  }
  if (effects.inventory.size > 0) {
    await deps.devices.storeInventory(tx, [...effects.inventory.values()]);
  }
  if (effects.started.length > 0) await deps.jobs.orders.start(tx, effects.started);
  if (effects.results.length > 0) await deps.discovery.store(tx, effects.results);
  if (effects.ends.length > 0) await deps.jobs.orders.finish(tx, effects.ends);
  for (const scan of effects.finished) await deps.discovery.complete(tx, scan);
  if (effects.refusals.length > 0) await tellRefusals(tx, deps, effects.refusals);
  await takeProtection(tx, deps, effects);
}

/** Events first: a finding is shown among them. */
async function takeProtection(
  tx: Transaction,
  { devices, protection }: RecordDeps,
  { findings, files, events }: Effects,
): Promise<void> {
  const ids = new Set([...findings, ...files, ...events].map(({ deviceId }) => deviceId));
  if (ids.size === 0) return;
  const known = await devices.describe(tx, [...ids]);
  const told = <Thing>(said: readonly Said<Thing>[]): Told<Thing>[] =>
    said.flatMap(({ deviceId, thing }) => {
      const device = known.get(deviceId);
      return device ? [{ device, thing }] : [];
    });
  if (events.length > 0) await protection.events(tx, told(events));
  if (files.length > 0) await protection.files(tx, told(files));
  if (findings.length > 0) await protection.findings(tx, told(findings));
}

async function tellRefusals(
  tx: Transaction,
  deps: Pick<LinkDeps, 'devices' | 'incidents'>,
  refusals: Effects['refusals'],
): Promise<void> {
  const told = refusals.slice(0, REFUSALS_MAX);
  const devices = await deps.devices.describe(tx, [...new Set(told.map((one) => one.deviceId))]);
  for (const { deviceId, body } of told) {
    const device = devices.get(deviceId);
    if (device) await deps.incidents.orderRefused(tx, { ...body, device });
  }
}

function jobIdsOf(batch: readonly FreshRecords[]): string[] {
  const ids = new Set<string>();
  for (const { records } of batch) {
    for (const { body } of records) {
      if ('jobId' in body && body.jobId !== null) ids.add(body.jobId);
    }
  }
  return [...ids];
}

function effectsOf(batch: readonly FreshRecords[], jobs: ReadonlyMap<string, LinkedJob>): Effects {
  const effects: Effects = {
    inventory: new Map(),
    started: [],
    results: [],
    ends: [],
    finished: [],
    refusals: [],
    foreignCount: 0,
    findings: [],
    files: [],
    events: [],
  };
  const ended = new Set<string>();
  for (const { deviceId, records } of batch) {
    for (const record of records) addEffect(effects, { deviceId, record, jobs, ended });
  }
  return effects;
}

interface Place {
  readonly deviceId: string;
  readonly record: LinkRecord;
  readonly jobs: ReadonlyMap<string, LinkedJob>;
  /** Jobs that end in this batch: what comes behind their end is late. */
  readonly ended: Set<string>;
}

function addEffect(effects: Effects, place: Place): void {
  const { deviceId, record } = place;
  const { body } = record;
  if (body.kind === 'inventory') {
    effects.inventory.set(`${deviceId} ${body.body.section}`, { deviceId, ...body });
    return;
  }
  if (!('jobId' in body)) {
    addProtectionEffect(effects, deviceId, body);
    return;
  }
  if (body.kind === 'order-refused') effects.refusals.push({ deviceId, body });
  if (body.jobId === null) return;
  const job = place.jobs.get(body.jobId);
  if (job?.deviceId !== deviceId) {
    effects.foreignCount += 1;
    return;
  }
  if (isFinal(job.state) || place.ended.has(job.id)) return;
  addJobEffect(effects, { ...place, body }, job);
}

type ProtectionBody = Extract<RecordBody, { kind: 'finding' | 'sealed-file' | 'events' }>;

function addProtectionEffect(effects: Effects, deviceId: string, body: ProtectionBody): void {
  if (body.kind === 'finding') effects.findings.push({ deviceId, thing: body.finding });
  else if (body.kind === 'sealed-file') effects.files.push({ deviceId, thing: body.file });
  else effects.events.push({ deviceId, thing: body.events });
}

type JobBody = Extract<RecordBody, { readonly jobId: unknown }>;

/** Jobs whose results become assets. */
const SCANS: ReadonlySet<LinkedJob['kind']> = new Set(['discovery', 'port-scan']);

function addJobEffect(
  effects: Effects,
  { record, ended, body }: Place & { readonly body: JobBody },
  job: LinkedJob,
): void {
  const { at, sequence } = record;
  switch (body.kind) {
    case 'job-started':
      effects.started.push(job.id);
      return;
    case 'job-hosts':
    case 'job-ports':
      effects.results.push({ job, sequence, at, body });
      return;
    case 'job-finished':
      ended.add(job.id);
      effects.ends.push(endOf(body));
      if (SCANS.has(job.kind)) effects.finished.push({ job, at, body });
      return;
    case 'order-refused':
      // A repeat: the order itself had been taken before, and its job goes on.
      if (body.reason === 'replayed') return;
      ended.add(job.id);
      effects.ends.push({
        id: job.id,
        state: 'failed',
        summary: null,
        error: { code: 'order-refused', detail: `the device refused the order: ${body.reason}` },
      });
      return;
  }
}
