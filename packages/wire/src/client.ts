import type * as z from 'zod';
import { Problem, ProblemError } from './problems.ts';
import type { Route } from './route.ts';

/** A response as the client needs it; `fetch` fits, and so does a client on raw sockets. */
export interface ClientResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** How a request is carried. */
export type Transport = (
  url: string,
  request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly signal?: AbortSignal;
  },
) => Promise<ClientResponse>;

interface Arguments<P, Q, B> {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls a route: types in, types out; a failure is a `ProblemError` with a code. */
export type Call = <
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  route: Route<P, Q, B, R>,
  given?: Arguments<z.input<P>, z.input<Q>, z.input<B>>,
) => Promise<z.output<R>>;

/** Where routes live below a controller's address. */
export const API_PREFIX = '/api';

/** A typed client of a controller at `baseUrl` (no slash at the end; empty for the same origin). */
export function createClient(options: {
  readonly baseUrl: string;
  readonly transport: Transport;
  /** Headers for every request, asked for each time: they hold what changes, such as a token. */
  readonly headers?: () => Readonly<Record<string, string>>;
}): Call {
  return async (route, given = {}) => {
    const url = options.baseUrl + addressOf(route.path, given.params, given.query);
    const isWithBody = route.method !== 'GET' && given.body !== undefined;
    const response = await options.transport(url, {
      method: route.method,
      headers: {
        accept: 'application/json',
        ...(isWithBody ? { 'content-type': 'application/json' } : {}),
        ...options.headers?.(),
        ...given.headers,
      },
      ...(isWithBody ? { body: JSON.stringify(given.body) } : {}),
      ...(given.signal ? { signal: given.signal } : {}),
    });
    return readResponse(route, response);
  };
}

/** The path and query of a call below the controller's address. */
export function addressOf(path: string, params: unknown, query: unknown): string {
  const values = new Map(Object.entries(params ?? {}));
  const filled = path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) =>
    encodeURIComponent(String(values.get(name))),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return API_PREFIX + filled + (search.size > 0 ? `?${search.toString()}` : '');
}

async function readResponse<R extends z.ZodType>(
  route: Route<z.ZodType, z.ZodType, z.ZodType, R>,
  response: ClientResponse,
): Promise<z.output<R>> {
  const body = await response.text();
  if (response.status >= 400) throw problemIn(response, body);
  return route.response.parse(body === '' ? null : JSON.parse(body));
}

function problemIn(response: ClientResponse, body: string): ProblemError {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const parsed = Problem.safeParse(jsonOrUndefined(body));
  const problem = parsed.success
    ? parsed.data
    : {
        type: 'about:blank',
        title: `The server answered ${response.status}`,
        status: response.status,
        instance: '',
        code: response.status >= 500 ? 'unavailable' : 'internal',
      };
  return new ProblemError(problem, Number.isFinite(retryAfter) ? retryAfter : null);
}

function jsonOrUndefined(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
