import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';

/** How agents behave, and the version that grows with every change. */
export interface StoredSettings {
  readonly version: number;
  readonly exchangeIntervalMs: number;
  readonly inventoryIntervalMs: number;
}

const NAME = 'agent-settings';

/** What the link keeps for itself: the agents' settings. Runs with sign-in's rights. */
export function linkRepository(tx: Transaction) {
  return {
    /** Locks the settings, so that several controllers that start together agree. */
    findSettings: async (): Promise<StoredSettings | undefined> => {
      await tx.run(sql`select pg_advisory_xact_lock(hashtext(${NAME}))`);
      const row = await tx.row(
        sql<{ value: StoredSettings }>`select value from platform_setting where name = ${NAME}`,
      );
      return row?.value;
    },
    saveSettings: (settings: StoredSettings) =>
      tx.run(sql`insert into platform_setting (name, value) values (${NAME}, ${JSON.stringify(settings)}::jsonb)
        on conflict (name) do update set value = excluded.value, changed_at = now()`),
  };
}
