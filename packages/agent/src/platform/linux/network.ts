import { parseIp } from '@wardgrid/base';
import {
  ADDRESSES_MAX,
  boundedName,
  DNS_SERVERS_MAX,
  INTERFACES_MAX,
  ROUTES_MAX,
  type NetworkInterfaceRow,
  type BodyOf,
} from '../../inventory/index.ts';
import { createKindOf, type InterfaceTables } from '../../network-view/index.ts';
import { readText } from './files.ts';
import { readListeners } from './listeners.ts';
import { readNetworkTables } from './network-tables.ts';
import type { LinuxSource } from './source.ts';

/** Where systemd-resolved writes the servers behind its own local one. */
const RESOLVED_STUB = '127.0.0.53';

/** Reads how the machine is connected. */
export async function readNetwork(
  source: LinuxSource,
  signal: AbortSignal,
): Promise<BodyOf<'network'>> {
  const { rootPath } = source;
  const tables = readNetworkTables({ rootPath, isComplete: true });
  const { listeners, isTruncated } = await readListeners(source, signal);
  const { interfaces, routes } = tables;
  return {
    section: 'network',
    interfaces: interfacesOf(tables),
    routes: routes
      .slice(0, ROUTES_MAX)
      .map((row) => ({ ...row, interfaceName: boundedName(row.interfaceName) })),
    dnsServers: readDnsServers(rootPath),
    listeners,
    isTruncated: isTruncated || interfaces.length > INTERFACES_MAX || routes.length > ROUTES_MAX,
  };
}

function interfacesOf(tables: InterfaceTables): NetworkInterfaceRow[] {
  const kindOf = createKindOf(tables);
  return tables.interfaces.slice(0, INTERFACES_MAX).map((row) => ({
    name: boundedName(row.name),
    macAddress: row.macAddress,
    mtu: row.mtu,
    isUp: row.isUp,
    kind: kindOf(row),
    addresses: row.addresses.slice(0, ADDRESSES_MAX).map((address) => ({ ...address })),
  }));
}

function readDnsServers(rootPath: string): string[] {
  const servers = parseNameServers(readText(`${rootPath}etc/resolv.conf`) ?? '');
  if (!servers.includes(RESOLVED_STUB)) return servers;
  const behind = parseNameServers(readText(`${rootPath}run/systemd/resolve/resolv.conf`) ?? '');
  return behind.length > 0 ? behind : servers;
}

/** The servers of resolv.conf(5), each once, without IPv6 zones. */
export function parseNameServers(text: string): string[] {
  const servers = new Set<string>();
  for (const line of text.split('\n')) {
    const server = /^\s*nameserver\s+([0-9a-fA-F:.]{2,45})/.exec(line)?.[1];
    if (server !== undefined && parseIp(server)) servers.add(server);
  }
  return [...servers].slice(0, DNS_SERVERS_MAX);
}
