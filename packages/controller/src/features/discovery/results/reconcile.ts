import type { NewId } from '@wardgrid/base';

/** A machine as a scan found it. */
export interface FoundHost {
  readonly ip: string;
  readonly mac: string | null;
  /** The best name first. */
  readonly names: readonly string[];
  readonly isSelf: boolean;
}

/** A machine that is known on the network. */
export interface KnownAsset {
  readonly id: string;
  readonly ip: string;
  readonly mac: string | null;
  readonly name: string | null;
  readonly names: readonly string[];
  readonly deviceId: string | null;
  readonly isIgnored: boolean;
}

/** A managed device that may be on the network. */
export interface KnownDevice {
  readonly id: string;
  readonly hostname: string;
  readonly mac: string | null;
  readonly ip: string | null;
}

/** A machine after the scan: known before, or new. */
export interface SeenAsset extends KnownAsset {
  readonly isNew: boolean;
}

interface Given {
  readonly hosts: readonly FoundHost[];
  readonly assets: readonly KnownAsset[];
  readonly devices: readonly KnownDevice[];
  /** The device that scanned. */
  readonly scannerId: string;
  readonly newId: NewId;
}

/** One way of recognising a machine: what to look it up by, and whether it is the same then. */
interface Pass {
  readonly hostKeys: (host: FoundHost) => readonly string[];
  readonly assetKeys: (asset: KnownAsset) => readonly string[];
  readonly isSame: (host: FoundHost, asset: KnownAsset) => boolean;
}

/** From certain to likely: a hardware address says more than a name, a name more than an address. */
const PASSES: readonly Pass[] = [
  {
    hostKeys: ({ ip, mac }) => (mac === null ? [] : [`${mac} ${ip}`]),
    assetKeys: ({ ip, mac }) => (mac === null ? [] : [`${mac} ${ip}`]),
    isSame: () => true,
  },
  {
    hostKeys: ({ mac }) => (mac === null ? [] : [mac]),
    assetKeys: ({ mac }) => (mac === null ? [] : [mac]),
    isSame: () => true,
  },
  {
    hostKeys: ({ ip, names }) => names.map((name) => `${ip} ${shortName(name)}`),
    assetKeys: ({ ip, names }) => names.map((name) => `${ip} ${shortName(name)}`),
    isSame: () => true,
  },
  {
    hostKeys: ({ ip }) => [ip],
    assetKeys: ({ ip }) => [ip],
    // Two hardware addresses are two machines: the address was given to another.
    isSame: (host, asset) => host.mac === null || asset.mac === null || host.mac === asset.mac,
  },
];

/** Tells which found machines are known ones, which are managed devices, and which known ones are missing. */
export function reconcile(given: Given): {
  readonly seen: readonly SeenAsset[];
  readonly unseen: readonly KnownAsset[];
} {
  const claims = claimAssets(given.hosts, given.assets);
  const deviceOf = deviceFinder(given);
  const seen = given.hosts.map((host) => {
    const asset = claims.get(host);
    return seenAsset(host, asset, {
      id: asset?.id ?? given.newId(),
      deviceId: deviceOf(host, asset),
    });
  });
  const claimed = new Set(claims.values());
  return { seen, unseen: given.assets.filter((asset) => !claimed.has(asset)) };
}

function claimAssets(
  hosts: readonly FoundHost[],
  assets: readonly KnownAsset[],
): Map<FoundHost, KnownAsset> {
  const claims = new Map<FoundHost, KnownAsset>();
  const claimed = new Set<KnownAsset>();
  for (const pass of PASSES) {
    const free = assets.filter((asset) => !claimed.has(asset));
    const index = indexBy(free, pass.assetKeys);
    for (const host of hosts) {
      if (claims.has(host)) continue;
      const asset = pass
        .hostKeys(host)
        .flatMap((key) => index.get(key) ?? [])
        .find((each) => !claimed.has(each) && pass.isSame(host, each));
      if (!asset) continue;
      claims.set(host, asset);
      claimed.add(asset);
    }
  }
  return claims;
}

function seenAsset(
  host: FoundHost,
  asset: KnownAsset | undefined,
  given: { readonly id: string; readonly deviceId: string | null },
): SeenAsset {
  return {
    ...given,
    ip: host.ip,
    mac: host.mac ?? asset?.mac ?? null,
    name: host.names[0] ?? asset?.name ?? null,
    names: host.names.length > 0 ? host.names : (asset?.names ?? []),
    isIgnored: asset?.isIgnored ?? false,
    isNew: asset === undefined,
  };
}

/** Which managed device a machine is: by itself, hardware address, address and name, or as before. */
function deviceFinder({ devices, scannerId }: Given) {
  const byId = new Map(devices.map((device) => [device.id, device]));
  const byMac = indexBy(devices, ({ mac }) => (mac === null ? [] : [mac]));
  const byIp = indexBy(devices, ({ ip }) => (ip === null ? [] : [ip]));

  return (host: FoundHost, asset: KnownAsset | undefined): string | null => {
    if (host.isSelf && byId.has(scannerId)) return scannerId;
    const named = (byIp.get(host.ip) ?? []).find((device) => isNamed(host, device.hostname));
    return (deviceByMac(host) ?? named ?? before(host, asset))?.id ?? null;
  };

  /** Copied machines share a hardware address: then the address decides, or nothing does. */
  function deviceByMac(host: FoundHost): KnownDevice | undefined {
    const devicesOfMac = host.mac === null ? [] : (byMac.get(host.mac) ?? []);
    return devicesOfMac.length === 1
      ? devicesOfMac[0]
      : devicesOfMac.find((device) => device.ip === host.ip);
  }

  function before(host: FoundHost, asset: KnownAsset | undefined): KnownDevice | undefined {
    if (!asset || asset.deviceId === null) return undefined;
    const isOther = host.mac !== null && asset.mac !== null && host.mac !== asset.mac;
    return isOther ? undefined : byId.get(asset.deviceId);
  }
}

function isNamed(host: FoundHost, hostname: string): boolean {
  return host.names.some((name) => shortName(name) === shortName(hostname));
}

/** The first label of a name: `Printer.local` and `PRINTER` are one. */
function shortName(name: string): string {
  return (name.split('.')[0] ?? '').toLowerCase();
}

function indexBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const index = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const list = index.get(key);
      if (list) list.push(item);
      else index.set(key, [item]);
    }
  }
  return index;
}
