import { instantOf, JobTask, type RecordBody } from '@wardgrid/wire';
import { SCAN_HOSTS_MAX, SCAN_PORTS_MAX } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import {
  judgeAsset,
  judgePort,
  type FindingsFeature,
  type Observation,
} from '../../findings/index.ts';
import {
  cleanHost,
  cleanPort,
  collect,
  coverageOf,
  type Collected,
  type Coverage,
  type FinishedBody,
  type ScanTask,
} from './collect.ts';
import { reconcile, type KnownAsset, type SeenAsset } from './reconcile.ts';
import {
  RESULT_ITEMS_MAX,
  resultRepository,
  type AssetPort,
  type ScannedNetwork,
  type SeenPort,
} from './repository.ts';

/** The job of a scan, as the link knows it. */
export interface ScanJob {
  readonly id: string;
  readonly organizationId: string;
  readonly deviceId: string;
  readonly kind: string;
  readonly arguments: unknown;
}

/** A part of what a running scan found. A job's sequence comes once. */
export interface ScanResult {
  readonly job: ScanJob;
  readonly sequence: number;
  readonly body: Extract<RecordBody, { kind: 'job-hosts' | 'job-ports' }>;
}

/** A scan that has ended. */
export interface FinishedScan {
  readonly job: ScanJob;
  readonly body: FinishedBody;
}

interface Scan extends Collected {
  readonly job: ScanJob;
  readonly task: ScanTask;
  readonly network: ScannedNetwork;
  readonly coverage: Coverage;
  readonly at: number;
}

/** Machines told one by one; when more are new one is told, and consoles read the list again. */
const LIVE_EVENTS_MAX = 20;

