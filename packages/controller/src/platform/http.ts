import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import cookie from '@fastify/cookie';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { assert, messageOf, type Clock, type Log, type NewId } from '@wardgrid/base';
import { API_PREFIX, routeList, type Permission, type Route } from '@wardgrid/wire';
import { decideAnywhere } from './authorize.ts';
import { addressReader } from './client-address.ts';
import type { Authentication, Context, RequestContext } from './context.ts';
import { requireCsrfToken, requireSameOrigin } from './csrf.ts';
import { ControllerError } from './error.ts';
import { requireUnchanged, tagOf } from './etag.ts';
import type { Idempotency } from './idempotency.ts';
import { parsePart } from './parse.ts';
import { renderProblem } from './problem.ts';
import type { RateLimiter } from './rate-limit.ts';
import { securityHeaders } from './security-headers.ts';

/** A route's input, parsed. */
export interface Input<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
}

type Handler<
  C,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = (context: C, input: Input<P, Q, B>, reply: FastifyReply) => Promise<z.input<R>>;

/** Handles a request before Fastify sees it: the hot path of the link. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The HTTP side of the controller: routes of the wire contract, mounted on handlers. */
export interface Http {
  readonly app: FastifyInstance;
  /** Mounts a route for signed-in people; permission, CSRF, limits and parsing are done before. */
  readonly mount: <
    P extends z.ZodType,
    Q extends z.ZodType,
    B extends z.ZodType,
    R extends z.ZodType,
  >(
    route: Route<P, Q, B, R>,
    handler: Handler<Context, P, Q, B, R>,
  ) => void;
  /** Mounts a route that anyone may call. */
  readonly mountOpen: <
    P extends z.ZodType,
    Q extends z.ZodType,
    B extends z.ZodType,
    R extends z.ZodType,
  >(
    route: Route<P, Q, B, R>,
    handler: Handler<RequestContext, P, Q, B, R>,
  ) => void;
  /** Answers a route's path with a raw handler, past every hook. */
  readonly mountRaw: (route: Route, handler: RawHandler) => void;
  readonly contextOf: (request: FastifyRequest) => RequestContext;
  /** @throws ControllerError unless somebody is signed in who holds the permission somewhere. */
  readonly requireActor: (
    request: FastifyRequest,
    permission: Permission | 'signed-in',
  ) => Promise<Context>;
  /** Fails when a route of the contract has no handler. */
  readonly requireComplete: () => void;
}

export interface HttpOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly trustedProxies: readonly string[];
  readonly tls: { readonly key: string; readonly certificate: string } | null;
  readonly authenticate: (
    request: FastifyRequest,
    context: RequestContext,
  ) => Promise<Authentication>;
  readonly csrfTokenOf: (sessionId: string) => string;
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
  readonly idempotency: Idempotency;
  readonly limiter: RateLimiter;
}

/** Largest body of an API request; the link's exchange has a limit of its own. */
const BODY_BYTES_MAX = 1_048_576;
/** Longest time a request may take to arrive, so that slow senders do not hold connections. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Above the idle time of common proxies, so that they close first. */
const KEEP_ALIVE_MS = 75_000;
/** Longest path parameter; ids have 36. */
const PARAM_LENGTH_MAX = 200;

