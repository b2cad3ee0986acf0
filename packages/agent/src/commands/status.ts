import { instantOrNull } from '@wardgrid/wire';
import { readDataFolder } from '../store/index.ts';

/** What an agent has to say of itself. */
export interface AgentStatus {
  readonly isEnrolled: boolean;
  readonly isRetired: boolean;
  readonly deviceId: string | null;
  readonly tenantId: string | null;
  readonly controllerUrl: string | null;
  readonly lastExchangeAt: string | null;
  readonly lastInventoryAt: string | null;
  readonly pendingRecords: number;
  readonly droppedRecords: number;
  readonly waitingJobs: number;
  readonly runningJobs: number;
}

/** The state of the agent of a data folder, read beside it. */
export function readStatus(dataPath: string): AgentStatus {
  const store = readDataFolder(dataPath);
  if (!store) return NOTHING;
  try {
    const enrolment = store.identity()?.enrolment ?? null;
    const link = store.link();
    return {
      isEnrolled: enrolment !== null,
      isRetired: link.isRetired,
      deviceId: enrolment?.deviceId ?? null,
      tenantId: enrolment?.tenantId ?? null,
      controllerUrl: enrolment?.controllerUrl ?? null,
      lastExchangeAt: instantOrNull(link.lastExchangeAt),
      lastInventoryAt: instantOrNull(link.lastInventoryAt),
      pendingRecords: store.outbox().records,
      droppedRecords: link.droppedRecords,
      waitingJobs: store.jobsIn('taken').length,
      runningJobs: store.jobsIn('started').length,
    };
  } finally {
    store.close();
  }
}

const NOTHING: AgentStatus = {
  isEnrolled: false,
  isRetired: false,
  deviceId: null,
  tenantId: null,
  controllerUrl: null,
  lastExchangeAt: null,
  lastInventoryAt: null,
  pendingRecords: 0,
  droppedRecords: 0,
  waitingJobs: 0,
  runningJobs: 0,
};

/** The status for a person. */
export function formatStatus(status: AgentStatus): string {
  if (!status.isEnrolled) return 'not enrolled\n';
  const lines: readonly (readonly [string, string])[] = [
    ['state', status.isRetired ? 'retired by its controller' : 'enrolled'],
    ['device', status.deviceId ?? ''],
    ['tenant', status.tenantId ?? ''],
    ['controller', status.controllerUrl ?? ''],
    ['last exchange', status.lastExchangeAt ?? 'never'],
    ['last inventory', status.lastInventoryAt ?? 'never'],
    ['records waiting', String(status.pendingRecords)],
    ['records dropped', String(status.droppedRecords)],
    ['jobs', `${status.runningJobs} running, ${status.waitingJobs} waiting`],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
