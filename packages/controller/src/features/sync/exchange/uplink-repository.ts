import { sql } from 'kysely';
import * as z from 'zod';
import type { Transaction } from '../../../platform/database.ts';

/** What a controller remembers of its talk with those above, over a restart. */
export const UplinkMemory = z.object({
  clockOffsetMs: z.number().nullable(),
  clockMeasuredAt: z.number().nullable(),
  lastUpAt: z.number().nullable(),
  lastDownAt: z.number().nullable(),
});
export type UplinkMemory = z.infer<typeof UplinkMemory>;

const NAME = 'uplink';

/** The memory of the uplink, with sign-in's rights: settings are nobody else's. */
export function uplinkRepository(tx: Transaction) {
  return {
    async find(): Promise<UplinkMemory | undefined> {
      const row = await tx.row(
        sql<{ value: unknown }>`select value from platform_setting where name = ${NAME}`,
      );
      return row && UplinkMemory.parse(row.value);
    },
    save: (memory: UplinkMemory) =>
      tx.run(sql`insert into platform_setting (name, value)
        values (${NAME}, ${JSON.stringify(memory)}::jsonb)
        on conflict (name) do update set value = excluded.value, changed_at = now()`),
  };
}
