import { visibleText } from '@wardgrid/base';
import { readAccess } from '../access.ts';
import { fitBody, readBody } from '../body.ts';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { beginByPassword, passwordOptions, withSession } from '../sign-in.ts';
import { actVerb } from '../verbs.ts';

const createOptions: readonly OptionSpec[] = [
  { flags: '--name <name>', summary: 'what it is for', field: 'name', isRequired: true },
  {
    flags: '--permission <permission>',
    summary: 'what it may do, such as devices:read (may repeat)',
    kind: 'list',
    field: 'permissions',
  },
  { flags: '--read-only', summary: 'it may see all that you may see' },
  { flags: '--all-permissions', summary: 'it may do all that you may do' },
  {
    flags: '--expires-days <days>',
    summary: 'for how long (default 90)',
    kind: 'integer',
    field: 'expiresInDays',
  },
];

/** A token may not make tokens: the password is asked for, as the console asks for it. */
const create: CommandSpec = {
  name: 'create',
  summary: 'make an API token and print it; needs your password',
  options: [...createOptions, ...passwordOptions],
  async run(invocation) {
    const { machine, options, output } = invocation;
    requireOneChoice(invocation);
    const connection = await invocation.connect();
    const given = await readBody(invocation, connection, createOptions);
    const { email } = await connection.call(connection.wire.sessionRoutes.current);
    const made = await withSession(invocation, await readAccess(machine, options), {
      begin: (talk) => beginByPassword(invocation, talk, email),
      work: ({ call, wire }, session) => {
        const permissions = session.permissions.filter(
          (permission) => options.isOn('allPermissions') || wire.isReading(permission),
        );
        const route = wire.apiTokenRoutes.create;
        return call(route, { body: fitBody(route, { permissions, ...given }, createOptions) });
      },
    });
    output.document(made, () => `the token is shown only once:\n${visibleText(made.value)}`);
  },
};

function requireOneChoice({ options }: Invocation): void {
  const chosen = ['allPermissions', 'readOnly', 'permission'].filter(
    (name) => options.value(name) !== undefined,
  );
  if (chosen.length === 1) return;
  throw usageError('name one of --permission, --read-only and --all-permissions');
}

export const apiTokens: CommandSpec = {
  name: 'api-tokens',
  summary: 'your own, for scripts',
  commands: [
    listVerb('API tokens', {
      route: 'api-tokens.list',
      isWhole: true,
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'prefix' },
        { key: 'createdAt', title: 'created' },
        { key: 'expiresAt', title: 'expires' },
        { key: 'lastUsedAt', title: 'last used' },
      ],
    }),
    create,
    actVerb({
      name: 'revoke',
      aliases: ['delete'],
      noun: 'api-tokens',
      route: 'api-tokens.revoke',
      summary: 'revoke API tokens of your own',
      past: 'revoked',
    }),
  ],
};
