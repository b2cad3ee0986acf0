import type { ApiToken, Session } from '@wardgrid/wire';
import { readAccess, type Access } from './access.ts';
import type { Row } from './cells.ts';
import type { Invocation } from './command-spec.ts';
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
