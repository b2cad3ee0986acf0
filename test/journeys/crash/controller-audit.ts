/**
 * What the controller's database did, noted by triggers of the test in the transaction that did it:
 * made or taken back together with its effect, and as durable.
 */
import pg from 'pg';
import { systemClock } from '@wardgrid/base/system';

/** One change. All of one transaction share `tx`; ids grow in the order of the changes. */
export interface Change {
  readonly id: number;
  readonly tx: string;
  readonly what: 'job' | 'inventory' | 'acknowledged' | 'device';
  readonly subject: string;
  readonly before: string | null;
  readonly after: string;
}

/** A job as it stands at the end. */
interface StoredJob {
  readonly id: string;
  readonly state: string;
  /** The whole minutes until it expires that its request asked for: its number, so to say. */
  readonly minutes: number;
  readonly isCancelRequested: boolean;
}

/** Everything the account needs of the controller. */
export interface ControllerAccount {
  readonly changes: readonly Change[];
  readonly jobs: readonly StoredJob[];
  readonly acknowledgedSequence: number;
  readonly devices: number;
  readonly seatsUsed: number;
  readonly keyUses: number;
}

const TRIGGERS = `
  create schema crash;
  create table crash.change (
    id bigserial primary key, tx xid8 not null default pg_current_xact_id(),
    what text not null, subject text not null, before text, after text not null
  );
  create function crash.note_job() returns trigger language plpgsql security definer as $$ begin
    insert into crash.change (what, subject, before, after)
      values ('job', new.id, case when tg_op = 'UPDATE' then old.state end, new.state);
    return null;
  end $$;
  create trigger crash_made after insert on job for each row execute function crash.note_job();
  create trigger crash_moved after update on job for each row
    when (old.state is distinct from new.state) execute function crash.note_job();

  create function crash.note_inventory() returns trigger language plpgsql security definer as $$ begin
    insert into crash.change (what, subject, after) values ('inventory', new.section,
      new.content_hash || ' ' || (extract(epoch from new.collected_at) * 1000)::int8);
    return null;
  end $$;
  create trigger crash_stored after insert or update on device_inventory
    for each row execute function crash.note_inventory();

  create function crash.note_link() returns trigger language plpgsql security definer as $$ begin
    insert into crash.change (what, subject, before, after)
      values ('acknowledged', new.device_id, old.acknowledged_sequence, new.acknowledged_sequence);
    notify crash_acknowledged;
    return null;
  end $$;
  create trigger crash_acknowledged after update on device_link for each row
    when (old.acknowledged_sequence is distinct from new.acknowledged_sequence)
    execute function crash.note_link();

  create function crash.note_device() returns trigger language plpgsql security definer as $$ begin
    insert into crash.change (what, subject, after) values ('device', new.id, new.state);
    return null;
  end $$;
  create trigger crash_enrolled after insert on device
    for each row execute function crash.note_device();
`;

/** Begins to note. */
export async function installAudit(socketDir: string): Promise<void> {
  await withClient(socketDir, (client) => client.query(TRIGGERS));
}

/** Jobs that have not ended. */
export async function countOpenJobs(socketDir: string): Promise<number> {
  return withClient(socketDir, async (client) => {
    const found = await client.query(
      'select count(*)::int as open from job where finished_at is null',
    );
    return Number(found.rows[0]?.open);
  });
}

/**
 * Lets the minutes pass after which a request may be tried again whose controller died with it in
 * hand, and says how many there are. Nothing may be in a living controller's hand now.
 */
export async function letAbandonedPass(socketDir: string): Promise<number> {
  return withClient(socketDir, async (client) => {
    const aged = await client.query(
      `update idempotency_key set created_at = created_at - interval '1 hour' where status is null`,
    );
    return aged.rowCount ?? 0;
  });
}

export async function readControllerAccount(socketDir: string): Promise<ControllerAccount> {
  return withClient(socketDir, async (client) => {
    const changes = await client.query<Change>(
      'select id::int, tx::text, what, subject, before, after from crash.change order by id',
    );
    const jobs = await client.query<StoredJob>(
      `select id, state, ceil(extract(epoch from expires_at - created_at) / 60)::int as minutes,
         is_cancel_requested as "isCancelRequested" from job`,
    );
    const sums = await client.query<Record<string, number>>(
      `select (select max(acknowledged_sequence)::int from device_link) as acknowledged,
         (select count(*)::int from device) as devices,
         (select sum(seats_used)::int from tenant) as seats,
         (select sum(used)::int from enrolment_key) as uses`,
    );
    const row = sums.rows[0] ?? {};
    return {
      changes: changes.rows,
      jobs: jobs.rows,
      acknowledgedSequence: Number(row['acknowledged']),
      devices: Number(row['devices']),
      seatsUsed: Number(row['seats']),
      keyUses: Number(row['uses']),
    };
  });
}

/** Hears of acknowledgements the moment they are committed, while the reply is still on its way. */
export interface CommitWatch {
  /** Resolves with the next one, or after `withinMs`. */
  readonly next: (withinMs: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

const RECONNECT_MS = 200;

/** Listens for as long as it is open, whatever happens to the database. */
export function watchCommits(socketDir: () => string): CommitWatch {
  const closing = new AbortController();
  const heard = new EventTarget();
  const watching = (async () => {
    while (!closing.signal.aborted) {
      await withClient(socketDir(), (client) => listen(client, heard, closing.signal)).catch(
        () => undefined,
      );
      await systemClock.sleep(RECONNECT_MS, closing.signal).catch(() => undefined);
    }
  })();
  return {
    next: (withinMs) =>
      new Promise((resolve) => {
        const end = (): void => {
          cancel();
          heard.removeEventListener('commit', end);
          resolve();
        };
        const cancel = systemClock.after(withinMs, end);
        heard.addEventListener('commit', end);
      }),
    async close() {
      closing.abort();
      await watching;
    },
  };
}

/** Until the connection or the watch ends. */
async function listen(client: pg.Client, heard: EventTarget, closing: AbortSignal): Promise<void> {
  const over = new Promise<void>((resolve) => {
    client.on('end', () => resolve());
    closing.addEventListener('abort', () => resolve(), { once: true });
  });
  client.on('notification', () => heard.dispatchEvent(new Event('commit')));
  await client.query('listen crash_acknowledged');
  await over;
}

/** The database's superuser, whom the kernel's word on our own user opens the socket to. */
async function withClient<T>(
  socketDir: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    host: socketDir,
    port: 5432,
    user: 'postgres',
    database: 'wardgrid',
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
