import {
  createServer as createPlainServer,
  STATUS_CODES,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { codeOf, messageOf, type Log, type NewId } from '@wardgrid/base';
import type { ProblemCode } from '@wardgrid/wire';
import { ControllerError } from './error.ts';
import { problemBody, renderProblem } from './problem.ts';
import { securityHeaders } from './security-headers.ts';

/** Handles a request before Fastify sees it: the hot path of the link. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface AppOptions {
  readonly log: Log;
  readonly newId: NewId;
  readonly tls: { readonly key: string; readonly certificate: string } | null;
}

/** Largest body of an API request; the link's exchange has a limit of its own. */
const BODY_BYTES_MAX = 1_048_576;
/** Longest time a request may take to arrive, so that slow senders do not hold connections. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Above the idle time of common proxies, so that they close first. */
const KEEP_ALIVE_MS = 75_000;
/** Longest path parameter; ids have 36. */
const PARAM_LENGTH_MAX = 200;

/** Node answers a request without `Host` with words of its own; ours is a problem like any other. */
const PARSER_OPTIONS = { requireHostHeader: false } as const;

/** Fastify with our body parser, errors as problems, security headers, and the raw routes in front. */
export function createApp(
  options: AppOptions,
  raw: ReadonlyMap<string, RawHandler>,
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    genReqId: () => options.newId(),
    serverFactory: (handler) => createServer(options, raw, handler),
    clientErrorHandler: (error, socket) => answerNoHttp(codeOf(error), socket, options.newId()),
    frameworkErrors: (error, request, reply) => {
      sendProblem(error, { id: request.id, log: options.log }, reply);
    },
  });
  app.register(cookie);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(String(body)));
    } catch (error) {
      done(new ControllerError('invalid-json', messageOf(error), { cause: error }), undefined);
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders(options.tls !== null));
    // RFC 9112 section 3.2: HTTP/1.1 without Host is refused.
    if (request.raw.httpVersion === '1.1' && request.headers.host === undefined) {
      throw new ControllerError('invalid-request', 'a request names its host');
    }
  });
  app.setErrorHandler((error, request, reply) =>
    sendProblem(error, { id: request.id, log: options.log }, reply),
  );
  return app;
}

function createServer(
  options: AppOptions,
  raw: ReadonlyMap<string, RawHandler>,
  handler: RequestListener,
): Server {
  const listener: RequestListener = (request, response) => {
    const rawHandler = raw.get(`${request.method ?? ''} ${request.url ?? ''}`);
    if (rawHandler) rawHandler(request, response);
    else handler(request, response);
  };
  const server = options.tls
    ? createTlsServer(
        {
          ...PARSER_OPTIONS,
          key: options.tls.key,
          cert: options.tls.certificate,
          minVersion: 'TLSv1.2',
        },
        listener,
      )
    : createPlainServer(PARSER_OPTIONS, listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

/** What Node's parser says of bytes that are no HTTP. */
const PARSER_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
};

/** Answers what never became a request, by hand: there is no reply to use yet. */
function answerNoHttp(code: string | undefined, socket: Socket, requestId: string): void {
  // The client has gone, or has been answered: nobody is there to be told.
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = problemBody(PARSER_PROBLEMS[code ?? ''] ?? 'invalid-request', requestId);
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status] ?? 'Error'}`,
      'content-type: application/problem+json',
      `content-length: ${Buffer.byteLength(text)}`,
      'connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}

function sendProblem(
  error: unknown,
  request: { readonly id: string; readonly log: Log },
  reply: FastifyReply,
): FastifyReply {
  const problem = renderProblem(error, request.id, request.log);
  return reply.code(problem.status).headers(problem.headers).send(JSON.stringify(problem.body));
}
