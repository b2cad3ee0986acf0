/** A host that answered ARP, and whether anything else showed that it lives. */
export interface ArpClaim {
  readonly ip: string;
  readonly mac: string;
  readonly hasOtherSign: boolean;
}

/** A machine that answered ARP for many addresses that nobody seems to hold. */
export interface ProxySuspect {
  readonly mac: string;
  /** How many of its addresses were left out. */
  readonly addressCount: number;
}

/** A machine with this many silent addresses of its own is rarer than a router that answers for others (RFC 1027). */
const CLAIMS_MAX = 8;

/** Leaves out the silent addresses of machines that answer for more than eight of them; gateways stay. */
export function splitProxies(
  claims: readonly ArpClaim[],
  gateways: ReadonlySet<string>,
): { readonly dropped: ReadonlySet<string>; readonly suspects: readonly ProxySuspect[] } {
  const silentByMac = new Map<string, string[]>();
  for (const { ip, mac, hasOtherSign } of claims) {
    if (hasOtherSign || gateways.has(ip)) continue;
    const silent = silentByMac.get(mac) ?? [];
    silent.push(ip);
    silentByMac.set(mac, silent);
  }
  const dropped = new Set<string>();
  const suspects: ProxySuspect[] = [];
  for (const [mac, silent] of silentByMac) {
    if (silent.length <= CLAIMS_MAX) continue;
    silent.forEach((ip) => dropped.add(ip));
    suspects.push({ mac, addressCount: silent.length });
  }
  return { dropped, suspects };
}
