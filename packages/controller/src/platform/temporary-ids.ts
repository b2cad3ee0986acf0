import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { ControllerError } from './error.ts';

/*
 * Ids of clients that cannot mint UUIDs (an import, a script): `Temporary-Id: tmp:…` names what a POST
 * makes, and from then on the account that did so may say `tmp:…` wherever an id is asked for in a path
 * or a body. Each is replaced by the lasting id before anything reads it, so that no row ever holds one,
 * with the cloud away too: a controller mints lasting ids itself (sync.md section 4.5).
 */

/** What an account's temporary ids stand for. */
export interface TemporaryIds {
  /** Path and body with lasting ids. @throws ControllerError `temporary-id-unknown`. */
  readonly resolve: (request: FastifyRequest, accountId: string) => Promise<Addressed>;
  /** @throws ControllerError `temporary-id-taken` where the account used it for something before. */
  readonly requireFree: (accountId: string, given: string) => Promise<void>;
  readonly keep: (accountId: string, given: string, id: string) => Promise<void>;
}

/** What a request is about. */
export interface Addressed {
  readonly params: unknown;
  readonly body: unknown;
}

const TEMPORARY_ID = /^tmp:[A-Za-z0-9._-]{1,100}$/;
/** Names under which ids stand in paths and bodies. */
const ID_NAME = /^ids?$|Ids?$/;
/** How deep ids lie at the most: no body of the contract is deeper, and a hostile one is no matter. */
const DEPTH_MAX = 8;
/** The newest that are kept for an account. */
const KEPT_MAX = 10_000;

/** The temporary id that a request gives to what it makes. @throws ControllerError `invalid-parameters`. */
export function temporaryIdOf(request: FastifyRequest, mayMake: boolean): string | undefined {
  const given = request.headers['temporary-id'];
  if (given === undefined) return undefined;
  if (typeof given !== 'string' || !TEMPORARY_ID.test(given)) {
    const form = "'tmp:' and 1 to 100 letters, digits, dots, dashes or underscores";
    throw new ControllerError('invalid-parameters', `Temporary-Id must be ${form}`);
  }
  if (!mayMake) {
    throw new ControllerError('invalid-parameters', 'Temporary-Id: this makes nothing with an id');
  }
  return given;
}

export function createTemporaryIds(database: Database): TemporaryIds {
  const known = (
    accountId: string,
    given: readonly string[],
  ): Promise<ReadonlyMap<string, string>> =>
    database.transact({ kind: 'auth' }, async (tx) => {
      const rows = await tx.rows(
        sql<{ given: string; id: string }>`select given, id from temporary_id
          where account_id = ${accountId} and given = any(${given})`,
      );
      return new Map(rows.map((row) => [row.given, row.id]));
    });
  return {
    async resolve({ params, body }, accountId) {
      const named = new Set<string>();
      const note = (given: string): string => (named.add(given), given);
      rewrite(params, note);
      rewrite(body, note);
      if (named.size === 0) return { params, body };
      const ids = await known(accountId, [...named]);
      const lasting = (given: string): string => {
        const id = ids.get(given);
        if (id !== undefined) return id;
        throw new ControllerError('temporary-id-unknown', `nothing was made as '${given}'`);
      };
      return { params: rewrite(params, lasting), body: rewrite(body, lasting) };
    },
    async requireFree(accountId, given) {
      const id = (await known(accountId, [given])).get(given);
      if (id === undefined) return;
      throw new ControllerError('temporary-id-taken', `'${given}' is ${id} already`);
    },
    keep: (accountId, given, id) =>
      database.transact({ kind: 'auth' }, async (tx) => {
        await tx.run(sql`insert into temporary_id (account_id, given, id)
          values (${accountId}, ${given}, ${id}) on conflict do nothing`);
        await tx.run(sql`delete from temporary_id where account_id = ${accountId} and made_at <
          (select made_at from temporary_id where account_id = ${accountId}
            order by made_at desc offset ${KEPT_MAX - 1} limit 1)`);
      }),
  };
}

/** A copy of a value in which each temporary id at the place of an id is another text. */
function rewrite(
  value: unknown,
  other: (given: string) => string,
  { name, depth }: { readonly name: string; readonly depth: number } = { name: '', depth: 0 },
): unknown {
  if (typeof value === 'string') {
    return ID_NAME.test(name) && TEMPORARY_ID.test(value) ? other(value) : value;
  }
  if (typeof value !== 'object' || value === null || depth === DEPTH_MAX) return value;
  const inside = (item: unknown, key: string): unknown =>
    rewrite(item, other, { name: key, depth: depth + 1 });
  if (Array.isArray(value)) return value.map((item: unknown) => inside(item, name));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inside(item, key)]));
}
