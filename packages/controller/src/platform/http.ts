import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { assert, type Clock } from '@wardgrid/base';
import { API_PREFIX, routeList, type Permission, type Route } from '@wardgrid/wire';
import { decideAnywhere } from './authorize.ts';
import { addressReader, networkOfClient } from './client-address.ts';
import type { Authentication, Context, RequestContext } from './context.ts';
import { requireCsrfToken, requireSameOrigin } from './csrf.ts';
import { ControllerError } from './error.ts';
import { requireUnchanged, tagOf } from './etag.ts';
import { createApp, type AppOptions, type RawHandler } from './http-app.ts';
import type { Idempotency } from './idempotency.ts';
import { parsePart } from './parse.ts';
import { temporaryIdOf, type Addressed, type TemporaryIds } from './temporary-ids.ts';
import type { RateLimiter } from './rate-limit.ts';

export type { RawHandler } from './http-app.ts';

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
> = (context: C, input: Input<P, Q, B>) => Promise<z.input<R>>;

/** What only sign-in needs: cookies to read and to set. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

type CookieHandler<
  C,
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = (context: C, input: Input<P, Q, B>, exchange: Exchange) => Promise<z.input<R>>;

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
    handler: CookieHandler<RequestContext, P, Q, B, R>,
  ) => void;
  /** Mounts a route about the own session, which may set cookies. */
  readonly mountSession: <
    P extends z.ZodType,
    Q extends z.ZodType,
    B extends z.ZodType,
    R extends z.ZodType,
  >(
    route: Route<P, Q, B, R>,
    handler: CookieHandler<Context, P, Q, B, R>,
  ) => void;
  /** Mounts a route for devices; the handler reads the device session itself. */
  readonly mountDevice: <
    P extends z.ZodType,
    Q extends z.ZodType,
    B extends z.ZodType,
    R extends z.ZodType,
  >(
    route: Route<P, Q, B, R>,
    handler: Handler<Pick<FastifyRequest, 'headers'>, P, Q, B, R>,
  ) => void;
  /** Answers a route's path with a raw handler, past every hook. */
  readonly mountRaw: (route: Route, handler: RawHandler) => void;
  /** Answers a path that is no route of people or devices: what controllers ask each other. */
  readonly mountNode: (method: 'POST', path: string, handler: RawHandler) => void;
  readonly contextOf: (request: FastifyRequest) => RequestContext;
  /** @throws ControllerError unless somebody is signed in who holds the permission somewhere. */
  readonly requireActor: (
    request: FastifyRequest,
    permission: Permission | 'signed-in',
  ) => Promise<Context>;
  /** Fails when a route of the contract has no handler. */
  readonly requireComplete: () => void;
}

export interface HttpOptions extends AppOptions {
  readonly clock: Clock;
  readonly trustedProxies: readonly string[];
  readonly authenticate: (
    request: FastifyRequest,
    context: RequestContext,
  ) => Promise<Authentication>;
  readonly csrfTokenOf: (sessionId: string) => string;
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
  readonly idempotency: Idempotency;
  readonly temporaryIds: TemporaryIds;
  readonly limiter: RateLimiter;
}

const USER_AGENT_LENGTH_MAX = 300;
const UNSAFE: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Reads a thing as its GET route would, to compare entity tags. */
type Reader = (request: FastifyRequest, context: Context) => Promise<unknown>;

export function createHttp(options: HttpOptions): Http {
  const raw = new Map<string, RawHandler>();
  const readers = new Map<string, Reader>();
  const app = createApp(options, raw);
  const contextOf = contextReader(options);
  const requireActor = actorGuard(options, contextOf);
  const registry = createRegistry(app);

  return {
    app,
    contextOf,
    requireActor,
    mount(route, handler) {
      const { permission } = route;
      assert(permission !== null && permission !== 'device', `${route.path} is not for people`);
      const lastingInput = inputReader(options, route);
      if (route.method === 'GET') {
        readers.set(route.path, async (request, context) =>
          handler(context, await lastingInput(request, context)),
        );
      }
      registry.add(route, async (request, reply) => {
        const context = await requireActor(request, permission);
        const input = await lastingInput(request, context);
        await requireUnchanged(request, readers.get(route.path), context);
        const run = (madeId?: string): Promise<unknown> =>
          handler(madeId === undefined ? context : { ...context, madeId }, input);
        if (route.method !== 'POST') return run();
        return runOnce(options, { route, request, context, reply }, run);
      });
    },
    mountOpen(route, handler) {
      assert(route.permission === null, `${route.path} needs a permission`);
      registry.add(route, async (request, reply) => {
        const context = contextOf(request);
        options.requireNotBlocked(context.address);
        options.limiter.take(`address:${networkOfClient(context.address)}`);
        if (UNSAFE.has(request.method)) requireSameOrigin(request);
        return handler(context, inputOf(route, request), { request, reply });
      });
    },
    mountSession(route, handler) {
      assert(route.permission === 'signed-in', `${route.path} is not about the own session`);
      registry.add(route, async (request, reply) => {
        const context = await requireActor(request, 'signed-in');
        return handler(context, inputOf(route, request), { request, reply });
      });
    },
    mountDevice(route, handler) {
      assert(route.permission === 'device', `${route.path} is not for devices`);
      registry.add(route, async (request) => handler(request, inputOf(route, request)));
    },
    mountRaw(route, handler) {
      raw.set(`${route.method} ${API_PREFIX}${route.path}`, handler);
      registry.note(route);
    },
    mountNode: (method, path, handler) => void raw.set(`${method} ${path}`, handler),
    requireComplete: registry.requireComplete,
  };
}

