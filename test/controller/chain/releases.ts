import { Client } from 'pg';
import { silentLog } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { startController, type Controller } from '@wardgrid/controller';
import {
  captureMigration,
  SYNC_TYPES,
  type SyncType,
} from '@wardgrid/controller/features/sync/types/index';
import { migrate } from '@wardgrid/controller/platform/migrate';
import type { PostgresConnection } from '@wardgrid/controller/platform/postgres/index';
import type { TestController } from '../harness.ts';

/*
 * Two releases beside the one of today, which differ in what syncs: the newer has a field and a type that the
 * older does not know, lacks a field that the older has, and takes a value that the older does not.
 */

/** What one release knows, and how its tables come about on those of today. */
export interface Release {
  readonly types: readonly SyncType[];
  /** Makes a fresh database one of this release. */
  readonly prepare: (connection: PostgresConnection) => Promise<void>;
}

const BEACON: SyncType = {
  name: 'beacon',
  key: ['id'],
  isInherited: true,
  home: 'scope',
  columns: { label: {}, lit_at: {} },
  local: [],
  folds: {},
  uniques: [],
};

const OLDER_TYPES = withGroupColumns(['motto', 'mood']);
const NEWER_TYPES = [...withGroupColumns(['slogan', 'mood']), BEACON];

const ADD_SLOGAN = `alter table device_group add column slogan text not null default '';`;
const MAKE_BEACON = `create table beacon (id uuid primary key, tenant_id uuid not null references tenant,
    scope ltree not null, label text not null, lit_at bigint);
  call protect_table('beacon');`;
const moodsSql = (moods: readonly string[]): string =>
  `alter table device_group drop constraint if exists device_group_mood_check;
  alter table device_group add constraint device_group_mood_check
    check (mood in (${moods.map((mood) => `'${mood}'`).join(', ')}));`;
const ADD_MOOD = `alter table device_group add column mood text not null default 'calm';`;
const NEWER_MOODS = moodsSql(['calm', 'busy', 'wild']);

export const OLDER: Release = releaseOf(
  OLDER_TYPES,
  `alter table device_group add column motto text not null default '';
  ${ADD_MOOD} ${moodsSql(['calm', 'busy'])}`,
);
export const NEWER: Release = releaseOf(
  NEWER_TYPES,
  `${ADD_SLOGAN} ${ADD_MOOD} ${NEWER_MOODS} ${MAKE_BEACON}`,
);

/** Brings an older controller to the newer release: stopped, its tables changed, started on the same database. */
export async function upgradeToNewer({ controller, config }: TestController): Promise<Controller> {
  await controller.close();
  const connectionString = config.database?.reveal() ?? '';
  await runSql(
    { connectionString },
    `alter table device_group drop column motto; ${ADD_SLOGAN} ${NEWER_MOODS} ${MAKE_BEACON}
    ${captureMigration(NEWER_TYPES)}`,
  );
  return startController({
    config: { ...config, token: null },
    clock: systemClock,
    newId: systemNewId,
    log: silentLog,
    syncTypes: NEWER_TYPES,
  });
}

function withGroupColumns(names: readonly string[]): readonly SyncType[] {
  const more = Object.fromEntries(names.map((name) => [name, {}]));
  return SYNC_TYPES.map((type) =>
    type.name === 'device_group' ? { ...type, columns: { ...type.columns, ...more } } : type,
  );
}

function releaseOf(types: readonly SyncType[], sql: string): Release {
  return {
    types,
    async prepare(connection) {
      await migrate(connection, silentLog);
      await runSql(connection, `${sql} ${captureMigration(types)}`);
    },
  };
}

async function runSql(
  connection: PostgresConnection | { readonly connectionString: string },
  sql: string,
): Promise<void> {
  const client = new Client(connection);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
