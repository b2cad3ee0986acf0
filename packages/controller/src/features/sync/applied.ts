import type { Json } from '@wardgrid/base';
import type { Transaction } from '../../platform/database.ts';
import type { SyncType } from './types/index.ts';

/** What was written into the tables, for whoever must hear of it. */
export interface Applied {
  readonly type: SyncType;
  readonly id: string;
  readonly kind: 'created' | 'changed' | 'removed';
  /** Of what is gone, where it was. */
  readonly scope: string;
  readonly columns: ReadonlySet<string>;
  readonly values: Readonly<Record<string, Json>>;
}

/** What a controller does about what arrived, in the transaction that wrote it. */
export type AppliedHook = (
  tx: Transaction,
  tenantId: string,
  applied: readonly Applied[],
) => Promise<void>;
