import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

const NAME = 'agent-settings-basis';

/** What the link keeps for itself: what all settings rest on. Runs with sign-in's rights. */
export function linkRepository(tx: Transaction) {
  return {
    /** Locks it, so that several controllers that start together agree. */
    findBasis: async (): Promise<string | undefined> => {
      await tx.run(sql`select pg_advisory_xact_lock(hashtext(${NAME}))`);
      const row = await tx.row(
        sql<{ value: string }>`select value from platform_setting where name = ${NAME}`,
      );
      return row?.value;
    },
    saveBasis: (digest: string) =>
      tx.run(sql`insert into platform_setting (name, value) values (${NAME}, ${JSON.stringify(digest)}::jsonb)
        on conflict (name) do update set value = excluded.value, changed_at = now()`),
  };
}
