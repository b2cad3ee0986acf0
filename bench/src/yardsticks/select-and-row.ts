/* What most servers of this kind do: a framework, and for each request a select and the write of one
   row with a commit of its own. Statements are prepared and connections pooled, in its favour. */
import Fastify from 'fastify';
import { Pool, type PoolConfig } from 'pg';
import { API_PREFIX, linkRoutes } from '@wardgrid/wire';

interface Heartbeat {
  readonly hostname: string;
  readonly sentAt: number;
  readonly cpuPercent: number;
  readonly memoryUsedBytes: number;
  readonly diskUsedBytes: number;
}

interface Exchange {
  readonly receipt: string;
  readonly heartbeat: Heartbeat;
}

const POOL_SIZE = 8;
const settings = JSON.parse(process.argv[2] ?? '{}') as PoolConfig;
const pool = new Pool({ ...settings, max: POOL_SIZE });
await pool.query(`create table if not exists heartbeat (
  hostname text primary key, receipt text not null, sent_at bigint not null, seen_at timestamptz not null,
  cpu_percent real, memory_used_bytes bigint, disk_used_bytes bigint) with (fillfactor = 70)`);

async function exchange({ receipt, heartbeat }: Exchange): Promise<object> {
  const { hostname, sentAt, cpuPercent, memoryUsedBytes, diskUsedBytes } = heartbeat;
  await pool.query({
    name: 'select',
    text: 'select receipt, sent_at from heartbeat where hostname = $1',
    values: [hostname],
  });
  await pool.query({
    name: 'write',
    text: `insert into heartbeat values ($1, $2, $3, now(), $4, $5, $6)
      on conflict (hostname) do update set receipt = excluded.receipt, sent_at = excluded.sent_at,
        seen_at = excluded.seen_at, cpu_percent = excluded.cpu_percent,
        memory_used_bytes = excluded.memory_used_bytes, disk_used_bytes = excluded.disk_used_bytes`,
    values: [hostname, receipt, sentAt, cpuPercent, memoryUsedBytes, diskUsedBytes],
  });
  return {
    receipt,
    acknowledgedSequence: 0,
    orders: [],
    settings: null,
    nextExchangeMs: 60_000,
    serverTime: Date.now(),
    hasMore: false,
  };
}

const app = Fastify();
app.post(API_PREFIX + linkRoutes.exchange.path, ({ body }) => exchange(body as Exchange));
const address = await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${new URL(address).port}\n`);
