import { sql, type RawBuilder } from 'kysely';

/** Labels of an organization's scope path: the tenant and itself. */
const ORGANIZATION_LEVELS = 2;

/**
 * Where the networks of a device lie, as a lateral table of `scope` and `group_id`: in the group that
 * the nearest controller above the device serves, else in its organization. Only there may that
 * controller write, and only who stands above it sees them; every controller of the way comes to the
 * same place, whichever hears of the network first. Of two sites on one network each has its own.
 */
export function homeOf(organizationId: string, scope: string): RawBuilder<unknown> {
  const [organization, place] = [sql.ref(organizationId), sql.ref(scope)];
  return sql`(
    select g.scope, g.id as group_id from device_group g
    where g.organization_id = ${organization} and g.scope @> ${place} and exists (select from controller c
      where c.tenant_id = g.tenant_id and c.scope = g.scope and c.certificate is not null and c.revoked_at is null)
    union all select subltree(${place}, 0, ${sql.lit(ORGANIZATION_LEVELS)}), null
    order by 1 desc limit 1)`;
}
