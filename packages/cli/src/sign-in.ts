import type { ApiToken, Session } from '@wardgrid/wire';
import { readAccess, type Access } from './access.ts';
import type { Row } from './cells.ts';
import { fitBody } from './body.ts';
import type { Invocation, OptionSpec } from './command-spec.ts';
import { createCookieJar } from './cookies.ts';
import { readSecretFile } from './files.ts';
import { openConnection, type Connection } from './connection.ts';
import { usageError } from './errors.ts';
import { longOf } from './options.ts';
import { writeProfile } from './profiles.ts';
import { visibleText } from '@wardgrid/base';

/** What a sign-in ends in: a token, and the token's own description when it was made for us. */
export interface Grant {
  readonly value: string;
  readonly token: ApiToken | null;
}

/** Runs `work` with a connection that is closed afterwards. */
export async function withConnection<Result>(
  invocation: Invocation,
  given: Parameters<typeof openConnection>[1],
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await openConnection(invocation.machine, given);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** A talk with a session: how it begins, and what is done in it. */
export interface SessionTalk<Result> {
  readonly begin: (connection: Connection) => Promise<Session>;
  readonly work: (connection: Connection, session: Session) => Promise<Result>;
}

/** Runs work that an API token may not do in a session of its own, which ends afterwards. */
export async function withSession<Result>(
  invocation: Invocation,
  access: Access,
  { begin, work }: SessionTalk<Result>,
): Promise<Result> {
  const jar = createCookieJar();
  let csrf: Readonly<Record<string, string>> = {};
  const headers = () => ({ ...jar.headers(), ...csrf });
  const given = { ...access, token: undefined, onCookies: jar.keep, headers };
  return withConnection(invocation, given, async (connection) => {
    const session = await begin(connection);
    csrf = { 'x-wardgrid-csrf': session.csrfToken };
    try {
      return await work(connection, session);
    } finally {
      // A session that could not be ended ends by itself, and its cookies are forgotten here.
      await connection.call(connection.wire.sessionRoutes.signOut).catch(() => undefined);
    }
  });
}

/** Options of a sign-in by password. */
export const passwordOptions: readonly OptionSpec[] = [
  { flags: '--password-file <path>', summary: 'a file whose first line is your password' },
  { flags: '--code <code>', summary: 'the code of your second factor, when you have one' },
];

/** Begins a session by e-mail and password. */
export async function beginByPassword(
  { options }: Invocation,
  connection: Connection,
  email: string,
): Promise<Session> {
  const passwordFile = requireOption(options.text('passwordFile'), '--password-file');
  const code = options.text('code');
  const { create } = connection.wire.sessionRoutes;
  const given = { email, password: readSecretFile(passwordFile), ...(code ? { code } : {}) };
  const specs = [
    { flags: '--email', summary: '', field: 'email' },
    { flags: '--code', summary: '', field: 'code' },
    { flags: '--password-file', summary: '', field: 'password' },
  ];
  return connection.call(create, { body: fitBody(create, given, specs) });
}

/** A token for this machine, with all that the session may do. */
export async function makeToken(
  { machine }: Invocation,
  connection: Connection,
  { permissions }: Session,
): Promise<Grant> {
  const body = { name: `wardgrid on ${machine.hostname}`, permissions };
  return connection.call(connection.wire.apiTokenRoutes.create, { body });
}

/** The access of a sign-in: whom it is for is open, so no token of the environment is used. */
export async function readSignInAccess(invocation: Invocation): Promise<Access> {
  const { machine, options } = invocation;
  return { ...(await readAccess(machine, options)), token: undefined };
}

/** Finds out whose token it is, keeps it as the profile, and says so. */
export async function keepGrant(
  invocation: Invocation,
  access: Access,
  grant: Grant,
): Promise<void> {
  const { machine, output } = invocation;
  const session = await withConnection(
    invocation,
    { ...access, token: grant.value },
    (connection) => connection.call(connection.wire.sessionRoutes.current),
  );
  writeProfile(machine.config, access.profileName, {
    controller: access.controllerUrl,
    token: grant.value,
    tokenId: grant.token?.id ?? null,
    email: session.email,
    ca: access.ca,
  });
  const document = {
    profile: access.profileName,
    controller: access.controllerUrl,
    tokenExpiresAt: grant.token?.expiresAt ?? null,
    account: accountOf(session),
  };
  output.document(
    document,
    () =>
      `signed in at ${access.controllerUrl} as ${visibleText(session.email)} ` +
      `(profile '${access.profileName}')`,
  );
}

/** Who is signed in, without what only a browser needs. */
export function accountOf(session: Session): Row {
  const { csrfToken: _, accessExpiresAt: __, sessionExpiresAt: ___, ...account } = session;
  return account;
}

/** An option that cannot be missing. @throws CliError `usage`. */
export function requireOption(value: string | undefined, flags: string): string {
  if (value !== undefined) return value;
  throw usageError(`required option '${longOf(flags)}' not specified`);
}
