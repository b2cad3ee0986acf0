import type { LinkKind } from '../../network-view/index.ts';
import { readLine, readLink, readNames, readText } from './files.ts';

/** A bridge of a large host has this many ports; further ones change no decision. */
const ENTRY_COUNT_MAX = 2_048;
/** Ports of a bridge that are looked at: one hardware port is enough to decide. */
const LOWER_COUNT_MAX = 64;

/* Hardware types of the kernel (include/uapi/linux/if_arp.h). */
const ARPHRD_ETHERNET = 1;
const ARPHRD_LOOPBACK = 772;

/** What sysfs tells of one interface. */
export interface LinkHints {
  readonly index: number;
  readonly linkKind: LinkKind;
  readonly masterName: string | null;
  readonly lowerNames: readonly string[];
}

/** The kind of each device type that drivers announce (`DEVTYPE` in uevent). */
const KIND_OF_DEVICE_TYPE: ReadonlyMap<string, LinkKind> = new Map([
  ['bridge', 'bridge'],
  ['bond', 'bond'],
  ['vlan', 'vlan'],
  ['macvlan', 'macvlan'],
  ['macvtap', 'macvlan'],
  ['ipvlan', 'macvlan'],
  ['ipvtap', 'macvlan'],
  ['wireguard', 'tunnel'],
  ['ppp', 'tunnel'],
  ['vxlan', 'overlay'],
  ['geneve', 'overlay'],
  ['vrf', 'software'],
]);

/** The hints in an interface's `class/net` folder, or undefined when there is none. */
export function readLinkHints(path: string): LinkHints | undefined {
  const uevent = readText(`${path}/uevent`);
  if (uevent === null) return undefined;
  const entries = readNames(path, ENTRY_COUNT_MAX);
  const index = Number(/^IFINDEX=(\d+)$/m.exec(uevent)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(index)) return undefined;
  const deviceType = /^DEVTYPE=(\S+)$/m.exec(uevent)?.[1] ?? '';
  const lowerNames = entries
    .filter((entry) => entry.startsWith('lower_'))
    .slice(0, LOWER_COUNT_MAX)
    .map((entry) => entry.slice('lower_'.length));
  const master = entries.includes('master') ? readLink(`${path}/master`) : null;
  return {
    index,
    linkKind: linkKindOf({ path, index, deviceType, entries }),
    masterName: master?.split('/').at(-1) ?? null,
    lowerNames,
  };
}

interface LinkFacts {
  readonly path: string;
  readonly index: number;
  readonly deviceType: string;
  readonly entries: readonly string[];
}

function linkKindOf(facts: LinkFacts): LinkKind {
  const { entries, deviceType } = facts;
  if (entries.includes('tun_flags')) return 'tunnel';
  const announced = KIND_OF_DEVICE_TYPE.get(deviceType);
  if (announced) return announced;
  if (entries.includes('bridge')) return 'bridge';
  if (entries.includes('bonding')) return 'bond';
  if (entries.includes('device')) return 'hardware';
  return unannouncedKind(facts);
}

/** Drivers that announce nothing are told apart by hardware type and by what they stand on. */
function unannouncedKind({ path, index, entries }: LinkFacts): LinkKind {
  const type = Number(readLine(`${path}/type`));
  if (type === ARPHRD_LOOPBACK) return 'loopback';
  if (type !== ARPHRD_ETHERNET) return 'tunnel';
  const isOwnEnd = Number(readLine(`${path}/iflink`)) === index;
  if (!entries.some((entry) => entry.startsWith('lower_'))) return isOwnEnd ? 'software' : 'veth';
  if (!isOwnEnd) return 'macvlan';
  // A team has members and no type of its own; a routing domain has them too, and is named so.
  return path.split('/').at(-1)?.startsWith('vrf') === true ? 'software' : 'bond';
}
