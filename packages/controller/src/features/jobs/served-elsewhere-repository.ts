import { sql } from 'kysely';

/**
 * Whether the device of a job `j` was last seen by another controller: that one hands over its orders,
 * and says what became of them.
 */
export const SERVED_ELSEWHERE = sql<boolean>`exists (select from device_presence p where p.device_id = j.device_id
  and p.heard_at >= coalesce(p.last_seen_at, p.heard_at))`;
