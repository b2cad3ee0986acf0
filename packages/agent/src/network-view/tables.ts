/**
 * How the operating system made an interface. `software` is a kernel device with nothing behind it
 * (dummy, ifb, an Open vSwitch port); `unknown` means no hint could be read, so the name decides.
 */
export type LinkKind =
  | 'hardware'
  | 'loopback'
  | 'bridge'
  | 'bond'
  | 'vlan'
  | 'macvlan'
  | 'veth'
  | 'tunnel'
  | 'overlay'
  | 'software'
  | 'unknown';

/** An address of an interface with the length of its network prefix. */
export interface InterfaceAddress {
  readonly ip: string;
  readonly prefix: number;
}

/** One interface as the system lists it. */
export interface InterfaceRow {
  readonly name: string;
  /** The system's number of the interface; lower ones were made earlier. */
  readonly index: number;
  readonly macAddress: string | null;
  readonly mtu: number;
  /** Switched on and with a carrier. */
  readonly isUp: boolean;
  readonly linkKind: LinkKind;
  /** The bridge, bond or team that owns this interface. */
  readonly masterName: string | null;
  /** What this interface stands on: a bridge's ports, a bond's members, a VLAN's parent. */
  readonly lowerNames: readonly string[];
  /** In the order of preference; stable addresses before temporary ones. */
  readonly addresses: readonly InterfaceAddress[];
}

/** One route of the main table. */
export interface RouteRow {
  /** `address/prefix`. */
  readonly destination: string;
  /** Null when the destination is reached on the link itself. */
  readonly gateway: string | null;
  readonly interfaceName: string;
  /** Lower wins. */
  readonly metric: number;
}

/** Who was heard on the link. */
export interface NeighbourRow {
  readonly ip: string;
  readonly macAddress: string;
  readonly interfaceName: string;
}

/** Everything the network view is chosen from. Plain data, so that every platform can fill it. */
export interface InterfaceTables {
  readonly interfaces: readonly InterfaceRow[];
  readonly routes: readonly RouteRow[];
  readonly neighbours: readonly NeighbourRow[];
}
