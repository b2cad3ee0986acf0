import type { InventoryBody, InventorySection } from '@wardgrid/wire';

/** The body of each section, as it goes over the wire. */
export type BodyOf<S extends InventorySection> = Extract<InventoryBody, { section: S }>;

type RowOf<
  S extends InventorySection,
  List extends keyof BodyOf<S>,
> = BodyOf<S>[List] extends readonly (infer Row)[] ? Readonly<Row> : never;

/** A disk the machine can see. */
export type DiskRow = RowOf<'hardware', 'disks'>;
/** A mounted local file system. */
export type FilesystemRow = RowOf<'hardware', 'filesystems'>;
/** A network interface. */
export type NetworkInterfaceRow = RowOf<'network', 'interfaces'>;
/** A socket that waits for others. */
export type ListenerRow = RowOf<'network', 'listeners'>;
/** A local account. */
export type AccountRow = RowOf<'users', 'accounts'>;
/** Someone who is signed in. */
export type SessionRow = RowOf<'users', 'sessions'>;
/** An installed package. */
export type PackageRow = RowOf<'software', 'packages'>;
/** A background service. */
export type ServiceRow = RowOf<'services', 'services'>;

/** A running process. */
export type ProcessRow = RowOf<'processes', 'processes'>;

/** The sections that are reported by themselves, cheap ones first; `processes` always differs. */
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
  readonly [S in InventorySection]: (signal: AbortSignal) => Promise<BodyOf<S>>;
};
