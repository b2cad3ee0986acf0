import { sql } from 'kysely';
import type { Transaction } from '../../../platform/database.ts';

/** The one row of first-run set-up. */
const NAME = 'setup-token';
/** Any number of ours: one set-up at a time, whoever else tries. */
const LOCK = 7_236_453;

/** What is known of the set-up token. */
export interface SetupToken {
  readonly hash: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

/** The set-up token, with sign-in's rights. */
export function setupRepository(tx: Transaction) {
  return {
    lock: () => tx.run(sql`select pg_advisory_xact_lock(${LOCK})`),
    put: (token: SetupToken) =>
      tx.run(sql`insert into platform_setting (name, value) values (${NAME}, ${JSON.stringify(token)}::jsonb)
        on conflict (name) do update set value = excluded.value, changed_at = now()`),
    find: async (): Promise<SetupToken | undefined> =>
      (
        await tx.row(
          sql<{ value: SetupToken }>`select value from platform_setting where name = ${NAME}`,
        )
      )?.value,
    remove: () => tx.run(sql`delete from platform_setting where name = ${NAME}`),
  };
}
