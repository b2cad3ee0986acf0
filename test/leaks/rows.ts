import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

/** A node of the scope tree as the database has it. */
export interface Node {
  /** Names joined by slashes, as the oracle tells it. */
  readonly place: string;
  readonly kind: 'tenant' | 'organization' | 'group';
  readonly id: string;
  readonly scope: string;
  readonly tenantId: string;
  /** Null at a tenant. */
  readonly organizationId: string | null;
  readonly groupId: string | null;
}

let made = 0;

/** An id in our form, and a number that tells things of one test apart. */
export function next(): { readonly id: string; readonly number: number } {
  made += 1;
  return { id: randomUUID(), number: made };
}

export async function insert(client: Client, table: string, row: object): Promise<void> {
  const columns = Object.keys(row);
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(
    `insert into ${table} (${columns.join(', ')}) values (${places.join(', ')})`,
    Object.values(row),
  );
}

export const AT = new Date('2026-01-01T00:00:00Z');
/** Far enough away that no worker ends, sweeps or expires anything while a test looks. */
export const LATER = new Date('2036-01-01T00:00:00Z');
