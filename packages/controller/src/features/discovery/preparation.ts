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

type Discovery = Extract<NewJobTask, { kind: 'discovery' }>;
type PortScan = Extract<NewJobTask, { kind: 'port-scan' }>;

export function createPreparation(platform: Pick<Platform, 'clock'>, networks: NetworkDoor) {
  const requireApproved = createApproval(platform, networks);

  /**
   * What a person asks for, made into what the device is told: which network, and that it may be
   * scanned. A network is approved in the same transaction when the caller says so and may.
   * The transaction must see the organization's networks.
   * @throws ControllerError saying why it may not be scanned.
   */
  return function prepare(
    tx: Transaction,
    context: Context,
    given: { readonly device: ScanningDevice; readonly task: NewJobTask },
  ): Promise<JobTask> {
    const { device, task } = given;
    switch (task.kind) {
      case 'inventory':
        return Promise.resolve({ kind: 'inventory', arguments: { sections: task.sections } });
      case 'discovery':
        return prepareDiscovery(tx, context, { device, task });
      case 'port-scan':
        return preparePortScan(tx, context, { device, task });
    }
  };

  async function prepareDiscovery(
    tx: Transaction,
    context: Context,
    { device, task }: { readonly device: ScanningDevice; readonly task: Discovery },
  ): Promise<JobTask> {
    const ports = task.ports === null ? null : portsOf(task.ports);
    const place = placeOf(device);
    const cidr = targetOf(place.cidr, task);
    await requireApproved(tx, context, { device, place, isApproving: task.isNetworkApproved });
    const { engine, packetsPerSecond } = task;
    return {
      kind: 'discovery',
      arguments: { cidr, gatewayMac: place.gatewayMac, ports, engine, packetsPerSecond },
    };
  }

  async function preparePortScan(
    tx: Transaction,
    context: Context,
    { device, task }: { readonly device: ScanningDevice; readonly task: PortScan },
  ): Promise<JobTask> {
    const ports = portsOf(task.ports);
    const place = placeOf(device);
    const hosts = [...new Set(task.hosts)];
    if (!hosts.every((host) => parseIp(host)?.version === 4) || !areInside(place.cidr, hosts)) {
      throw new ControllerError(
        'network-out-of-reach',
        `every host must be an IPv4 address inside ${place.cidr}, the device's network`,
      );
    }
    await requireApproved(tx, context, { device, place, isApproving: false });
    const { cidr, gatewayMac } = place;
    const { engine, packetsPerSecond } = task;
    return {
      kind: 'port-scan',
      arguments: { hosts, cidr, gatewayMac, ports, engine, packetsPerSecond },
    };
  }
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
  return { organizationId: device.organizationId, cidr, gatewayMac: device.gatewayMac };
}

/** What is to be scanned: the device's network, or the part of it that is asked for. */
function targetOf(network: string, task: Discovery): string {
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
    throw new ControllerError(
      'network-size-unconfirmed',
      `${cidr} has ${2 ** (32 - part.prefix)} addresses; confirm its size`,
      { shown: { cidr, addresses: 2 ** (32 - part.prefix) } },
    );
  }
  return cidr;
}
