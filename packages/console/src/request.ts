import { WardgridError } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { Call, Problem, ProblemIssue } from '@wardgrid/wire';

/** A request that failed: the problem the controller gave, or that it could not be reached. */
export class ConsoleError extends WardgridError {
  readonly status: number;
  readonly requestId: string;
  readonly issues: readonly ProblemIssue[];
  /** Facts about the problem that a program may use. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.code, problem.detail ?? problem.title, { cause });
    this.status = problem.status;
    this.requestId = problem.instance;
    this.issues = problem.errors ?? [];
    this.details = problem.facts ?? {};
  }
}

export interface RequestOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly newKey: () => string;
  readonly csrfToken: () => string | undefined;
  /**
   * Renews the session, unless that was done since the request was sent; false when it has ended.
   * Absent: an expired session is just a problem.
   */
  readonly renew?: (sentAtMs: number) => Promise<boolean>;
}

/** Codes that a renewed session may cure. */
const RENEWABLE = new Set(['not-signed-in', 'session-expired']);
const API_PREFIX = '/api';

type Given = NonNullable<Parameters<Call>[1]>;

/** A typed client of the own origin: cookies carry the session, a header proves it is the console. */
export function createCall(options: RequestOptions): Call {
  return async (route, given = {}) => {
    const loose = given as Given;
    const url = addressOf(route.path, loose);
    const init = initOf(route.method, loose, options);
    const sentAtMs = systemClock.monotonic();
    const first = await send(options, url, init);
    if (first.ok) return contentOf(first);
    const problem = await problemIn(first);
    if (!options.renew || !RENEWABLE.has(problem.code) || !(await options.renew(sentAtMs))) throw problem;
    const second = await send(options, url, { ...init, headers: headersOf(init, options) });
    if (second.ok) return contentOf(second);
    throw await problemIn(second);
  };
}

function addressOf(path: string, given: Given): string {
  const params = new Map(Object.entries(given.params ?? {}));
  const filled = path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name))),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given.query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return API_PREFIX + filled + (search.size > 0 ? `?${search.toString()}` : '');
}

function initOf(method: string, given: Given, options: RequestOptions): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json', ...given.headers };
  const isUnsafe = method !== 'GET';
  if (isUnsafe && given.body !== undefined) headers['content-type'] = 'application/json';
  if (method === 'POST') headers['idempotency-key'] ??= options.newKey();
  return {
    method,
    credentials: 'same-origin',
    headers: isUnsafe ? withToken(headers, options) : headers,
    ...(isUnsafe && given.body !== undefined ? { body: JSON.stringify(given.body) } : {}),
    ...(given.signal ? { signal: given.signal } : {}),
  };
}

function withToken(
  headers: Readonly<Record<string, string>>,
  options: RequestOptions,
): Record<string, string> {
  const token = options.csrfToken();
  return token === undefined ? { ...headers } : { ...headers, 'x-wardgrid-csrf': token };
}

/** The headers again after a renewal, which may have changed the token. */
function headersOf(init: RequestInit, options: RequestOptions): Record<string, string> {
  const headers = init.headers as Record<string, string>;
  return init.method === 'GET' ? headers : withToken(headers, options);
}

async function send(options: RequestOptions, url: string, init: RequestInit): Promise<Response> {
  try {
    return await options.fetch(url, init);
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ConsoleError(
      {
        type: 'about:blank',
        title: 'The controller cannot be reached',
        status: 0,
        instance: '',
        code: 'unreachable',
      },
      cause,
    );
  }
}

async function contentOf<Content>(response: Response): Promise<Content> {
  const body = await response.text();
  return JSON.parse(body === '' ? 'null' : body) as Content;
}

async function problemIn(response: Response): Promise<ConsoleError> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'code' in body && 'title' in body) {
    return new ConsoleError({ instance: '', ...body } as Problem);
  }
  return new ConsoleError({
    type: 'about:blank',
    title: `The controller answered ${response.status}`,
    status: response.status,
    instance: response.headers.get('x-request-id') ?? '',
    code: response.status >= 500 ? 'unavailable' : 'internal',
  });
}
