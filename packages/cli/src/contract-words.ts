import type { AccountKind, InventorySection, JobKind, Reach, RoleName } from '@wardgrid/wire';

/* Words of the contract that help and completion show without loading it. `contract-words.test.ts`
   holds them equal to the contract's. */

/** The sections of an inventory. */
export const INVENTORY_SECTIONS = [
  'system',
  'hardware',
  'network',
  'users',
  'software',
  'services',
  'processes',
] as const satisfies readonly InventorySection[];

/** What jobs do. */
export const JOB_KINDS = [
  'discovery',
  'port-scan',
  'inventory',
  'malware-scan',
  'quarantine',
  'restore',
  'purge',
  'kill',
] as const satisfies readonly JobKind[];

/** The roles that an account may hold. */
export const ROLES = [
  'owner',
  'operator',
  'analyst',
  'technician',
  'auditor',
  'client-viewer',
] as const satisfies readonly RoleName[];

/** The kinds of account. */
export const ACCOUNT_KINDS = ['admin', 'user'] as const satisfies readonly AccountKind[];

/** How far below its scope an account sees. */
export const REACHES = ['direct', 'subtree'] as const satisfies readonly Reach[];

/** The engines of a scan. */
export const SCAN_ENGINES = ['auto', 'nmap'] as const;