const UNSAFE: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export function createHttp(options: HttpOptions): Http {
  const raw = new Map<string, RawHandler>();
  const mounted = new Set<string>();
  const readers = new Map<
    string,
    (request: FastifyRequest, context: Context) => Promise<unknown>
  >();
  const addressOf = addressReader(options.trustedProxies);
  const app = createApp(options, raw);

  function contextOf(request: FastifyRequest): RequestContext {
    const gone = new AbortController();
    request.raw.once('close', () => {
      if (!request.raw.complete) gone.abort();
    });
    return {
      requestId: request.id,
      signal: gone.signal,
      address: addressOf(request.raw),
      userAgent: (request.headers['user-agent'] ?? '')
        .slice(0, 300)
        .replaceAll(/[^\x20-\x7e]/g, '?'),
      isSecure: options.tls !== null || request.headers['x-forwarded-proto'] === 'https',
    };
  }

  async function requireActor(
    request: FastifyRequest,
    permission: Permission | 'signed-in',
  ): Promise<Context> {
    const context = contextOf(request);
    options.requireNotBlocked(context.address);
    const authentication = await options.authenticate(request, context);
    if (authentication.kind === 'refused') throw authentication.error;
    if (authentication.kind === 'anonymous')
      throw new ControllerError('not-signed-in', 'sign in first');
    const { actor } = authentication;
    options.limiter.take(`account:${actor.accountId}`);
    if (UNSAFE.has(request.method) && authentication.isCookie) {
      requireSameOrigin(request);
      requireCsrfToken(request, options.csrfTokenOf(actor.sessionId ?? ''));
    }
    if (permission !== 'signed-in') {
      const decision = decideAnywhere(actor, permission, options.clock.now());
      if (decision.kind === 'refused')
        throw new ControllerError(decision.code, `'${permission}' is not allowed`);
    }
    return { ...context, actor };
  }

  function register(
    route: Route,
    run: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ): void {
    const key = `${route.method} ${route.path}`;
    assert(!mounted.has(key), `route mounted twice: ${key}`);
    mounted.add(key);
    app.route({
      method: route.method,
      url: API_PREFIX + route.path,
      handler: async (request, reply) => {
        const result = await run(request, reply);
        if (reply.sent) return reply;
        reply.code(route.status);
        if (route.status === 204) return reply.send();
        const body = JSON.stringify(result);
        if (route.method === 'GET') reply.header('etag', tagOf(body));
        return reply.type('application/json').send(body);
      },
    });
  }

  return {
    app,
    contextOf,
    requireActor,
    mount(route, handler) {
      assert(
        route.permission !== null && route.permission !== 'device',
        `${route.path} is not for signed-in people`,
      );
      const permission = route.permission;
      if (route.method === 'GET') {
        readers.set(route.path, (request, context) =>
          handler(
            context,
            {
              params: parsePart(route.params, request.params, 'invalid-parameters'),
              query: route.query.parse({}),
              body: route.body.parse({}),
            },
            undefined as never,
          ),
        );
      }
      register(route, async (request, reply) => {
        const context = await requireActor(request, permission);
        const input = inputOf(route, request);
        await requireUnchanged(request, readers.get(route.path), context);
        const run = (): Promise<unknown> => handler(context, input, reply);
        if (route.method !== 'POST') return run();
        return options.idempotency.once({ request, context, status: route.status }, run, reply);
      });
    },
    mountOpen(route, handler) {
      assert(route.permission === null, `${route.path} needs a permission`);
      register(route, async (request, reply) => {
        const context = contextOf(request);
        options.requireNotBlocked(context.address);
        options.limiter.take(`address:${context.address}`);
        if (UNSAFE.has(request.method)) requireSameOrigin(request);
        return handler(context, inputOf(route, request), reply);
      });
    },
    mountRaw(route, handler) {
      raw.set(`${route.method} ${API_PREFIX}${route.path}`, handler);
      mounted.add(`${route.method} ${route.path}`);
    },
    requireComplete() {
      const missing = routeList.filter(
        ({ route }) => !mounted.has(`${route.method} ${route.path}`),
      );
      assert(
        missing.length === 0,
        `routes without a handler: ${missing.map(({ name }) => name).join(', ')}`,
      );
    },
  };
}

function inputOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
  request: FastifyRequest,
): Input<P, Q, B> {
  return {
    params: parsePart(route.params, request.params, 'invalid-parameters'),
    query: parsePart(route.query, request.query, 'invalid-query'),
    body: parsePart(route.body, route.method === 'GET' ? {} : (request.body ?? {}), 'invalid-body'),
  };
}

function createApp(options: HttpOptions, raw: ReadonlyMap<string, RawHandler>): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    genReqId: () => options.newId(),
    serverFactory: (handler) => createServer(options, raw, handler),
    frameworkErrors: (error, request, reply) =>
      sendProblem(error, { id: request.id, log: options.log }, reply),
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
  options: HttpOptions,
  raw: ReadonlyMap<string, RawHandler>,
  handler: RequestListener,
): Server {
  const listener: RequestListener = (request, response) => {
    const rawHandler = raw.get(`${request.method ?? ''} ${request.url ?? ''}`);
    if (rawHandler) rawHandler(request, response);
    else handler(request, response);
  };
  const server = options.tls
    ? createHttpsServer(
        { key: options.tls.key, cert: options.tls.certificate, minVersion: 'TLSv1.2' },
        listener,
      )
    : createHttpServer(listener);
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
