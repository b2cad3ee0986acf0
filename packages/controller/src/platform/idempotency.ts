import { createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { systemNewId } from '@wardgrid/base/system';
import type { Context } from './context.ts';
import type { Database } from './database.ts';
import { ControllerError } from './error.ts';
import type { SecretStore } from './secrets.ts';

/** Repeats of a request with the same `Idempotency-Key` get the first answer and change nothing. */
export interface Idempotency {
  readonly once: (
    given: {
      readonly request: FastifyRequest;
      readonly context: Context;
      readonly status: number;
      /** As it came; a request without one is simply done. */
      readonly key: string | readonly string[] | undefined;
    },
    run: (madeId?: string) => Promise<unknown>,
    reply: FastifyReply,
  ) => Promise<unknown>;
}

interface Row {
  readonly fingerprint: string;
  readonly made_id: string;
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
    async once({ request, context, status, key }, run, reply) {
      if (key === undefined) return run();
      if (typeof key !== 'string' || !/^[\x21-\x7e]{8,200}$/.test(key)) {
        throw new ControllerError(
          'invalid-parameters',
          'Idempotency-Key must be 8 to 200 visible characters',
        );
      }
      const fingerprint = fingerprintOf(request, keeping.key);
      const reserved = await reserve(database, {
        accountId: context.actor.accountId,
        key,
        fingerprint,
      });
      if (reserved.kind === 'known') {
        return replay(reserved.row, { fingerprint, secrets: keeping.secrets }, reply);
      }
      try {
        const result = await run(reserved.madeId);
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

type Reserved =
  | { readonly kind: 'ours'; readonly madeId: string }
  | { readonly kind: 'known'; readonly row: Row };

/**
 * Takes the key, or says what is known of it. One that was abandoned is taken over with its id: what
 * it stands for may have been made before the controller died.
 */
async function reserve(
  database: Database,
  given: { readonly accountId: string; readonly key: string; readonly fingerprint: string },
): Promise<Reserved> {
  return database.transact({ kind: 'auth' }, async (tx) => {
    await tx.run(
      sql`delete from idempotency_key where account_id = ${given.accountId}
        and created_at < now() - ${KEPT_FOR}::interval`,
    );
    const ours = await tx.row(
      sql<Row>`insert into idempotency_key as k (account_id, key, fingerprint, made_id)
        values (${given.accountId}, ${given.key}, ${given.fingerprint}, ${systemNewId()})
        on conflict (account_id, key) do update set created_at = now()
          where k.status is null and k.fingerprint = excluded.fingerprint
            and k.created_at < now() - ${ABANDONED_AFTER}::interval
        returning k.fingerprint, k.made_id, k.status, k.body`,
    );
    if (ours) return { kind: 'ours', madeId: ours.made_id };
    const row = await tx.row(
      sql<Row>`select fingerprint, made_id, status, body from idempotency_key where account_id = ${given.accountId} and key = ${given.key}`,
    );
    // Its first request has failed just now and let go of it.
    if (!row) throw inFlight();
    return { kind: 'known', row };
  });
}

function inFlight(): ControllerError {
  return new ControllerError('idempotency-in-flight', 'the same request is being worked on', {
    retryAfterSeconds: 1,
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
    throw inFlight();
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
