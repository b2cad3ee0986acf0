import { hash } from 'node:crypto';
import { encodeHex } from '@wardgrid/base';
import type { Registry, ReplicaTools } from '@wardgrid/sync';
import { systemRandom } from '@wardgrid/base/system';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import type { Announcer } from './changes.ts';
import type { SyncDeps, SyncTopology } from './deps.ts';
import { tenantRepository, type TenantState } from './store/tenant-repository.ts';

/** Where a test may let the process die: everything since the last commit must be gone then. */
export type SyncPoint = 'sync:after-decide' | 'sync:before-commit' | 'sync:page-applied';

/** Most ops, entries and rows of one message, and about how many bytes they may take. */
export interface SyncLimits {
  readonly ops: number;
  readonly rows: number;
  readonly bytes: number;
  /** Numbers of references that are lent at once. */
  readonly numbers: number;
}

/** What all halves of the engine share. */
export interface Parts {
  readonly platform: Pick<Platform, 'clock' | 'database' | 'log' | 'newId'>;
  readonly deps: SyncDeps;
  readonly announcer: Announcer;
  readonly tools: ReplicaTools;
  readonly limits: SyncLimits;
  readonly reached: (point: SyncPoint) => void;
}

/** A tenant under its lock, with the tree of its controllers. */
export interface Held {
  readonly state: TenantState;
  readonly topology: SyncTopology;
}

/** Takes a tenant's lock. @throws ControllerError when the tenant does not sync here. */
export async function hold(tx: Transaction, parts: Parts, tenantId: string): Promise<Held> {
  const state = await tenantRepository(tx).lock(tenantId);
  if (!state) throw new ControllerError('not-found', 'this tenant does not sync here');
  return { state, topology: await parts.deps.topologyOf(tx, tenantId) };
}

/** By what deciding knows who may do what. */
export function authorityOf(topology: SyncTopology) {
  const { layerOf, isRevoked, scopeRootOf } = topology;
  return { topology, layerOf, isRevoked, homeOf: scopeRootOf };
}

/** Types of rows that are seen below their home, too. */
export function inheritedTypes(registry: Registry): string[] {
  return Object.entries(registry).flatMap(([type, { isInherited }]) => (isInherited ? [type] : []));
}

/** 64 random bits: a number that is counted would come back with an old database. */
const INCARNATION_BYTES = 8;

export function systemTools({ clock, newId }: Pick<Platform, 'clock' | 'newId'>): ReplicaTools {
  return {
    wallMs: () => clock.now(),
    newId,
    newIncarnation: () => encodeHex(systemRandom.bytes(INCARNATION_BYTES)),
    sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  };
}
