/* The least that an enrolment can be: JSON in, one Ed25519 signature checked, one row with a commit of
   its own, JSON out. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { Pool, type PoolConfig } from 'pg';
import { verifyStatement } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { EnrolRequest } from '@wardgrid/wire';
import { announcePort } from './announcement.ts';

const POOL_SIZE = 8;
const settings = JSON.parse(process.argv[2] ?? '{}') as PoolConfig;
const pool = new Pool({ ...settings, max: POOL_SIZE });
await pool.query(`create table if not exists enrolment (
  id uuid primary key, public_key text not null unique, hostname text not null, enrolled_at timestamptz not null)`);

async function enrol(request: EnrolRequest): Promise<string> {
  const statement = {
    enrolmentKeyHash: createHash('sha256')
      .update(request.enrolmentKey ?? '')
      .digest('hex'),
    publicKey: request.publicKey,
    fingerprint: request.machine.fingerprint,
    issuedAt: request.issuedAt,
  };
  const given = { publicKey: request.publicKey, signature: request.proof, statement };
  if (!verifyStatement(systemCryptography, 'enrol', given)) throw new Error('wrong proof');
  const id = randomUUID();
  await pool.query({
    name: 'insert',
    text: 'insert into enrolment values ($1, $2, $3, now())',
    values: [id, request.publicKey, request.machine.hostname],
  });
  return JSON.stringify({ deviceId: id });
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const answer = (status: number, reply: string): void => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(reply),
      });
      response.end(reply);
    };
    enrol(JSON.parse(Buffer.concat(chunks).toString('utf8')) as EnrolRequest).then(
      (reply) => answer(201, reply),
      (error: unknown) => answer(500, JSON.stringify({ error: String(error) })),
    );
  });
});
announcePort(server);
