import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ContentAsked,
  ForwardedJoin,
  SYNC_BYTES_MAX,
  SYNC_CONTENT_PATH,
  SYNC_JOIN_PATH,
  SYNC_PING_PATH,
  SYNC_PUSH_PATH,
  SYNC_THROUGH_PATH,
} from '@wardgrid/wire';
import { readBytes } from '../../../platform/body.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { parsePart } from '../../../platform/parse.ts';
import { renderProblem } from '../../../platform/problem.ts';
import type { Platform } from '../../../platform/services.ts';
import { ownNameIn, type Authentication, type ProvedCaller } from './authentication.ts';
import type { ExchangeDeps } from './deps.ts';
import type { Listeners } from './listeners.ts';
import { EXCHANGE_PATHS, type ExchangeServer } from './server.ts';
import { signAnswer, TO_HEADER } from './signing.ts';
import { THROUGH_BYTES_MAX } from './carried.ts';
import { requireBelow } from './through.ts';

interface Doors {
  readonly platform: Platform;
  readonly authentication: Authentication;
  readonly server: ExchangeServer;
  readonly listeners: Listeners;
  readonly takeForwarded: ExchangeDeps['takeForwarded'];
  readonly contentFor: ExchangeDeps['contentFor'];
  /** Hands on what a controller below says to the cloud. */
  readonly handOn: (bytes: Buffer) => Promise<Buffer>;
}

/** A join has no page to carry; the other requests have no body. */
const JOIN_BYTES_MAX = 65_536;
const NOTHING_BYTES_MAX = 1;
/** A digest and a number. */
const ASKED_BYTES_MAX = 1_024;

type Work = (caller: ProvedCaller, body: Buffer) => Promise<Uint8Array>;

/**
 * What controllers ask each other: past Fastify, with neither cookies nor tokens. Every request is signed
 * by the key of a controller, and so is every answer, refusals too.
 */
export function mountExchangeRoutes(doors: Doors): void {
  const { platform, server, listeners } = doors;
  for (const path of EXCHANGE_PATHS) {
    mount(doors, { path, sizeBytesMax: SYNC_BYTES_MAX }, (caller, body) =>
      server.exchange(caller, body),
    );
  }
  mount(doors, { path: SYNC_PING_PATH, sizeBytesMax: NOTHING_BYTES_MAX }, async (caller) =>
    bytesOf(await server.place(caller.tenantId)),
  );
  mount(doors, { path: SYNC_JOIN_PATH, sizeBytesMax: JOIN_BYTES_MAX }, async (caller, body) => {
    const join = parsePart(ForwardedJoin, jsonOf(body), 'invalid-body');
    return bytesOf(await doors.takeForwarded(caller.tenantId, join));
  });
  mount(doors, { path: SYNC_THROUGH_PATH, sizeBytesMax: THROUGH_BYTES_MAX }, (caller, body) => {
    requireBelow(platform.place.membership(), caller);
    return doors.handOn(body);
  });
  mount(doors, { path: SYNC_CONTENT_PATH, sizeBytesMax: ASKED_BYTES_MAX }, async (caller, body) => {
    const { digest, offset } = parsePart(ContentAsked, jsonOf(body), 'invalid-body');
    const found = await doors.contentFor(caller, digest, offset);
    if (!found) throw notFound('content');
    return bytesOf({ sizeBytes: found.sizeBytes, data: found.data.toString('base64') });
  });
  platform.http.mountNode('POST', SYNC_PUSH_PATH, (request, response) => {
    void prove(doors, SYNC_PUSH_PATH, { request, sizeBytesMax: NOTHING_BYTES_MAX }).then(
      ({ caller }) => listeners.add(caller.tenantId, response),
      (error: unknown) => refuse(doors, { request, response }, error),
    );
  });
}

function mount(
  doors: Doors,
  given: { readonly path: string; readonly sizeBytesMax: number },
  work: Work,
): void {
  const { path, sizeBytesMax } = given;
  doors.platform.http.mountNode('POST', path, (request, response) => {
    void answer(doors, { request, response, path, sizeBytesMax }, work).catch((error: unknown) =>
      refuse(doors, { request, response }, error),
    );
  });
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer(
  doors: Doors,
  asked: Asked & { readonly path: string; readonly sizeBytesMax: number },
  work: Work,
): Promise<void> {
  const { caller, body } = await prove(doors, asked.path, asked);
  const reply = await work(caller, body);
  const { platform } = doors;
  const by = { signer: platform.keys.node, nodeId: ownNameIn(platform, caller.tenantId) };
  const signed = signAnswer(
    by,
    { status: 200, body: reply },
    { rid: caller.rid, nowMs: platform.clock.now() },
  );
  const headers = { 'content-type': 'application/octet-stream', ...signed };
  send(asked.response, { status: 200, headers, body: reply });
}

async function prove(
  { authentication }: Doors,
  path: string,
  { request, sizeBytesMax }: { readonly request: IncomingMessage; readonly sizeBytesMax: number },
): Promise<{ readonly caller: ProvedCaller; readonly body: Buffer }> {
  const body = await readBytes(request, sizeBytesMax).catch((error: unknown) => {
    const isLarge = error instanceof ControllerError && error.code === 'body-too-large';
    throw isLarge ? new ControllerError('sync-page-too-large', error.message) : error;
  });
  const { headers } = request;
  const caller = await authentication.prove({ method: 'POST', path, headers, body });
  return { caller, body };
}

/** A refusal is signed for whoever asked by the name that it called us by, if that is one of ours. */
function refuse({ platform }: Doors, { request, response }: Asked, error: unknown): void {
  const problem = renderProblem(error, platform.newId(), platform.log);
  const body = bytesOf(problem.body);
  const rid = /;nonce="([\w-]{1,80})"/.exec(String(request.headers['signature-input']))?.[1];
  const to = String(request.headers[TO_HEADER]);
  const isOurs = platform.place.role === 'cloud' || to === platform.keys.controllerId;
  const signed =
    rid === undefined || !isOurs || !/^[0-9a-f-]{36}$/.test(to)
      ? {}
      : signAnswer(
          { signer: platform.keys.node, nodeId: to },
          { status: problem.status, body },
          { rid, nowMs: platform.clock.now() },
        );
  const isCut = request.complete ? {} : { connection: 'close' };
  const headers = { ...problem.headers, ...signed, ...isCut };
  send(response, { status: problem.status, headers, body });
}

function send(
  response: ServerResponse,
  answered: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
  },
): void {
  const { status, headers, body } = answered;
  if (response.destroyed) return;
  response.writeHead(status, {
    'cache-control': 'no-store',
    'content-length': String(body.length),
    ...headers,
  });
  response.end(body);
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ControllerError('invalid-json', 'the body is not JSON', { cause: error });
  }
}
