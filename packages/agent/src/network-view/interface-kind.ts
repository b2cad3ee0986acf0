import type { InterfaceRow, InterfaceTables, LinkKind } from './tables.ts';

/** What an interface is to a person. */
export type InterfaceKind = 'physical' | 'virtual' | 'vpn' | 'container' | 'loopback';

/* Prefixes under which VPN clients and tunnel drivers of all systems name their interfaces. */
const VPN_NAME =
  /^(?:tun|tap|wg|ppp|pptp|l2tp|ipsec|vti|xfrm|utun|tailscale|zt|nord|proton|pvpn|mullvad|wt\d|nebula|ham\d|cscotun|gpd\d|vpn|ovpn|outline|cloudflarewarp|warp|surfshark|sit\d|gre|erspan|ip6tnl|ip6gre|ip_vti|ip6_vti|ipip|he-ipv6|clat|v4-)/i;

/* Prefixes that container engines and their network plug-ins use. */
const CONTAINER_NAME =
  /^(?:docker|br-|veth|cni|flannel|cali|cilium|lxc|lxd|incus|podman|kube|nodelocaldns|weave|antrea|vxlan\.calico|tunl)/i;

/* Prefixes of hypervisor host networks and of devices that carry no traffic of their own. */
const VIRTUAL_NAME =
  /^(?:virbr|vnet\d|vmnet|vboxnet|dummy|ifb|vrf|ovs-|macvtap|nlmon|teql|awdl|llw|anpi|bridge\d|vethernet)/i;

/** The master of hardware ports that Open vSwitch switches; its bridges show no ports of their own. */
const OPEN_VSWITCH_MASTER = 'ovs-system';

/** Whether the name alone says that an interface belongs to a VPN, container or virtual network. */
export function isIgnoredName(name: string): boolean {
  return kindOfName(name) !== undefined;
}

function kindOfName(name: string): InterfaceKind | undefined {
  if (CONTAINER_NAME.test(name)) return 'container';
  if (VIRTUAL_NAME.test(name)) return 'virtual';
  return VPN_NAME.test(name) ? 'vpn' : undefined;
}

/**
 * A function that tells the kind of the interfaces of these tables. Hardware is physical whatever
 * its name; a bridge, bond or VLAN is physical when it stands on hardware; otherwise the driver's
 * hint decides, and the name where there is no hint.
 */
export function createKindOf(tables: InterfaceTables): (row: InterfaceRow) => InterfaceKind {
  const byName = new Map(tables.interfaces.map((row) => [row.name, row]));
  const hasSwitchedHardware = tables.interfaces.some(
    (row) => row.linkKind === 'hardware' && row.masterName === OPEN_VSWITCH_MASTER,
  );

  function kindOf(row: InterfaceRow): InterfaceKind {
    if (STACKED.has(row.linkKind)) return standsOnHardware(row) ? 'physical' : kindOfLink(row);
    return isSwitchPort(row) ? 'physical' : kindOfLink(row);
  }

  /** Walks down to what a stack of bridges, bonds and VLANs stands on; a loop of them ends too. */
  function standsOnHardware(top: InterfaceRow): boolean {
    const reached = new Set([top]);
    for (const row of reached) {
      for (const name of STACKED.has(row.linkKind) ? row.lowerNames : []) {
        const lower = byName.get(name);
        if (lower) reached.add(lower);
      }
    }
    return [...reached].some((row) => !STACKED.has(row.linkKind) && kindOf(row) === 'physical');
  }

  function isSwitchPort(row: InterfaceRow): boolean {
    if (row.linkKind !== 'software' || !hasSwitchedHardware) return false;
    return !VIRTUAL_NAME.test(row.name);
  }

  return kindOf;
}

/** Links that are made of others. */
const STACKED: ReadonlySet<LinkKind> = new Set(['bridge', 'bond', 'vlan']);

/** The kinds that follow from the link alone. */
const KIND_OF_LINK: Readonly<Partial<Record<LinkKind, InterfaceKind>>> = {
  hardware: 'physical',
  loopback: 'loopback',
  veth: 'container',
};

function kindOfLink(row: InterfaceRow): InterfaceKind {
  const certain = KIND_OF_LINK[row.linkKind];
  if (certain) return certain;
  if (row.linkKind === 'tunnel') return kindOfTunnel(row);
  if (row.linkKind === 'unknown' && /^lo\d*$/.test(row.name)) return 'loopback';
  return kindOfName(row.name) ?? (row.linkKind === 'unknown' ? 'physical' : 'virtual');
}

/** A tap that is a port of a bridge belongs to a virtual machine; any other tunnel leads away. */
function kindOfTunnel(row: InterfaceRow): InterfaceKind {
  if (row.masterName !== null) return 'virtual';
  return kindOfName(row.name) ?? 'vpn';
}
