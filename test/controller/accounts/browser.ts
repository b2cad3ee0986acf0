/** A browser as these tests need it: it keeps cookies by path, sends what it is told, reads problems. */
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import {
  accountRoutes,
  createClient,
  ProblemError,
  sessionRoutes,
  setupRoutes,
  type Call,
  type NewAccount,
  type Session,
  type Transport,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { AccountsServer } from './server.ts';

/** A password that the rules accept. */
export const PASSWORD = 'correct horse battery staple 7';

export interface Browser {
  readonly call: Call;
  /** Cookies by name; a test may read and change them. */
  readonly cookies: Map<string, string>;
  /** Headers sent with every request besides; a test may change them. */
  readonly headers: Map<string, string>;
  /** The `Set-Cookie` lines of the last answer. */
  readonly setCookies: () => readonly string[];
}

const REFRESH_PATH = '/api/v1/sessions/refresh';

/** A browser at an address, as a proxy would report it. */
export function openBrowser(server: AccountsServer, address = '198.51.100.7'): Browser {
  const cookies = new Map<string, string>();
  const headers = new Map([['x-forwarded-for', address]]);
  let lines: readonly string[] = [];
  const transport: Transport = async (url, request) => {
    const isRefresh = new URL(url).pathname === REFRESH_PATH;
    const sent = [...cookies].filter(([name]) => isRefresh || !name.includes('refresh'));
    const response = await fetch(url, {
      ...request,
      headers: {
        ...request.headers,
        ...(sent.length > 0
          ? { cookie: sent.map(([name, value]) => `${name}=${value}`).join('; ') }
          : {}),
        ...Object.fromEntries(headers),
      },
    });
    lines = response.headers.getSetCookie();
    for (const line of lines) {
      const pair = line.split(';', 1)[0] ?? '';
      const at = pair.indexOf('=');
      if (/Max-Age=0/i.test(line)) cookies.delete(pair.slice(0, at));
      else cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  };
  const call = createClient({ baseUrl: server.url, transport });
  return { call, cookies, headers, setCookies: () => lines };
}

/** A signed-in person at a browser. */
export interface Person extends Browser {
  session: Session;
}

function asPerson(browser: Browser, session: Session): Person {
  browser.headers.set('x-wardgrid-csrf', session.csrfToken);
  return { ...browser, session };
}

/** Does first-run set-up with the token of the file. */
export async function setUp(
  server: AccountsServer,
  browser = openBrowser(server),
): Promise<Person> {
  const path = join(server.folder, 'setup-token');
  await server.accounts.openSetup(path);
  const token = await readFile(path, 'utf8');
  const body = { token, email: 'root@example.com', password: PASSWORD, organizationName: 'Acme' };
  return asPerson(browser, await browser.call(setupRoutes.create, { body }));
}

export async function signIn(
  server: AccountsServer,
  given: { readonly email: string; readonly password?: string; readonly code?: string },
  browser = openBrowser(server),
): Promise<Person> {
  const { email, password = PASSWORD, code } = given;
  const body = { email, password, ...(code === undefined ? {} : { code }) };
  return asPerson(browser, await browser.call(sessionRoutes.create, { body }));
}

/** Invites an account, accepts for it and signs in. */
export async function addPerson(
  server: AccountsServer,
  creator: Person,
  body: z.input<typeof NewAccount>,
): Promise<Person> {
  const { invitation } = await creator.call(accountRoutes.create, { body });
  await accept(server, invitation.path);
  return signIn(server, { email: body.email });
}

export async function accept(
  server: AccountsServer,
  path: string,
  password = PASSWORD,
): Promise<void> {
  const token = path.split('#')[1] ?? '';
  await openBrowser(server).call(accountRoutes.accept, { body: { token, password } });
}

/** The problem code that a call ends in, or `ok`. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
}
