import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';
import { systemRandom } from '@wardgrid/base/system';
import { EXCHANGE_BYTES_MAX, linkRoutes, type Route } from '@wardgrid/wire';
import { ControllerError } from '../../platform/error.ts';
import { parsePart } from '../../platform/parse.ts';
import { renderProblem } from '../../platform/problem.ts';
import type { Platform } from '../../platform/services.ts';
import { readJson } from './http-body.ts';
import type { LinkDeps } from './deps.ts';
import type { LinkService } from './service.ts';
import type { DeviceClaims, DeviceTokens } from './token.ts';

/** Enrolments and session requests are small. */
const SMALL_BYTES_MAX = 16_384;

interface Doors {
  readonly platform: Platform;
  readonly service: LinkService;
  readonly tokens: DeviceTokens;
  readonly addressOf: (request: IncomingMessage) => string;
  readonly content: LinkDeps['content'];
  /** @throws ControllerError `address-blocked`. */
  readonly requireNotBlocked: (address: string) => void;
}

/**
 * The link speaks to `node:http` directly, past every hook: one exchange a minute and device is most
 * of what a controller does.
 */
export function mountLinkRoutes(doors: Doors): void {
  const { service, platform } = doors;
  const addressOf = rememberAddresses(doors.addressOf);
  mountJson(doors, linkRoutes.enrol, {
    sizeBytesMax: SMALL_BYTES_MAX,
    async answer(body, request) {
      const address = doors.addressOf(request);
      doors.requireNotBlocked(address);
      return JSON.stringify(await service.enrol(body, address));
    },
  });
  mountJson(doors, linkRoutes.session, {
    sizeBytesMax: SMALL_BYTES_MAX,
    answer: async (body) => JSON.stringify(await service.openSession(body)),
  });
  mountContent(doors);
  platform.http.mountRaw(linkRoutes.exchange, (request, response) => {
    void respond(platform, response, async () => {
      const claims = requireClaims(doors.tokens, request);
      const json = await readJson(request, EXCHANGE_BYTES_MAX);
      const body = parsePart(linkRoutes.exchange.body, json, 'invalid-body');
      const reply = await service.exchange(claims, body, addressOf(request));
      return { status: 200, reply };
    });
  });
}

/** Content is no hot path, and its digest stands in its path: it goes through the router. */
function mountContent({ platform, tokens, content }: Doors): void {
  platform.http.mountDevice(linkRoutes.content, (request, { params, query }) => {
    const { deviceId } = requireClaims(tokens, request);
    return content(deviceId, params.digest, query.offset);
  });
}

/** Without a proxy the address is the connection's own, and stays. */
function rememberAddresses(
  addressOf: (request: IncomingMessage) => string,
): (request: IncomingMessage) => string {
  const known = new WeakMap<object, string>();
  return (request) => {
    if (request.headers['x-forwarded-for'] !== undefined) return addressOf(request);
    const address = known.get(request.socket) ?? addressOf(request);
    known.set(request.socket, address);
    return address;
  };
}

/** The claims of the request's device session. @throws ControllerError `device-session-invalid`. */
export function requireClaims(
  tokens: DeviceTokens,
  request: Pick<IncomingMessage, 'headers'>,
): DeviceClaims {
  const { authorization = '' } = request.headers;
  const claims = authorization.startsWith('Device ')
    ? tokens.read(authorization.slice('Device '.length))
    : undefined;
  if (claims) return claims;
  throw new ControllerError('device-session-invalid', 'open a new session');
}

function mountJson<B extends z.ZodType>(
  { platform }: Doors,
  route: Route<z.ZodType, z.ZodType, B>,
  given: {
    readonly sizeBytesMax: number;
    readonly answer: (body: z.output<B>, request: IncomingMessage) => Promise<string>;
  },
): void {
  platform.http.mountRaw(route, (request, response) => {
    void respond(platform, response, async () => {
      const json = await readJson(request, given.sizeBytesMax);
      const body = parsePart(route.body, json, 'invalid-body');
      return { status: route.status, reply: await given.answer(body, request) };
    });
  });
}

async function respond(
  platform: Platform,
  response: ServerResponse,
  work: () => Promise<{ readonly status: number; readonly reply: string }>,
): Promise<void> {
  try {
    const { status, reply } = await work();
    send(response, { status, type: 'application/json', body: reply, headers: {} });
  } catch (error) {
    const problem = renderProblem(error, platform.newId(), platform.log);
    // What was not read of a refused body is not read any more.
    const isCut = !response.req.complete;
    send(response, {
      status: problem.status,
      type: 'application/problem+json',
      body: JSON.stringify(problem.body),
      headers: {
        ...spreadOut(problem.headers),
        ...(isCut ? { connection: 'close' } : {}),
      },
    });
  }
}

/** Most seconds that are added to a wait, so that a fleet does not come back at one moment. */
const RETRY_SPREAD_SECONDS = 10;

function spreadOut(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const retryAfter = headers['retry-after'];
  if (retryAfter === undefined) return headers;
  const spreadSeconds = Math.round(systemRandom.fraction() * RETRY_SPREAD_SECONDS);
  return { ...headers, 'retry-after': String(Number(retryAfter) + spreadSeconds) };
}

function send(
  response: ServerResponse,
  answer: {
    readonly status: number;
    readonly type: string;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  },
): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    'content-type': answer.type,
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(answer.body),
    ...answer.headers,
  });
  response.end(answer.body);
}
