import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { API_PREFIX, problemOf, routeList, type ProblemCode, type Route } from '@wardgrid/wire';
import type { RouteName } from './route-name.ts';

/** A request as the contract reads it. */
export interface FakeRequest {
  readonly route: RouteName;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly headers: http.IncomingHttpHeaders;
}

/** An answer that is a problem, with what else goes with it. */
export class FakeProblem extends Error {
  readonly code: ProblemCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ProblemCode, retryAfterSeconds?: number) {
    super(`a fake ${code}`);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** What routes answer in a test; each answer must fit the contract. */
export type FakeHandlers = {
  [Name in RouteName]?: (request: FakeRequest) => unknown;
};

/** A controller of a test. */
export interface FakeController {
  readonly url: string;
  /** Every request in order. */
  readonly requests: readonly FakeRequest[];
  readonly close: () => Promise<void>;
}

/** What else a test may decide. */
export interface FakeControllerOptions {
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Sent with every answer. */
  readonly cookies?: readonly string[];
}

/**
 * A real HTTP server that keeps the wire contract: requests that do not fit it are refused as a
 * controller refuses them, and an answer that does not fit fails the request.
 */
export async function startFakeController(
  handlers: FakeHandlers,
  options: FakeControllerOptions = {},
): Promise<FakeController> {
  const requests: FakeRequest[] = [];
  const answer: http.RequestListener = (request, response) => {
    const send = async (): Promise<void> => {
      const { status, body, headers } = await respond({ handlers, requests, options }, request);
      response.writeHead(status, { ...headers, 'set-cookie': [...(options.cookies ?? [])] });
      response.end(body);
    };
    // An answer that does not fit the contract shows as a connection that breaks.
    send().catch(() => response.destroy());
  };
  const server = options.tls
    ? https.createServer({ key: options.tls.key, cert: options.tls.certificate }, answer)
    : http.createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, string>;
}

interface State {
  readonly handlers: FakeHandlers;
  readonly requests: FakeRequest[];
  readonly options: FakeControllerOptions;
}

async function respond(state: State, incoming: http.IncomingMessage): Promise<Reply> {
  const url = new URL(incoming.url ?? '/', 'http://fake');
  if (url.pathname === '/api/v1/ca.pem' && state.options.tls) {
    return { status: 200, body: state.options.tls.certificate, headers: {} };
  }
  try {
    const { name, route, params } = findRoute(incoming.method ?? '', url.pathname);
    const request: FakeRequest = {
      route: name,
      params,
      query: read(
        route.query,
        Object.fromEntries(url.searchParams),
        'invalid-query',
      ) as object as Record<string, unknown>,
      body: read(route.body, await readJson(incoming), 'invalid-body'),
      headers: incoming.headers,
    };
    state.requests.push(request);
    const handler = state.handlers[name];
    if (!handler) throw new FakeProblem('not-found');
    const result = route.response.parse(await handler(request));
    return {
      status: route.status,
      body: result === null ? '' : JSON.stringify(result),
      headers: {},
    };
  } catch (error) {
    if (error instanceof FakeProblem) return problemReply(error);
    throw error;
  }
}

function findRoute(method: string, path: string) {
  for (const { name, route } of routeList) {
    const pattern = `^${API_PREFIX}${route.path.replaceAll(/:([A-Za-z]+)/g, '(?<$1>[^/]+)')}$`;
    const match = route.method === method ? new RegExp(pattern).exec(path) : null;
    if (match) {
      const params = { ...match.groups } as Record<string, string>;
      read(route.params, params, 'invalid-parameters');
      return { name: name as RouteName, route, params };
    }
  }
  throw new FakeProblem('not-found');
}

function read(schema: Route['body'], value: unknown, code: ProblemCode): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new FakeProblem(code);
}

async function readJson(incoming: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}

function problemReply({ code, message, retryAfterSeconds }: FakeProblem): Reply {
  const { status, title } = problemOf(code);
  const body = {
    type: `urn:wardgrid:problem:${code}`,
    title,
    status,
    detail: message,
    instance: 'r1',
    code,
  };
  return {
    status,
    body: JSON.stringify(body),
    headers: retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  };
}
