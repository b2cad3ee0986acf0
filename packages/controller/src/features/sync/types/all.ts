import { DEVICES } from './devices.ts';
import { PROTECTION } from './protection.ts';
import { TENANCY } from './tenancy.ts';
import type { SyncType } from './type.ts';

/** Every table that syncs: parents before what refers to them. */
export const SYNC_TYPES: readonly SyncType[] = [...TENANCY, ...DEVICES, ...PROTECTION];

const BY_NAME: ReadonlyMap<string, SyncType> = new Map(SYNC_TYPES.map((type) => [type.name, type]));

/** The declaration of a type; undefined for those of newer controllers. */
export function typeOf(name: string): SyncType | undefined {
  return BY_NAME.get(name);
}
