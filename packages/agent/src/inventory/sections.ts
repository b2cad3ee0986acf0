import type { InterfaceKind } from '../network-view/index.ts';

/** What the machine is. */
export interface SystemInventory {
  readonly hostname: string;
  readonly fqdn: string | null;
  readonly osName: string;
  readonly osVersion: string;
  readonly osFamily: 'linux' | 'windows' | 'macos';
  readonly kernel: string;
  /** As Node names it: `x64`, `arm64`. */
  readonly architecture: string;
  /** Changes with every boot. */
  readonly bootId: string;
  /** SHA-256 of the machine's own id under a fixed prefix; the id itself never leaves the device. */
  readonly machineIdHash: string;
  readonly timeZone: string;
  /** The hypervisor or container engine (`kvm`, `vmware`, `docker`), or null on bare metal. */
  readonly virtualization: string | null;
  readonly uptimeSeconds: number;
}

/** A disk the machine can see. */
export interface DiskRow {
  readonly name: string;
  readonly model: string | null;
  readonly sizeBytes: number;
  readonly isRotational: boolean;
  readonly isRemovable: boolean;
}

/** A mounted local file system. */
export interface FilesystemRow {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
}

/** What the machine is made of. */
export interface HardwareInventory {
  readonly vendor: string | null;
  readonly model: string | null;
  readonly serialNumber: string | null;
  readonly biosVersion: string | null;
  readonly cpuModel: string;
  /** Logical processors. */
  readonly cpuCores: number;
  readonly memoryBytes: number;
  readonly disks: readonly DiskRow[];
  readonly filesystems: readonly FilesystemRow[];
  readonly isTruncated: boolean;
}

/** A network interface. */
export interface NetworkInterfaceRow {
  readonly name: string;
  readonly macAddress: string | null;
  readonly mtu: number;
  readonly isUp: boolean;
  readonly kind: InterfaceKind;
  readonly addresses: readonly { readonly ip: string; readonly prefix: number }[];
}

/** A route of the main table. */
export interface NetworkRouteRow {
  readonly destination: string;
  readonly gateway: string | null;
  readonly interfaceName: string;
  readonly metric: number;
}

/** A socket that waits for others. */
export interface ListenerRow {
  readonly transport: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** The name of the process that holds it, when the agent may see it. */
  readonly process: string | null;
  readonly pid: number | null;
}

/** How the machine is connected. */
export interface NetworkInventory {
  readonly interfaces: readonly NetworkInterfaceRow[];
  readonly routes: readonly NetworkRouteRow[];
  readonly dnsServers: readonly string[];
  readonly listeners: readonly ListenerRow[];
  readonly isTruncated: boolean;
}

/** A local account. */
export interface AccountRow {
  readonly name: string;
  readonly uid: number;
  /** Superuser, or a member of a group that may become one. */
  readonly isAdmin: boolean;
  /** Whether its shell lets a person in; says nothing about its password. */
  readonly canLogIn: boolean;
  readonly home: string;
  readonly shell: string;
}

/** Someone who is signed in. */
export interface SessionRow {
  readonly user: string;
  readonly terminal: string | null;
  readonly remoteHost: string | null;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Who can use the machine and who does. */
export interface UsersInventory {
  readonly accounts: readonly AccountRow[];
  readonly sessions: readonly SessionRow[];
  readonly isTruncated: boolean;
}

/** The package system that installed something. */
export type PackageSource = 'dpkg' | 'rpm' | 'apk';

/** An installed package. */
export interface PackageRow {
  readonly name: string;
  readonly version: string;
  readonly source: PackageSource;
  readonly architecture: string | null;
  /** Epoch milliseconds of the last installation or upgrade. */
  readonly installedAt: number | null;
}

/** What is installed. */
export interface SoftwareInventory {
  readonly packages: readonly PackageRow[];
  readonly isTruncated: boolean;
}

/** A background service. */
export interface ServiceRow {
  readonly name: string;
  readonly displayName: string | null;
  readonly state: 'running' | 'stopped' | 'failed' | 'unknown';
  readonly startMode: 'auto' | 'manual' | 'disabled' | 'unknown';
}

/** What runs in the background. */
export interface ServicesInventory {
  readonly services: readonly ServiceRow[];
  readonly isTruncated: boolean;
}

/** The body of each section. */
export interface InventoryBodies {
  readonly system: SystemInventory;
  readonly hardware: HardwareInventory;
  readonly network: NetworkInventory;
  readonly users: UsersInventory;
  readonly software: SoftwareInventory;
  readonly services: ServicesInventory;
}

/** The name of a section. */
export type InventorySection = keyof InventoryBodies;

/** All sections, cheap ones first. */
export const INVENTORY_SECTIONS = [
  'system',
  'hardware',
  'users',
  'network',
  'services',
  'software',
] as const satisfies readonly InventorySection[];

/**
 * How a platform reads each section. A reader never rejects because of what it finds, only when
 * the signal is aborted; what cannot be read is null, empty or `unknown`.
 */
export type InventoryReaders = {
  readonly [S in InventorySection]: (signal: AbortSignal) => Promise<InventoryBodies[S]>;
};
