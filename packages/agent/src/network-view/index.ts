/**
 * Where a device stands on its local network: which interface, address, network and gateway are
 * its own, whatever VPNs, containers and hypervisors add. It owns that decision and nothing else:
 * it is a pure function of plain tables and must not read the machine.
 */
export { createKindOf, isIgnoredName, type InterfaceKind } from './interface-kind.ts';
export { choosePrimary, NO_NETWORK, type NetworkView } from './primary.ts';
export type {
  InterfaceAddress,
  InterfaceRow,
  InterfaceTables,
  LinkKind,
  NeighbourRow,
  RouteRow,
} from './tables.ts';
