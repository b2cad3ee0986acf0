import { sql } from 'kysely';
import { Severity, type DeviceStatus } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';

/** How many there are of each kind; kinds of which there are none are absent. */
export type Tally<Kind extends string> = ReadonlyMap<Kind, number>;

export type AssetStateName = 'managed' | 'unmanaged' | 'stale' | 'ignored';

/** What there is of what the transaction may see. */
export function overviewRepository(tx: Transaction) {
  return {
    devices: async (): Promise<Tally<DeviceStatus>> =>
      tallyOf(
        await tx.rows(sql<{ kind: DeviceStatus; count: number }>`
          select p.status as kind, count(*) as count from device d join device_presence p on p.device_id = d.id
          where d.state = 'active' and ${tx.visible('d')} and ${tx.visible('p')} group by 1`),
      ),
    assets: async (): Promise<Tally<AssetStateName>> =>
      tallyOf(
        await tx.rows(sql<{ kind: AssetStateName; count: number }>`
          select case when a.is_ignored then 'ignored' when a.device_id is not null then 'managed'
            when a.is_stale then 'stale' else 'unmanaged' end as kind, count(*) as count
          from discovery_asset a where ${tx.visible('a')} group by 1`),
      ),
    findings: async (): Promise<Tally<Severity>> => {
      const rows = await tx.rows(sql<{ rank: number; count: number }>`
        select f.severity as rank, count(*) as count from finding f where f.state = 'open' and ${tx.visible('f')} group by 1`);
      return tallyOf(
        rows.map(({ rank, count }) => ({ kind: Severity.options[rank] ?? 'info', count })),
      );
    },
    openIncidents: (): Promise<number> =>
      countOf(
        tx,
        sql<Count>`select count(*) as count from incident i where i.state <> 'closed' and ${tx.visible('i')}`,
      ),
    runningJobs: (): Promise<number> =>
      countOf(
        tx,
        sql<Count>`select count(*) as count from job j where j.finished_at is null and j.state = 'running' and ${tx.visible('j')}`,
      ),
    graceDevices: (): Promise<number> =>
      countOf(
        tx,
        sql<Count>`select count(*) as count from device d where d.is_grace and d.state = 'active' and ${tx.visible('d')}`,
      ),
    tenants: (): Promise<number> =>
      countOf(tx, sql<Count>`select count(*) as count from tenant t where ${tx.visible('t')}`),
    organizations: (): Promise<number> =>
      countOf(
        tx,
        sql<Count>`select count(*) as count from organization o where ${tx.visible('o')}`,
      ),
    database: async (): Promise<{ readonly version: string; readonly bytes: number }> => {
      const row = await tx.row(
        sql<{
          version: string;
          bytes: number;
        }>`select current_setting('server_version') as version, pg_database_size(current_database()) as bytes`,
      );
      return row ?? { version: '', bytes: 0 };
    },
  };
}

interface Count {
  readonly count: number;
}

async function countOf(
  tx: Transaction,
  statement: Parameters<typeof tx.row<Count>>[0],
): Promise<number> {
  return (await tx.row(statement))?.count ?? 0;
}

function tallyOf<Kind extends string>(
  rows: readonly { readonly kind: Kind; readonly count: number }[],
): Tally<Kind> {
  return new Map(rows.map(({ kind, count }) => [kind, count]));
}
