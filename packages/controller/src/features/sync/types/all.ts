import { DEVICES } from './devices.ts';
import { PROTECTION } from './protection.ts';
import { TENANCY } from './tenancy.ts';
import type { SyncType } from './type.ts';

/** Every table that syncs: parents before what refers to them. */
export const SYNC_TYPES: readonly SyncType[] = [...TENANCY, ...DEVICES, ...PROTECTION];
