/* The least that a server of exchanges can do: node:http, JSON in, JSON out, nothing kept. */
import { createServer } from 'node:http';
import { announcePort } from './announcement.ts';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { receipt } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { receipt: string };
    const reply = JSON.stringify({
      receipt,
      acknowledgedSequence: 0,
      orders: [],
      settings: null,
      nextExchangeMs: 60_000,
      serverTime: Date.now(),
      hasMore: false,
    });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(reply),
    });
    response.end(reply);
  });
});
announcePort(server);
