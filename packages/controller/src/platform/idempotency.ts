import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import type { Context } from './context.ts';
import type { Database } from './database.ts';
import { ControllerError } from './error.ts';
import type { SecretStore } from './secrets.ts';

/** Repeats of a request with the same `Idempotency-Key` get the first answer and change nothing. */
export interface Idempotency {
  readonly once: (
    given: { readonly request: FastifyRequest; readonly context: Context; readonly status: number },
    run: () => Promise<unknown>,
    reply: FastifyReply,
  ) => Promise<unknown>;
}

interface Row {
  readonly fingerprint: string;
  readonly status: number | null;
  readonly body: string | null;
}

/** What a first answer says may be secret (an invitation, a key): it is kept sealed for this purpose. */
const PURPOSE = 'idempotency';
/** How long a repeat gets the first answer. */
const KEPT_FOR = '1 day';
/** After this long, a request that never finished is taken to have died with its controller. */
const ABANDONED_AFTER = '2 minutes';

export function createIdempotency(
  database: Database,
  keeping: { readonly secrets: Pick<SecretStore, 'seal' | 'open'>; readonly key: Uint8Array },
): Idempotency {
  return {
    async once({ request, context, status }, run, reply) {
      const key = request.headers['idempotency-key'];
      if (key === undefined) return run();
      if (typeof key !== 'string' || !/^[\x21-\x7e]{8,200}$/.test(key)) {
        throw new ControllerError(
          'invalid-parameters',
          'Idempotency-Key must be 8 to 200 visible characters',
        );
      }
      const fingerprint = fingerprintOf(request, keeping.key);
      const known = await reserve(database, {
        accountId: context.actor.accountId,
        key,
        fingerprint,
      });
      if (known) return replay(known, { fingerprint, secrets: keeping.secrets }, reply);
      try {
        const result = await run();
        await finish(database, {
          accountId: context.actor.accountId,
          key,
          status,
          body: keeping.secrets
            .seal(Buffer.from(JSON.stringify(result)), PURPOSE)
            .toString('base64'),
        });
        return result;
      } catch (error) {
        await release(database, context.actor.accountId, key);
        throw error;
      }
    },
  };
}

/** Keyed, so that what was asked cannot be guessed from the table. */
function fingerprintOf(request: FastifyRequest, key: Uint8Array): string {
  const text = `${request.method}\n${request.url}\n${JSON.stringify(request.body ?? null)}`;
  return createHmac('sha256', key).update(`idempotency\n${text}`).digest('hex');
}

/** Undefined when the key is now ours; otherwise what is known of it. */
async function reserve(
  database: Database,
  given: { readonly accountId: string; readonly key: string; readonly fingerprint: string },
): Promise<Row | undefined> {
  return database.transact({ kind: 'auth' }, async (tx) => {
    await tx.run(
      sql`delete from idempotency_key where account_id = ${given.accountId}
        and (created_at < now() - ${KEPT_FOR}::interval
          or (key = ${given.key} and status is null and created_at < now() - ${ABANDONED_AFTER}::interval))`,
    );
    const inserted = await tx.run(
      sql`insert into idempotency_key (account_id, key, fingerprint) values (${given.accountId}, ${given.key}, ${given.fingerprint})
        on conflict do nothing`,
    );
    if (inserted === 1) return undefined;
    return tx.row(
      sql<Row>`select fingerprint, status, body from idempotency_key where account_id = ${given.accountId} and key = ${given.key}`,
    );
  });
}

function replay(
  known: Row,
  given: { readonly fingerprint: string; readonly secrets: Pick<SecretStore, 'open'> },
  reply: FastifyReply,
): unknown {
  if (known.fingerprint !== given.fingerprint) {
    throw new ControllerError(
      'idempotency-mismatch',
      'this Idempotency-Key was used for another request',
    );
  }
  if (known.status === null || known.body === null) {
    throw new ControllerError('idempotency-in-flight', 'the same request is being worked on', {
      retryAfterSeconds: 1,
    });
  }
  reply.header('idempotency-replayed', 'true');
  const body = given.secrets.open(Buffer.from(known.body, 'base64'), PURPOSE);
  return JSON.parse(Buffer.from(body).toString());
}

async function finish(
  database: Database,
  given: {
    readonly accountId: string;
    readonly key: string;
    readonly status: number;
    readonly body: string;
  },
): Promise<void> {
  await database.transact({ kind: 'auth' }, (tx) =>
    tx.run(
      sql`update idempotency_key set status = ${given.status}, body = ${given.body} where account_id = ${given.accountId} and key = ${given.key}`,
    ),
  );
}

async function release(database: Database, accountId: string, key: string): Promise<void> {
  await database
    .transact({ kind: 'auth' }, (tx) =>
      tx.run(sql`delete from idempotency_key where account_id = ${accountId} and key = ${key}`),
    )
    .catch(() => undefined);
}