/** A POST that is not done twice: by its key, or by the temporary id of what it makes. */
async function runOnce(
  { idempotency, temporaryIds }: HttpOptions,
  given: {
    readonly route: Route;
    readonly request: FastifyRequest;
    readonly context: Context;
    readonly reply: FastifyReply;
  },
  run: (madeId?: string) => Promise<unknown>,
): Promise<unknown> {
  const { route, request, context, reply } = given;
  const { accountId } = context.actor;
  const temporaryId = temporaryIdOf(request, makesOne(route));
  // Longer than the id alone, which may be shorter than a key.
  const named = temporaryId === undefined ? undefined : `temporary-id:${temporaryId}`;
  const key = request.headers['idempotency-key'] ?? named;
  const once = { request, context, status: route.status, key };
  if (temporaryId === undefined) return idempotency.once(once, run, reply);
  const runFree = async (madeId?: string): Promise<unknown> => {
    await temporaryIds.requireFree(accountId, temporaryId);
    return run(madeId);
  };
  const made = await idempotency.once(once, runFree, reply);
  // Also after a repeat: the first may have ended before it was kept.
  if (hasId(made)) await temporaryIds.keep(accountId, temporaryId, made.id);
  return made;
}

const hasId = (made: unknown): made is { readonly id: string } =>
  typeof made === 'object' && made !== null && 'id' in made && typeof made.id === 'string';

/** Whether a route makes one thing that has an id. */
const makesOne = ({ status, response }: Route): boolean =>
  status === 201 && response instanceof z.ZodObject && 'id' in response.shape;

type Run = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** Puts routes on Fastify and knows which ones are. */
function createRegistry(app: FastifyInstance) {
  const mounted = new Set<string>();
  const note = (route: Route): void => {
    const key = `${route.method} ${route.path}`;
    assert(!mounted.has(key), `route mounted twice: ${key}`);
    mounted.add(key);
  };
  return {
    note,
    add(route: Route, run: Run): void {
      note(route);
      app.route({
        method: route.method,
        url: API_PREFIX + route.path,
        ...(route.bodySizeBytesMax === null ? {} : { bodyLimit: route.bodySizeBytesMax }),
        handler: async (request, reply) => send(route, reply, await run(request, reply)),
      });
    },
    requireComplete: (): void => {
      const missing = routeList
        .filter(({ route }) => !mounted.has(`${route.method} ${route.path}`))
        .map(({ name }) => name);
      assert(missing.length === 0, `routes without a handler: ${missing.join(', ')}`);
    },
  };
}

function send(route: Route, reply: FastifyReply, result: unknown): FastifyReply {
  reply.code(route.status);
  if (route.status === 204) return reply.send();
  const body = JSON.stringify(result);
  if (route.method === 'GET') reply.header('etag', tagOf(body));
  return reply.type('application/json').send(body);
}

function contextReader(options: HttpOptions): Http['contextOf'] {
  const addressOf = addressReader(options.trustedProxies);
  return (request) => {
    const gone = new AbortController();
    request.raw.once('close', () => {
      if (!request.raw.complete) gone.abort();
    });
    return {
      requestId: request.id,
      signal: gone.signal,
      address: addressOf(request.raw),
      userAgent: (request.headers['user-agent'] ?? '')
        .slice(0, USER_AGENT_LENGTH_MAX)
        .replaceAll(/[^\x20-\x7e]/g, '?'),
      isSecure: options.tls !== null || addressOf.isForwardedSecure(request.raw),
    };
  };
}

function actorGuard(options: HttpOptions, contextOf: Http['contextOf']): Http['requireActor'] {
  return async (request, permission) => {
    const context = contextOf(request);
    options.requireNotBlocked(context.address);
    const authentication = await options.authenticate(request, context);
    if (authentication.kind === 'refused') throw authentication.error;
    if (authentication.kind === 'anonymous') {
      throw new ControllerError('not-signed-in', 'sign in first');
    }
    const { actor } = authentication;
    options.limiter.take(`account:${actor.accountId}`);
    if (UNSAFE.has(request.method) && authentication.isCookie) {
      requireSameOrigin(request);
      requireCsrfToken(request, options.csrfTokenOf(actor.sessionId ?? ''));
    }
    if (permission !== 'signed-in') {
      const decision = decideAnywhere(actor, permission, options.clock.now());
      if (decision.kind === 'refused') {
        throw new ControllerError(decision.code, `'${permission}' is not allowed`);
      }
    }
    return { ...context, actor };
  };
}

/** Reads what a signed-in person asks, with lasting ids for temporary ones. */
function inputReader<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  { temporaryIds }: HttpOptions,
  route: Route<P, Q, B>,
) {
  return async (request: FastifyRequest, { actor }: Context): Promise<Input<P, Q, B>> =>
    inputOf(route, request, await temporaryIds.resolve(request, actor.accountId));
}

function inputOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType>(
  route: Route<P, Q, B>,
  request: FastifyRequest,
  { params, body }: Addressed = request,
): Input<P, Q, B> {
  return {
    params: parsePart(route.params, params, 'invalid-parameters'),
    query: parsePart(route.query, request.query, 'invalid-query'),
    body: parsePart(route.body, route.method === 'GET' ? {} : (body ?? {}), 'invalid-body'),
  };
}
