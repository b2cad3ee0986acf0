import { uuidv7 } from '@wardgrid/base';
import type { Device, Job, Session } from '@wardgrid/wire';

/** An id of a test: the same number makes the same id. */
export function idOf(number: number): string {
  return uuidv7(1_700_000_000_000 + number, new Uint8Array(10).fill(number));
}

const AT = '2026-11-21T10:00:00.000Z';
const SCOPE = '0190000000007000800000000000000a';

/** A device, with what a test wants of it. */
export function fakeDevice(number: number, given: Partial<Record<keyof Device, unknown>> = {}) {
  return {
    id: idOf(number),
    tenantId: idOf(1),
    tenantName: 'Acme',
    organizationId: idOf(2),
    organizationName: 'Berlin',
    groupId: null,
    groupName: null,
    scope: SCOPE,
    name: `device-${number}`,
    hostname: `host-${number}`,
    status: 'online',
    away: null,
    isConnected: true,
    osFamily: 'linux',
    osName: 'Debian',
    osVersion: '13',
    architecture: 'x64',
    agentVersion: '0.1.0',
    localIp: '10.0.0.5',
    primaryCidr: '10.0.0.0/24',
    gatewayIp: null,
    gatewayMac: null,
    macAddress: null,
    publicIp: null,
    cpuPercent: 12,
    memoryUsedBytes: 1_024,
    memoryTotalBytes: 4_096,
    diskUsedBytes: null,
    diskTotalBytes: null,
    bootedAt: null,
    clockOffsetMs: null,
    droppedRecords: 0,
    tags: [],
    enrolledAt: AT,
    lastSeenAt: AT,
    splitFromId: null,
    openFindings: 3,
    isGrace: false,
    protection: null,
    ...given,
  };
}

/** A discovery job, with what a test wants of it. */
export function fakeJob(number: number, given: Partial<Record<keyof Job, unknown>> = {}) {
  return {
    id: idOf(number),
    tenantId: idOf(1),
    organizationId: idOf(2),
    organizationName: 'Berlin',
    scope: SCOPE,
    deviceId: idOf(10),
    deviceName: 'device-10',
    batchId: null,
    task: {
      kind: 'discovery',
      arguments: { cidr: '10.0.0.0/24', gatewayMac: null, ports: 'top' },
    },
    state: 'queued',
    progress: null,
    summary: null,
    error: null,
    isCancelRequested: false,
    createdAt: AT,
    createdBy: 'ada@acme.test',
    sentAt: null,
    startedAt: null,
    finishedAt: null,
    expiresAt: AT,
    ...given,
  };
}

/** The session of the platform's admin. */
export function fakeSession(given: Partial<Record<keyof Session, unknown>> = {}) {
  return {
    accountId: idOf(3),
    email: 'ada@acme.test',
    name: 'Ada',
    kind: 'admin',
    layer: 0,
    tenantId: null,
    tenantName: null,
    scope: '',
    scopeName: 'Platform',
    reach: 'subtree',
    roles: ['owner'],
    permissions: ['devices:read', 'jobs:create'],
    shell: 'master-grid',
    csrfToken: 'csrf-1',
    hasTotp: false,
    accessExpiresAt: AT,
    sessionExpiresAt: AT,
    ...given,
  };
}

/** An API token as the list has it. */
export function fakeToken(number: number) {
  return {
    id: idOf(number),
    name: 'wardgrid on desk',
    prefix: 'wgt_abc',
    permissions: ['devices:read'],
    createdAt: AT,
    expiresAt: AT,
    lastUsedAt: null,
  };
}
