import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { messageOf, type Log, type NewId } from '@wardgrid/base';
import { ControllerError } from './error.ts';
import { renderProblem } from './problem.ts';
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
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders(options.tls !== null));
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
        { key: options.tls.key, cert: options.tls.certificate, minVersion: 'TLSv1.2' },
        listener,
      )
    : createPlainServer(listener);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  return server;
}

function sendProblem(
  error: unknown,
  request: { readonly id: string; readonly log: Log },
  reply: FastifyReply,
): FastifyReply {
  const problem = renderProblem(error, request.id, request.log);
  return reply.code(problem.status).headers(problem.headers).send(JSON.stringify(problem.body));
}
