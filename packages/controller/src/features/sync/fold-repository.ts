import { sql } from 'kysely';
import type { Transaction } from '../../platform/database.ts';
import { recordset, type TypedRecord } from './typed-repository.ts';
import type { Fold, SyncType } from './types/index.ts';

/** Children that travel as a field of their parent. */
export function foldRepository(tx: Transaction) {
  return {
    /** Makes the children of a parent these and no others. */
    async replace(
      type: SyncType,
      fold: Fold,
      parents: readonly { readonly id: string; readonly items: readonly TypedRecord[] }[],
    ): Promise<void> {
      const records = parents.flatMap(({ id, items }) =>
        items.map((item) => ({ ...item, [fold.parent]: id })),
      );
      const key = [fold.parent, ...fold.key];
      const same = sql.join(
        key.map((name) => sql`${sql.ref(`r.${name}`)} = ${sql.ref(`c.${name}`)}`),
        sql` and `,
      );
      await tx.run(sql`delete from ${sql.table(fold.table)} c
        where ${sql.ref(`c.${fold.parent}`)} = any (${parents.map(({ id }) => id)}::uuid[])
          and not exists (select from ${recordset(fold.table, records)} where ${same})`);
      if (records.length > 0) await insertChildren(tx, type, { fold, key, records });
    },
  };
}

async function insertChildren(
  tx: Transaction,
  type: SyncType,
  {
    fold,
    key,
    records,
  }: {
    readonly fold: Fold;
    readonly key: readonly string[];
    readonly records: readonly TypedRecord[];
  },
): Promise<void> {
  const told = [...fold.columns, ...(fold.teller === undefined ? [] : [fold.teller])];
  const columns = [...key, ...told];
  const names = [...columns, ...fold.filled].map((name) => sql.ref(name));
  const values = [
    ...columns.map((name) => sql`${sql.ref(`r.${name}`)}`),
    ...fold.filled.map((name) => sql`${sql.ref(`p.${name}`)}`),
  ];
  const set = told.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`);
  await tx.run(sql`insert into ${sql.table(fold.table)} (${sql.join(names)})
    select ${sql.join(values)} from ${recordset(fold.table, records)}
    join ${sql.table(type.name)} p on p.id = ${sql.ref(`r.${fold.parent}`)}
    on conflict (${sql.join(key.map((name) => sql.ref(name)))}) do ${
      set.length === 0 ? sql`nothing` : sql`update set ${sql.join(set)}`
    }`);
}
