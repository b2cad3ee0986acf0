/**
 * The account of a grid at rest: whether the databases of all controllers say the same of what they
 * share, and hold nothing else.
 */
import type { ChainWorld, ControllerName } from './chain-world.ts';

export const LOCALS = ['north', 'annex', 'south'] as const;
export type LocalName = (typeof LOCALS)[number];

/** What everybody who sees a row has to agree on: rows by their id, each with what people see of it. */
const SHARED = [
  `select 'organization ' || id as id, name || ' ' || scope::text as said, scope::text as scope from organization`,
  `select 'group ' || id, name || ' ' || scope::text, scope::text from device_group`,
  `select 'device ' || id, concat_ws(' ', name, hostname, state, scope::text, group_id), scope::text from device`,
  `select 'policy ' || id, concat_ws(' ', name, version, fields::text, locks::text), scope::text from policy`,
  `select 'account ' || id, concat_ws(' ', email, name, scope::text), scope::text from account`,
  `select 'job ' || id, concat_ws(' ', kind, state), scope::text from job`,
  `select 'network ' || id, concat_ws(' ', cidr::text, state), scope::text from discovery_network`,
  `select 'asset ' || id, concat_ws(' ', ip::text, name, is_stale, is_ignored), scope::text from discovery_asset`,
  `select 'finding ' || id, concat_ws(' ', rule, state, subject), scope::text from finding`,
].join(' union all ');

interface Row {
  readonly id: string;
  readonly said: string;
  readonly scope: string;
}

async function rowsOf(world: ChainWorld, name: ControllerName): Promise<readonly Row[]> {
  const rows = await world.query(name, `select id, said, scope from (${SHARED}) s order by 1`);
  return rows.map(({ id, said, scope }) => ({
    id: String(id),
    said: String(said),
    scope: String(scope),
  }));
}

/** What a local controller says otherwise than the cloud of its own scope, in words. */
export async function differences(
  world: ChainWorld,
  scopes: Readonly<Record<LocalName, string>>,
): Promise<readonly string[]> {
  const above = await rowsOf(world, 'cloud');
  const found: string[] = [];
  for (const name of LOCALS) {
    const within = ({ scope }: Row): boolean =>
      scope === scopes[name] || scope.startsWith(`${scopes[name]}.`);
    const there = new Map((await rowsOf(world, name)).filter(within).map((row) => [row.id, row]));
    for (const row of above.filter(within)) {
      const said = there.get(row.id)?.said;
      if (said !== row.said) found.push(`${name}: ${row.id}: '${said}', not '${row.said}'`);
      there.delete(row.id);
    }
    found.push(...[...there.values()].map((row) => `${name} alone: ${row.id} '${row.said}'`));
  }
  return found;
}