/** Takes in what scans find; every transaction has the workers' rights. */
export function createResults(platform: Platform, findings: Pick<FindingsFeature, 'report'>) {
  /** Keeps what running scans found so far; what belongs to no running scan of the device is dropped. */
  async function store(tx: Transaction, results: readonly ScanResult[]): Promise<void> {
    const kept = resultRepository(tx);
    let droppedCount = 0;
    for (const { job, sequence, body } of results) {
      const chunk = { jobId: job.id, deviceId: job.deviceId, sequence };
      const isKept =
        body.kind === 'job-hosts'
          ? await kept.keep({ ...chunk, kind: 'hosts', content: body.hosts.map(cleanHost) })
          : await kept.keep({ ...chunk, kind: 'ports', content: body.ports.map(cleanPort) });
      if (!isKept) droppedCount += 1;
    }
    if (droppedCount > 0) platform.log.warn('scan results dropped', { count: droppedCount });
  }

  /** Makes the results of a scan that has ended into assets, ports and findings: all of it, once. */
  async function complete(tx: Transaction, { job, body }: FinishedScan): Promise<void> {
    const task = scanTaskOf(job);
    if (!task) return;
    const results = resultRepository(tx);
    const at = platform.clock.now();
    const { cidr, gatewayMac } = task.arguments;
    const { organizationId } = job;
    const network = await results.lockNetwork({ organizationId, cidr, gatewayMac });
    const told = await results.take(job.id);
    if (!network) {
      platform.log.warn('scan of a network that is not approved dropped', { jobId: job.id });
      return;
    }
    const collected = collect(task, told);
    const counts = { hosts: collected.hosts.length, ports: collected.ports.length };
    if (!(await results.begin({ jobId: job.id, network, ...counts }, at))) return;
    const coverage = coverageOf(task, isFull(told) ? { ...body, coverage: null } : body);
    await apply(tx, { ...collected, job, task, network, coverage, at });
  }

  async function apply(tx: Transaction, scan: Scan): Promise<void> {
    const { network, at } = scan;
    const results = resultRepository(tx);
    const known = await results.assets(network.id);
    const devices = await results.devices(network, {
      macs: scan.hosts.flatMap(({ mac }) => mac ?? []),
      ids: [scan.job.deviceId, ...known.flatMap(({ deviceId }) => deviceId ?? [])],
    });
    const { hosts, job } = scan;
    const { seen, unseen } = reconcile({
      ...{ hosts, devices, newId: platform.newId },
      assets: known,
      scannerId: job.deviceId,
    });
    await results.storeAssets(network, seen, at);
    const ports = portsOf(scan, seen);
    await results.storePorts(network, ports, { isTop: scan.task.arguments.ports === 'top', at });
    const closed = await closePorts(tx, scan, { seen, unseen, ports });
    const goneIds = await missed(tx, scan, unseen);
    await findings.report(tx, {
      ...network,
      observations: observationsOf(seen, ports, at),
      examined: [...ports, ...closed, ...seen.map(({ id }) => ({ assetId: id, port: 0 }))],
      goneAssetIds: goneIds,
      at,
    });
    await results.forgetOld(network.id, at);
    await announce(tx, network, seen);
  }

  async function closePorts(
    tx: Transaction,
    { coverage, at }: Scan,
    given: {
      readonly seen: readonly SeenAsset[];
      readonly unseen: readonly KnownAsset[];
      readonly ports: readonly SeenPort[];
    },
  ): Promise<AssetPort[]> {
    if (!coverage.ports) return [];
    const asked = new Set(coverage.hosts);
    const assetIds = [
      ...given.seen.map(({ id }) => id),
      ...given.unseen.filter(({ ip }) => asked.has(ip)).map(({ id }) => id),
    ];
    const { ports } = coverage;
    return resultRepository(tx).closePorts({ assetIds, ports, open: given.ports }, at);
  }

  async function missed(
    tx: Transaction,
    { coverage, at }: Scan,
    unseen: readonly KnownAsset[],
  ): Promise<string[]> {
    if (coverage.network === null || unseen.length === 0) return [];
    const results = resultRepository(tx);
    const goneIds = await results.miss(unseen, coverage.network);
    if (goneIds.length > 0) await results.closeAllPorts(goneIds, at);
    return goneIds;
  }

  async function announce(
    tx: Transaction,
    { id, tenantId, scope }: ScannedNetwork,
    seen: readonly SeenAsset[],
  ): Promise<void> {
    const at = instantOf(platform.clock.now());
    const fresh = seen.filter(({ isNew }) => isNew);
    const told = fresh.length === 0 || fresh.length > LIVE_EVENTS_MAX ? seen.slice(0, 1) : fresh;
    for (const asset of told) {
      const verb = asset.isNew ? 'created' : 'changed';
      await tx.publish({
        topic: 'live',
        event: { at, tenantId, scope, noun: 'assets', verb, entityId: asset.id },
      });
    }
    await tx.publish({
      topic: 'live',
      event: { at, tenantId, scope, noun: 'networks', verb: 'changed', entityId: id },
    });
  }

  return { store, complete };
}

function scanTaskOf(job: ScanJob): ScanTask | undefined {
  const task = JobTask.safeParse({ kind: job.kind, arguments: job.arguments });
  return task.success && task.data.kind !== 'inventory' ? task.data : undefined;
}

/** Whether parts may have been dropped because there were too many: then nothing is known to be gone. */
function isFull(told: { readonly hosts: readonly unknown[]; readonly ports: readonly unknown[] }) {
  return (
    told.hosts.length > RESULT_ITEMS_MAX.hosts - SCAN_HOSTS_MAX ||
    told.ports.length > RESULT_ITEMS_MAX.ports - SCAN_PORTS_MAX
  );
}

function portsOf({ ports }: Scan, seen: readonly SeenAsset[]): SeenPort[] {
  const idOf = new Map(seen.map(({ ip, id }) => [ip, id]));
  return ports.flatMap((found) => {
    const assetId = idOf.get(found.ip);
    return assetId === undefined ? [] : [{ assetId, port: found.port, found }];
  });
}

function observationsOf(
  seen: readonly SeenAsset[],
  ports: readonly SeenPort[],
  at: number,
): Observation[] {
  const assetOf = new Map(seen.map((asset) => [asset.id, asset]));
  const ofPorts = ports.flatMap(({ assetId, found }) => {
    const asset = assetOf.get(assetId);
    return asset ? judgePort(asset, found, at) : [];
  });
  return seen.flatMap((asset) => judgeAsset(asset)).concat(ofPorts);
}
