import { join } from 'node:path';
import type { Session } from '@wardgrid/wire';
import { fitBody } from '../body.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import type { Connection } from '../connection.ts';
import { usageError } from '../errors.ts';
import { readSecretFile, readSmallFile } from '../files.ts';
import { keepGrant, makeToken, readSignInAccess, withSession } from '../sign-in.ts';

const setupOptions: readonly OptionSpec[] = [
  { flags: '--email <address>', summary: 'the first admin', field: 'email', isRequired: true },
  {
    flags: '--password-file <path>',
    summary: 'a file whose first line is the password',
    field: 'password',
    isRequired: true,
  },
  {
    flags: '--organization <name>',
    summary: 'the first organization (default: the address’s domain)',
    field: 'organizationName',
  },
  { flags: '--token <token>', summary: 'the one-time token, or the whole link', field: 'token' },
  {
    flags: '--data <folder>',
    summary: 'the controller’s data folder, to read the token from (default .wardgrid)',
  },
];

/** The file in a controller's data folder that holds the one-time token. */
const TOKEN_FILE = 'setup-token';

export const setup: CommandSpec = {
  name: 'setup',
  summary: 'do the first-run set-up of a controller and sign in',
  options: setupOptions,
  async run(invocation) {
    const access = await readSignInAccess(invocation);
    const grant = await withSession(invocation, access, {
      begin: (connection) => setUp(invocation, connection),
      work: (connection, session) => makeToken(invocation, connection, session),
    });
    await keepGrant(invocation, access, grant);
  },
};

async function setUp({ machine, options }: Invocation, connection: Connection): Promise<Session> {
  const email = options.text('email') ?? '';
  const body = {
    email,
    password: readSecretFile(options.text('passwordFile') ?? ''),
    organizationName: options.text('organization') ?? email.split('@').at(-1) ?? '',
    token: readToken(options.text('token'), options.text('data') ?? machine.config.dataFolder),
  };
  const { create } = connection.wire.setupRoutes;
  return connection.call(create, { body: fitBody(create, body, setupOptions) });
}

function readToken(given: string | undefined, dataFolder: string): string {
  // The set-up link carries the token behind `#`.
  if (given !== undefined) return given.slice(given.lastIndexOf('#') + 1).trim();
  const path = join(dataFolder, TOKEN_FILE);
  const token = readSmallFile(path)?.trim();
  if (token !== undefined && token !== '') return token;
  throw usageError(
    `there is no '${path}': name the controller's data folder with --data, or give --token; when ` +
      'the set-up is already done, run: wardgrid login',
  );
}
