import { parseCidr, sizeOf } from '@wardgrid/base';
import {
  SCAN_PREFIX_MIN,
  SCAN_PREFIX_UNCONFIRMED_MIN,
  type Device,
  type Network,
} from '@wardgrid/wire';

/** Whether the network of a device can be scanned, and what has to be settled before. */
export type ScanPlan =
  | { readonly kind: 'no-network' }
  | { readonly kind: 'too-large'; readonly cidr: string; readonly addresses: number }
  | {
      readonly kind: 'possible';
      readonly cidr: string;
      readonly addresses: number;
      readonly isSizeToConfirm: boolean;
      readonly approval: 'approved' | 'needed' | 'refused';
    };

const IPV4_BITS = 32;

/** The addresses that a prefix of IPv4 leaves; IPv6 networks are measured by the same number. */
function addressesOf(prefix: number): number {
  return 2 ** (IPV4_BITS - prefix);
}

/** Plans the scan of the network a device stands in; `network` is what the controller knows of it. */
export function planScan(
  device: Pick<Device, 'primaryCidr'>,
  network: Pick<Network, 'state'> | undefined,
): ScanPlan {
  const cidr = device.primaryCidr === null ? undefined : parseCidr(device.primaryCidr);
  if (!cidr || device.primaryCidr === null) return { kind: 'no-network' };
  const addresses = Number(sizeOf(cidr));
  if (addresses > addressesOf(SCAN_PREFIX_MIN)) {
    return { kind: 'too-large', cidr: device.primaryCidr, addresses };
  }
  return {
    kind: 'possible',
    cidr: device.primaryCidr,
    addresses,
    isSizeToConfirm: addresses > addressesOf(SCAN_PREFIX_UNCONFIRMED_MIN),
    approval: approvalOf(network),
  };
}

function approvalOf(
  network: Pick<Network, 'state'> | undefined,
): 'approved' | 'needed' | 'refused' {
  if (network?.state === 'approved' || network?.state === 'refused') return network.state;
  return 'needed';
}
