import { sql, type RawBuilder } from 'kysely';
import { rulesOf, type Alias, type Registry, type Row } from '@wardgrid/sync';
import type { Transaction } from '../../../platform/database.ts';
import { firstWithin } from './bounds.ts';
import {
  bigintColumn,
  booleanColumn,
  jsonColumn,
  listText,
  textColumn,
} from './columns-repository.ts';
import { fieldsText, unpackFields, type PackedFields } from './packed.ts';
import type { TrackedMap } from './tracked-map.ts';

interface StoredRow {
  readonly id: string;
  readonly type: string;
  readonly home: string;
  readonly g: number;
  readonly ref: string | null;
  readonly isDeleted: boolean;
  readonly fields: PackedFields;
}

/** Whose rows are read, and what of them: what a controller that serves `root` may see. */
export interface Sight {
  /** Undefined: everything. */
  readonly root: string | undefined;
  readonly inheritedTypes: readonly string[];
}

const ROW = sql`r.row_id as id, r.type, r.scope::text as home, r.g, r.ref, r.is_deleted as "isDeleted", r.fields`;

/** Rows that a sight covers: below its root, or of an inherited type on the way to it. */
export function inSight(alias: string, { root, inheritedTypes }: Sight): RawBuilder<boolean> {
  if (root === undefined) return sql<boolean>`true`;
  const scope = sql.ref(`${alias}.scope`);
  const type = sql.ref(`${alias}.type`);
  return sql<boolean>`(${scope} <@ ${root}::ltree or (${type} = any (${inheritedTypes}::text[]) and ${scope} = any (${waysTo(root)}::ltree[])))`;
}

/** A path and all paths above it. */
function waysTo(path: string): string[] {
  const labels = path === '' ? [] : path.split('.');
  return ['', ...labels.map((_, index) => labels.slice(0, index + 1).join('.'))];
}

/** Decided rows and replaced ids of one tenant. */
export function rowRepository(tx: Transaction, tenantId: string) {
  return {
    ...rowReads(tx, tenantId),
    ...rowPages(tx, tenantId),
    ...rowUpgrades(tx, tenantId),
    ...rowKeeping(tx, tenantId),
  };
}

function rowReads(tx: Transaction, tenantId: string) {
  return {
    byIds: async (ids: readonly string[]): Promise<Row[]> => {
      if (ids.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredRow>`select ${ROW} from unnest(${textColumn(ids)}) as wanted (id)
          join sync_row r on r.tenant_id = ${tenantId} and r.row_id = wanted.id`,
        'sync rows by id',
      );
      return rows.map((row) => rowOf(row));
    },
    /** Which of these came with a later snapshot than that. */
    arrivedSince: async (ids: readonly string[], snapshotNumber: number): Promise<string[]> => {
      const rows = await tx.rows(sql<{ id: string }>`select r.row_id as id from sync_row r
        where r.tenant_id = ${tenantId} and r.row_id = any (${textColumn(ids)}) and r.snapshot_number > ${snapshotNumber}`);
      return rows.map(({ id }) => id);
    },
    /** Where rows lie. */
    placesOf: async (ids: readonly string[]): Promise<Map<string, string>> => {
      const rows = await tx.rows(
        sql<{ id: string; home: string }>`select r.row_id as id, r.scope::text as home
          from sync_row r where r.tenant_id = ${tenantId} and r.row_id = any (${textColumn(ids)})`,
        'sync row places',
      );
      return new Map(rows.map(({ id, home }) => [id, home]));
    },
    /** Live rows with these natural keys; the first of each by id. */
    byKeys: async (keys: readonly (readonly [type: string, key: string])[]): Promise<Row[]> => {
      if (keys.length === 0) return [];
      const rows = await tx.rows(
        sql<StoredRow>`select ${ROW}
          from unnest(${textColumn(keys.map(([type]) => type))}, ${textColumn(keys.map(([, key]) => key))}) as wanted (type, key)
          join sync_row r on r.tenant_id = ${tenantId} and r.type = wanted.type and r.natural_key = wanted.key
            and not r.is_deleted
          order by r.row_id`,
        'sync rows by key',
      );
      return rows.map((row) => rowOf(row));
    },
    /** Live rows whose fields name one of these ids. */
    referringTo: async (ids: readonly string[]): Promise<Row[]> => {
      if (ids.length === 0) return [];
      const rows = await tx.rows(sql<StoredRow>`select ${ROW} from sync_row r
        where r.tenant_id = ${tenantId} and r.refers_to && ${textColumn(ids)} and not r.is_deleted order by r.row_id`);
      return rows.map((row) => rowOf(row));
    },
  };
}

