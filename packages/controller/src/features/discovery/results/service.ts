import { JobTask, SCAN_HOSTS_MAX, SCAN_PORTS_MAX, type RecordBody } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import type { FindingsFeature } from '../../findings/index.ts';
import {
  cleanHost,
  cleanPort,
  collect,
  coverageOf,
  type FinishedBody,
  type ScanTask,
} from './collect.ts';
import { createIntake } from './intake.ts';
import { RESULT_ITEMS_MAX, resultRepository } from './repository.ts';

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

/** Takes in what scans find; every transaction has the workers' rights. */
export function createResults(platform: Platform, findings: Pick<FindingsFeature, 'report'>) {
  const takeIn = createIntake(platform, findings);

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
    const { deviceId } = job;
    const network = await results.lockNetwork({ deviceId, cidr, gatewayMac });
    const told = await results.take(job.id);
    if (!network) {
      platform.log.warn('scan of a network that is not approved dropped', { jobId: job.id });
      return;
    }
    const collected = collect(task, told);
    const counts = { hosts: collected.hosts.length, ports: collected.ports.length };
    if (!(await results.begin({ jobId: job.id, network, ...counts }, at))) return;
    const isTop = task.arguments.ports === 'top';
    const coverage = coverageOf(task, isFull(told) ? { ...body, coverage: null } : body);
    await takeIn(tx, { ...collected, scannerId: job.deviceId, isTop, network, coverage, at });
  }

  return { store, complete };
}

function scanTaskOf(job: ScanJob): ScanTask | undefined {
  const task = JobTask.safeParse({ kind: job.kind, arguments: job.arguments });
  if (!task.success) return undefined;
  return task.data.kind === 'discovery' || task.data.kind === 'port-scan' ? task.data : undefined;
}

/** Whether parts may have been dropped because there were too many: then nothing is known to be gone. */
function isFull(told: { readonly hosts: readonly unknown[]; readonly ports: readonly unknown[] }) {
  return (
    told.hosts.length > RESULT_ITEMS_MAX.hosts - SCAN_HOSTS_MAX ||
    told.ports.length > RESULT_ITEMS_MAX.ports - SCAN_PORTS_MAX
  );
}
