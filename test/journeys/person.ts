/** A person at the API of a controller in another network namespace: cookies, live stream, all by TLS. */
import { request as openRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import {
  accountRoutes,
  createClient,
  LIVE_STREAM_PATH,
  LiveEvent,
  sessionRoutes,
  setupRoutes,
  type Call,
  type Session,
  type Transport,
} from '@wardgrid/wire';

/** Whom to talk to, and by which door. */
export interface Door {
  /** Where a relay into the namespace listens. */
  readonly socketPath: string;
  readonly url: string;
  /** The only authority that is believed. */
  readonly ca: string;
}

/** Somebody signed in. */
export interface Person {
  readonly call: Call;
  /** Follows the live stream; every event so far is in `events`. */
  readonly follow: () => Promise<LiveStream>;
}

/** What a console would hear. */
interface LiveStream {
  readonly events: readonly LiveEvent[];
  readonly close: () => void;
}

/** The password of everybody in these journeys. */
const PASSWORD = 'correct horse battery staple 7';

/** The first person of every grid of these journeys. */
export const ROOT_EMAIL = 'root@example.com';

/** The set-up link's token and some organization make the first person. */
export function setUp(door: Door, token: string): Promise<Person> {
  const body = { token, email: ROOT_EMAIL, password: PASSWORD, organizationName: 'Acme' };
  return enter(door, (call) => call(setupRoutes.create, { body }));
}

/** Somebody who has an account. */
export function signIn(door: Door, email: string): Promise<Person> {
  return enter(door, (call) => call(sessionRoutes.create, { body: { email, password: PASSWORD } }));
}

/** Follows an invitation, and signs in. */
export async function accept(door: Door, email: string, path: string): Promise<Person> {
  const body = { token: path.split('#')[1] ?? '', password: PASSWORD };
  const { call } = visit(door);
  await call(accountRoutes.accept, { body });
  return signIn(door, email);
}

async function enter(door: Door, begin: (call: Call) => Promise<Session>): Promise<Person> {
  const { call, headers, setCsrfToken } = visit(door);
  const { csrfToken } = await begin(call);
  setCsrfToken(csrfToken);
  return { call, follow: () => follow(door, headers()) };
}

/** Somebody who is not signed in yet, and keeps cookies. */
function visit(door: Door) {
  const cookies = new Map<string, string>();
  let csrfToken = '';
  const headers = (): Record<string, string> => ({
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    'x-wardgrid-csrf': csrfToken,
  });
  const once: Transport = async (url, given) => {
    const sent = { ...given, headers: { ...given.headers, ...headers() } };
    const response = await send(door, new URL(url), sent);
    for (const line of response.headers['set-cookie'] ?? []) {
      const pair = line.split(';', 1)[0] ?? '';
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const text = await textOf(response);
    return {
      status: response.statusCode ?? 0,
      headers: { get: (name) => headerOf(response, name) },
      text: async () => text,
    };
  };
  /** On a slow machine a journey outlasts a session, which is renewed as a console would. */
  const transport: Transport = async (url, given) => {
    const answer = await once(url, given);
    if (answer.status !== 401 || csrfToken === '') return answer;
    const renewed = await createClient({ baseUrl: door.url, transport: once })(
      sessionRoutes.refresh,
    );
    csrfToken = renewed.csrfToken;
    return once(url, given);
  };
  const call = createClient({ baseUrl: door.url, transport });
  const setCsrfToken = (value: string): void => void (csrfToken = value);
  return { call, headers, setCsrfToken };
}

/** The certificate that a controller offers to be pinned, read before anybody is believed. */
export async function readCertificate(door: Omit<Door, 'ca'>): Promise<string> {
  const url = new URL('/api/v1/ca.pem', door.url);
  const given = { method: 'GET', headers: {} };
  return textOf(await send({ ...door, ca: '' }, url, given));
}

function send(
  door: Door,
  url: URL,
  given: Pick<Parameters<Transport>[1], 'method' | 'headers' | 'body'>,
): Promise<IncomingMessage> {
  const options: RequestOptions = {
    socketPath: door.socketPath,
    host: url.hostname,
    path: url.pathname + url.search,
    method: given.method,
    headers: { host: url.host, ...given.headers },
    agent: false,
    ...(door.ca === '' ? { rejectUnauthorized: false } : { ca: door.ca }),
  };
  return new Promise((resolve, reject) => {
    openRequest(options, resolve).on('error', reject).end(given.body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) text += String(part);
  return text;
}

function headerOf(response: IncomingMessage, name: string): string | null {
  const value = response.headers[name.toLowerCase()];
  return value === undefined ? null : String(value);
}

async function follow(door: Door, headers: Readonly<Record<string, string>>): Promise<LiveStream> {
  const response = await send(door, new URL(LIVE_STREAM_PATH, door.url), {
    method: 'GET',
    headers,
  });
  if (response.statusCode !== 200) throw new Error(`the live stream gave ${response.statusCode}`);
  const events: LiveEvent[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      if (data) events.push(LiveEvent.parse(JSON.parse(data)));
    }
  });
  response.on('error', () => undefined);
  return { events, close: () => response.destroy() };
}
