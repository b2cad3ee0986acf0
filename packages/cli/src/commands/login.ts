import { visibleText } from '@wardgrid/base';
import type { Access } from '../access.ts';
import type { CommandSpec, Invocation } from '../command-spec.ts';
import type { Connection } from '../connection.ts';
import { CliError, isProblemError, usageError } from '../errors.ts';
import { readSecretFile } from '../files.ts';
import {
  beginByPassword,
  keepGrant,
  makeToken,
  passwordOptions,
  readSignInAccess,
  withConnection,
  withSession,
  type Grant,
} from '../sign-in.ts';

/** Bounds of what a controller may ask for between two questions. */
const INTERVAL_MS_MIN = 500;
const INTERVAL_MS_MAX = 60_000;

export const login: CommandSpec = {
  name: 'login',
  summary: 'sign in: by a code approved in the console, an API token, or a password',
  options: [
    { flags: '--token-file <path>', summary: 'a file whose first line is an API token' },
    { flags: '--email <address>', summary: 'sign in with a password instead of a code' },
    ...passwordOptions,
  ],
  async run(invocation) {
    const access = await readSignInAccess(invocation);
    await keepGrant(invocation, access, await signIn(invocation, access));
  },
};

async function signIn(invocation: Invocation, access: Access): Promise<Grant> {
  const tokenFile = invocation.options.text('tokenFile');
  const email = invocation.options.text('email');
  if (tokenFile !== undefined && email !== undefined) {
    throw usageError('--token-file and --email exclude each other');
  }
  if (tokenFile !== undefined) return { value: readSecretFile(tokenFile), token: null };
  if (email === undefined) {
    return withConnection(invocation, access, (connection) => signInByCode(invocation, connection));
  }
  return withSession(invocation, access, {
    begin: (connection) => beginByPassword(invocation, connection, email),
    work: (connection, session) => makeToken(invocation, connection, session),
  });
}

/** Shows a code, and asks until a person has approved it (in the manner of RFC 8628). */
async function signInByCode(invocation: Invocation, connection: Connection): Promise<Grant> {
  const { machine, output } = invocation;
  const { create, redeem } = connection.wire.deviceCodeRoutes;
  const clientName = `wardgrid on ${machine.hostname}`.slice(0, 80);
  const code = await connection.call(create, { body: { clientName } });
  output.note(`open ${connection.controllerUrl}${visibleText(code.verificationPath)}`);
  output.note(`and approve this code: ${visibleText(code.userCode)}`);
  const { clock, signal } = machine;
  const endMs = clock.monotonic() + code.expiresInSeconds * 1_000;
  const intervalMs = Math.min(
    INTERVAL_MS_MAX,
    Math.max(INTERVAL_MS_MIN, code.intervalSeconds * 1_000),
  );
  while (clock.monotonic() < endMs) {
    await clock.sleep(intervalMs, signal);
    const body = { deviceCode: code.deviceCode };
    const grant = await connection.call(redeem, { body }).catch(undefinedWhilePending);
    if (grant) return grant;
  }
  throw new CliError('sign-in-expired', 'the code was not approved in time; run login again');
}

function undefinedWhilePending(error: unknown): undefined {
  if (isProblemError(error) && error.code === 'device-code-pending') return undefined;
  throw error;
}
