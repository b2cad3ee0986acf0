import { randomInt } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/* Somebody between two controllers, who reads all that passes and may change it. */

/** What passes, on its way to a controller or back from it. */
interface Passing {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An answer, with the request that it is to. */
export interface PassingAnswer extends Passing {
  readonly status: number;
  readonly asked: Passing;
}

/** What somebody in the middle does with what passes; absent: nothing. */
export interface Meddling {
  readonly request?: (passing: Passing) => Promise<Passing>;
  readonly answer?: (passing: PassingAnswer) => Promise<PassingAnswer>;
}

/** A machine between controllers, on loopback. */
export interface Middle extends AsyncDisposable {
  readonly url: string;
  /** Where whoever is behind it listens. */
  readonly listen: string;
  meddling: Meddling;
}

async function handBack(
  outgoing: ServerResponse,
  told: PassingAnswer,
  { answer }: Meddling,
): Promise<void> {
  const { status, headers, body } = (await answer?.(told)) ?? told;
  const { 'transfer-encoding': _, ...kept } = headers;
  outgoing.writeHead(status, { ...kept, 'content-length': String(body.length) });
  outgoing.end(body);
}

/** Ports that the system gives to nobody by itself, so that no other test has one meanwhile. */
const PORTS = [20_000, 30_000] as const;
const TRIES_MAX = 50;

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  for (let turn = 0; turn < TRIES_MAX; turn += 1) {
    const port = randomInt(...PORTS);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    return port;
  }
  throw new Error('no port is free');
}

/** Requests that are answered as they come, such as pushes, are passed on without being looked at. */
export async function startMiddle(): Promise<Middle> {
  const behind = await freePort();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => outgoing.destroy());
    incoming.on('end', () => {
      const passing = {
        path: incoming.url ?? '/',
        headers: incoming.headers,
        body: Buffer.concat(chunks),
      };
      void pass(passing).catch(() => outgoing.destroy());
    });

    async function pass(passing: Passing): Promise<void> {
      const sent = (await middle.meddling.request?.(passing)) ?? passing;
      const { 'transfer-encoding': _, ...headers } = sent.headers;
      const onward = httpRequest(`http://${middle.listen}${sent.path}`, {
        method: incoming.method,
        headers: { ...headers, 'content-length': String(sent.body.length) },
      });
      onward.on('error', () => outgoing.destroy());
      outgoing.on('close', () => onward.destroy());
      onward.on('response', (reply) => {
        const { meddling } = middle;
        // A push has no end.
        if (!meddling.answer || sent.path.endsWith('/push')) {
          outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
          outgoing.flushHeaders();
          reply.on('error', () => outgoing.destroy());
          reply.pipe(outgoing);
          return;
        }
        const parts: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => parts.push(chunk));
        reply.on('error', () => outgoing.destroy());
        reply.on('end', () => {
          const { path } = sent;
          const body = Buffer.concat(parts);
          const status = reply.statusCode ?? 502;
          const told = { path, headers: reply.headers, body, status, asked: sent };
          void handBack(outgoing, told, meddling).catch(() => outgoing.destroy());
        });
      });
      onward.end(sent.body);
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const middle: Middle = {
    url: `http://127.0.0.1:${port}`,
    listen: `127.0.0.1:${behind}`,
    meddling: {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  return middle;
}
