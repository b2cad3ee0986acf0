import { formatCidr, parseIp } from '@wardgrid/base';
import {
  SCAN_PREFIX_MIN,
  SCAN_PREFIX_UNCONFIRMED_MIN,
  type JobTask,
  type NewJobTask,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { createApproval, type Place } from './networks/approval.ts';
import type { NetworkDoor } from './networks/service.ts';
import { formatPorts, parsePorts } from './ports.ts';
import { areInside, networkOf, partOf } from './reach.ts';

/** The device that is to scan, and the network it is on. */
export interface ScanningDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly primaryCidr: string | null;
  readonly gatewayMac: string | null;
}

type ScanRequest = Extract<NewJobTask, { kind: 'discovery' | 'port-scan' }>;

/** A scan of one device, whose network must be approved before it is given. */
interface PlannedScan {
  readonly place: Place;
  readonly task: JobTask;
}

export function createPreparation(platform: Pick<Platform, 'clock'>, networks: NetworkDoor) {
  const requireApproved = createApproval(platform, networks);

  /**
   * What a person asks for, made into what the device is told: which network, and that it may be
   * scanned. A network is approved in the same transaction when the caller says so and may.
   * The transaction has the workers' rights; that the caller may give jobs to the device is checked.
   * @throws ControllerError saying why it may not be scanned.
   */
  return async function prepare(
    tx: Transaction,
    context: Context,
    given: { readonly device: ScanningDevice; readonly task: ScanRequest },
  ): Promise<JobTask> {
    const { device, task } = given;
    const ports = task.ports === null ? null : portsOf(task.ports);
    const planned = planOf(device, task, ports);
    const isApproving = task.kind === 'discovery' && task.isNetworkApproved;
    await requireApproved(tx, context, { device, place: planned.place, isApproving });
    return planned.task;
  };
}

function planOf(device: ScanningDevice, task: ScanRequest, ports: string | null): PlannedScan {
  const place = placeOf(device);
  const { gatewayMac } = place;
  const { engine, packetsPerSecond } = task;
  if (task.kind === 'discovery') {
    const cidr = targetOf(place.cidr, task);
    const given = { cidr, gatewayMac, ports, engine, packetsPerSecond };
    return { place, task: { kind: 'discovery', arguments: given } };
  }
  const hosts = [...new Set(task.hosts)];
  if (!hosts.every((host) => parseIp(host)?.version === 4) || !areInside(place.cidr, hosts)) {
    throw new ControllerError(
      'network-out-of-reach',
      `every host must be an IPv4 address inside ${place.cidr}, the device's network`,
    );
  }
  const { cidr } = place;
  const given = { hosts, cidr, gatewayMac, ports: ports ?? 'top', engine, packetsPerSecond };
  return { place, task: { kind: 'port-scan', arguments: given } };
}

function portsOf(text: string): string {
  const ports = parsePorts(text);
  if (ports) return formatPorts(ports);
  throw new ControllerError(
    'ports-invalid',
    `ports '${text.slice(0, 60)}' must be 'top', 'all' or numbers and ranges from 1 to 65535`,
  );
}

/** The network the device is on. */
function placeOf(device: ScanningDevice): Place {
  const cidr = networkOf(device.primaryCidr);
  if (cidr === null) {
    throw new ControllerError(
      'device-without-network',
      'the device has not reported an IPv4 network that can be scanned',
    );
  }
  const { organizationId, scope, gatewayMac } = device;
  return { organizationId, scope, cidr, gatewayMac };
}

/** What is to be scanned: the device's network, or the part of it that is asked for. */
function targetOf(network: string, task: Extract<ScanRequest, { kind: 'discovery' }>): string {
  const part = partOf(network, task.cidr ?? network);
  if (!part) {
    throw new ControllerError(
      'network-out-of-reach',
      `'${task.cidr ?? ''}' is not inside ${network}, the device's network`,
    );
  }
  const cidr = formatCidr(part);
  if (part.prefix < SCAN_PREFIX_MIN) {
    throw new ControllerError(
      'network-too-large',
      `${cidr} is larger than /${SCAN_PREFIX_MIN}; ask for a part of it`,
    );
  }
  if (part.prefix < SCAN_PREFIX_UNCONFIRMED_MIN && !task.isSizeConfirmed) {
    const addresses = 2 ** (32 - part.prefix);
    throw new ControllerError(
      'network-size-unconfirmed',
      `${cidr} has ${addresses} addresses; confirm its size`,
      { shown: { cidr, addresses } },
    );
  }
  return cidr;
}
