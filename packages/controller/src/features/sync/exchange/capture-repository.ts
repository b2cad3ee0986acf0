import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** The triggers that capture what syncs. */
export function captureRepository(tx: Transaction) {
  return {
    /** Makes them when they are not there; before the first tenant syncs there are none. */
    begin: () => tx.rows(sql`select sync_begin_capture()`),
  };
}
