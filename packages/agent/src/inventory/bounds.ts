import { boundedText, visibleText } from '@wardgrid/base';

/** The longest name of a host, account, service, package, interface or device that is reported. */
export const NAME_LENGTH_MAX = 255;
/** The longest path, version or description; `PATH_MAX` is 4,096 but no reader needs more than this. */
export const TEXT_LENGTH_MAX = 1_024;

/** Interfaces reported; a container host has hundreds. */
export const INTERFACES_MAX = 512;
/** Addresses reported an interface. */
export const ADDRESSES_MAX = 64;
/** Routes reported; a router with a full table has a million. */
export const ROUTES_MAX = 1_000;
/** Name servers reported; the resolver itself uses three. */
export const DNS_SERVERS_MAX = 16;
/** Listening sockets reported; more of them are a proxy's or an attack. */
export const LISTENERS_MAX = 2_000;
/** Local accounts reported; directories hold more, but not as local ones. */
export const ACCOUNTS_MAX = 5_000;
/** Sessions reported; a terminal server has hundreds. */
export const SESSIONS_MAX = 500;
/** Packages reported; a full desktop has some 5,000. */
export const PACKAGES_MAX = 20_000;
/** Services reported; a server has some 300. */
export const SERVICES_MAX = 2_000;
/** Bytes of JSON that all processes together may take: half of what one exchange carries. */
export const PROCESSES_BYTES_MAX = 2 * 1024 * 1024;
/** Disks reported; a storage shelf has some 100. */
export const DISKS_MAX = 256;
/** File systems reported. */
export const FILESYSTEMS_MAX = 256;

/** The last moment that is believed of a file or record: the year 2200, in epoch milliseconds. */
const EPOCH_MS_MAX = Date.UTC(2200, 0);

/* Names on a device are anybody's: control and direction characters are made visible, because a
   console must not obey them and PostgreSQL stores no zero byte. */

/** A name of the device's choosing, cut to what is reported. */
export function boundedName(text: string): string {
  return boundedText(visibleText(text.slice(0, NAME_LENGTH_MAX)), NAME_LENGTH_MAX);
}

/** A path or description of the device's choosing, cut to what is reported. */
export function boundedDetail(text: string): string {
  return boundedText(visibleText(text.slice(0, TEXT_LENGTH_MAX)), TEXT_LENGTH_MAX);
}

/** A size the device tells, as a whole number that survives JSON; 0 for nonsense. */
export function boundedBytes(sizeBytes: number): number {
  if (!(sizeBytes > 0)) return 0;
  return Math.min(Math.trunc(sizeBytes), Number.MAX_SAFE_INTEGER);
}

/** Epoch milliseconds that the device tells, or null for nonsense. */
export function boundedInstant(epochMs: number): number | null {
  return epochMs >= 0 && epochMs <= EPOCH_MS_MAX ? Math.trunc(epochMs) : null;
}