function rowPages(tx: Transaction, tenantId: string) {
  return {
    /** Rows in sight behind an id, in the order of ids; and how many of them one message takes. */
    page: async (given: {
      readonly sight: Sight;
      readonly after: string | null;
      readonly limit: number;
      readonly bytesMax: number;
    }): Promise<{ readonly rows: Row[]; readonly fitting: number }> => {
      const rows = await tx.rows(
        sql<Omit<StoredRow, 'fields'> & { readonly text: string }>`select r.row_id as id, r.type,
            r.scope::text as home, r.g, r.ref, r.is_deleted as "isDeleted", r.fields::text as text from sync_row r
          where r.tenant_id = ${tenantId} and r.row_id > ${given.after ?? ''} and ${inSight('r', given.sight)}
          order by r.row_id limit ${given.limit}`,
        given.sight.root === undefined ? 'sync rows page' : 'sync rows page in sight',
      );
      const fitting = firstWithin(rows, {
        bytesMax: given.bytesMax,
        sizeOf: ({ text }) => text.length,
      });
      const found = rows.map(({ text, ...row }) =>
        rowOf({ ...row, fields: JSON.parse(text) as PackedFields }),
      );
      return { rows: found, fitting: Math.min(fitting.length, given.limit - 1) };
    },
    /** Writes rows whose ids nobody has, and rows in the place of others of the same ids. */
    write: async (
      rows: Pick<TrackedMap<Row>, 'made' | 'replaced'>,
      given: { readonly registry: Registry; readonly snapshotNumber: number },
    ): Promise<void> => {
      const write = async (some: readonly Row[], conflict: RawBuilder<unknown>, name: string) => {
        if (some.length === 0) return;
        await tx.run(
          sql`insert into sync_row (tenant_id, row_id, type, scope, ref, fields, natural_key, refers_to, g, is_deleted, snapshot_number)
            select ${tenantId}::uuid, id, type, home::ltree, ref, fields::json, key, refers::text[], g, deleted,
              ${given.snapshotNumber}::bigint
            from ${recordset(some, given.registry)} ${conflict}`,
          name,
        );
      };
      await write(rows.made(), sql``, 'sync rows insert');
      await write(
        rows.replaced(),
        sql`on conflict (tenant_id, row_id) do update set type = excluded.type, scope = excluded.scope, g = excluded.g,
          ref = excluded.ref, is_deleted = excluded.is_deleted, fields = excluded.fields,
          natural_key = excluded.natural_key, refers_to = excluded.refers_to,
          snapshot_number = excluded.snapshot_number`,
        'sync rows replace',
      );
    },
    remove: (ids: readonly string[]): Promise<number> =>
      tx.run(
        sql`delete from sync_row where tenant_id = ${tenantId} and row_id = any (${textColumn(ids)})`,
      ),
    /** Notes that rows came with a snapshot, also those that were here. */
    markSeen: (ids: readonly string[], snapshotNumber: number): Promise<number> =>
      tx.run(
        sql`update sync_row set snapshot_number = ${snapshotNumber}
          where tenant_id = ${tenantId} and row_id = any (${textColumn(ids)}) and snapshot_number <> ${snapshotNumber}`,
        'sync rows seen',
      ),
  };
}

function rowUpgrades(tx: Transaction, tenantId: string) {
  return {
    /** Live rows of a type behind an id, and ids of which there are only undecided changes. */
    ofType: async (
      type: string,
      given: { readonly after: string; readonly limit: number },
    ): Promise<{ readonly ids: readonly string[]; readonly rows: readonly Row[] }> => {
      const ids = await tx.rows(sql<{ id: string }>`select row_id as id from sync_row
          where tenant_id = ${tenantId} and type = ${type} and row_id > ${given.after} and not is_deleted
        union select row_id from sync_op
          where tenant_id = ${tenantId} and type = ${type} and row_id > ${given.after} and kind <> 'archive'
        order by 1 limit ${given.limit}`);
      const found = ids.map(({ id }) => id);
      const rows = await rowReads(tx, tenantId).byIds(found);
      return { ids: found, rows };
    },
    /** By what rows are found, by rules that were not known when they were written. */
    reindex: async (rows: readonly Row[], registry: Registry): Promise<void> => {
      if (rows.length === 0) return;
      await tx.run(sql`update sync_row r set natural_key = x.key, refers_to = x.refers::text[]
        from ${recordset(rows, registry)} where r.tenant_id = ${tenantId} and r.row_id = x.id`);
    },
  };
}

