import { visibleText } from '@wardgrid/base';
import type { CommandSpec } from '../command-spec.ts';
import { valueAt } from '../cells.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { actVerb, createVerb } from '../verbs.ts';

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
    createVerb({
      noun: 'api-tokens',
      route: 'api-tokens.create',
      summary: 'make an API token and print it',
      options: [
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
      ],
      async complete(body, { options }, connection) {
        const isAll = options.isOn('allPermissions');
        const chosen = [isAll, options.isOn('readOnly'), 'permissions' in body].filter(Boolean);
        if (chosen.length !== 1) {
          throw usageError('name one of --permission, --read-only and --all-permissions');
        }
        if ('permissions' in body) return body;
        const session = await connection.call(connection.wire.sessionRoutes.current);
        const permissions = session.permissions.filter(
          (permission) => isAll || connection.wire.isReading(permission),
        );
        return { ...body, permissions };
      },
      say: (made) =>
        `the token is shown only once:\n${visibleText(String(valueAt(made, 'value')))}`,
    }),
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