function rowKeeping(tx: Transaction, tenantId: string) {
  return {
    /** Rows that did not come with a snapshot that is whole, some at a time. */
    removeUnseen: async (snapshotNumber: number, limit: number): Promise<Row[]> => {
      const rows = await tx.rows(sql<StoredRow>`delete from sync_row r where r.ctid = any (array(
          select u.ctid from sync_row u where u.tenant_id = ${tenantId} and u.snapshot_number <> ${snapshotNumber}
          limit ${limit})) returning ${ROW}`);
      return rows.map((row) => rowOf(row));
    },
    /** Deleted rows up to a decision: whoever still has them takes a snapshot. */
    forgetDeleted: (floor: number): Promise<number> =>
      tx.run(
        sql`delete from sync_row where tenant_id = ${tenantId} and is_deleted and g <= ${floor}`,
      ),
    /** What ids became. */
    aliasesFrom: (ids: readonly string[]): Promise<Alias[]> =>
      ids.length === 0
        ? Promise.resolve([])
        : tx.rows(
            sql<Alias>`select from_id as from, to_id as to, scope::text as home from sync_alias
              where tenant_id = ${tenantId} and from_id = any (${textColumn(ids)})`,
            'sync aliases from',
          ),
    /** What ids became, and what became these. */
    aliasesOf: (ids: readonly string[]): Promise<Alias[]> =>
      tx.rows(
        sql<Alias>`select from_id as from, to_id as to, scope::text as home from sync_alias
          where tenant_id = ${tenantId} and (from_id = any (${textColumn(ids)}) or to_id = any (${textColumn(ids)}))`,
        'sync aliases',
      ),
    aliases: (): Promise<Alias[]> =>
      tx.rows(sql<Alias>`select from_id as from, to_id as to, scope::text as home from sync_alias
        where tenant_id = ${tenantId} order by from_id`),
    writeAliases: async (aliases: readonly Alias[], g: number): Promise<void> => {
      if (aliases.length === 0) return;
      await tx.run(sql`insert into sync_alias (tenant_id, from_id, to_id, scope, g)
        select ${tenantId}::uuid, x."from", x."to", x.home::ltree, ${g}
        from json_to_recordset(${JSON.stringify(aliases)}::json) as x ("from" text, "to" text, home text)
        on conflict (tenant_id, from_id) do update set to_id = excluded.to_id, scope = excluded.scope, g = excluded.g`);
    },
    clearAliases: (): Promise<number> =>
      tx.run(sql`delete from sync_alias where tenant_id = ${tenantId}`),
  };
}

function rowOf({ fields, ...row }: StoredRow): Row {
  return { ...row, fields: unpackFields(fields) };
}

/** Rows as a table of a statement. */
function recordset(rows: readonly Row[], registry: Registry): RawBuilder<unknown> {
  const texts = [
    rows.map(({ id }) => id),
    rows.map(({ type }) => type),
    rows.map(({ home }) => home),
    rows.map(({ ref }) => ref),
    rows.map((row) => keyOf(row, registry)),
    rows.map((row) => listText(refersOf(row, registry))),
  ].map((column) => textColumn(column));
  const fields = jsonColumn(rows.map((row) => fieldsText(row.fields)));
  const numbers = bigintColumn(rows.map(({ g }) => g));
  const deleted = booleanColumn(rows.map(({ isDeleted }) => isDeleted));
  return sql`unnest(${sql.join(texts)}, ${fields}, ${numbers}, ${deleted})
    as x (id, type, home, ref, key, refers, fields, g, deleted)`;
}

function keyOf({ type, fields }: Row, registry: Registry): string | null {
  const name = rulesOf(registry, type)?.naturalKey;
  const value = name === undefined ? undefined : fields[name]?.value;
  return typeof value === 'string' ? value : null;
}

function refersOf({ type, fields }: Row, registry: Registry): readonly string[] | null {
  const ids = Object.entries(rulesOf(registry, type)?.fields ?? {}).flatMap(
    ([name, { refersTo }]) => {
      const value = refersTo === undefined ? undefined : fields[name]?.value;
      return typeof value === 'string' ? [value] : [];
    },
  );
  return ids.length > 0 ? ids : null;
}
