import { visibleText } from '@wardgrid/base';
import { valueAt } from '../cells.ts';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { actVerb, createVerb, showVerb } from '../verbs.ts';
import { joining } from './join-candidates.ts';
import { placeOptions, withScope } from '../place-options.ts';

const tokenOptions: readonly OptionSpec[] = [
  {
    flags: '--name <name>',
    summary: 'what the controller is called',
    field: 'name',
    isRequired: true,
  },
  ...placeOptions('that it serves'),
  {
    flags: '--expires-hours <hours>',
    summary: 'for how long it may come',
    kind: 'integer',
    field: 'expiresInHours',
  },
  {
    flags: '--approval <yes-or-no>',
    summary: 'whether somebody has to let it in',
    kind: 'yes-no',
    field: 'isApprovalNeeded',
  },
];

export const controllers: CommandSpec = {
  name: 'controllers',
  summary: 'the controllers of the grid, and what they are let in with',
  commands: [
    listVerb('controllers', {
      route: 'controllers.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'role' },
        { key: 'state' },
        { key: 'isOnline', title: 'online' },
        { key: 'placeName', title: 'serves' },
        { key: 'parentName', title: 'below' },
        { key: 'upstream' },
        { key: 'queueUp', title: 'queue' },
        { key: 'lastSyncAt', title: 'exchanged' },
        { key: 'version' },
      ],
    }),
    showVerb('controllers', 'controllers.read'),
    createVerb({
      name: 'token',
      noun: 'join-tokens',
      route: 'join-tokens.create',
      summary: 'make a one-time token and print the line to run on the new controller',
      options: tokenOptions,
      complete: async (body, _, connection) => {
        const whole = await withScope(body, connection);
        if (whole['scope'] === undefined) {
          throw usageError('say what it serves: --tenant, --organization or --group');
        }
        return whole;
      },
      say: (made) =>
        [
          `created a token for controller '${textAt(made, 'joinToken.name')}', which serves ` +
            `${textAt(made, 'joinToken.placeName')}, until ${textAt(made, 'joinToken.expiresAt')}`,
          'run this on its machine (it is shown only once):',
          '',
          textAt(made, 'command'),
        ].join('\n'),
    }),
    {
      ...listVerb('join tokens', {
        route: 'join-tokens.list',
        columns: [
          { key: 'id' },
          { key: 'name' },
          { key: 'state' },
          { key: 'placeName', title: 'serves' },
          { key: 'createdBy', title: 'by' },
          { key: 'expiresAt', title: 'expires' },
        ],
      }),
      name: 'tokens',
    },
    actVerb({
      name: 'revoke-token',
      noun: 'join-tokens',
      route: 'join-tokens.revoke',
      summary: 'revoke tokens that no controller has used',
      past: 'revoked',
    }),
    ...joining,
    actVerb({
      name: 'revoke',
      noun: 'controllers',
      route: 'controllers.revoke',
      summary: 'take controllers out of the grid for ever',
      past: 'revoked',
      options: [{ flags: '--reason <text>', summary: 'why', field: 'reason' }],
    }),
    actVerb({
      name: 'rename',
      noun: 'controllers',
      route: 'controllers.update',
      summary: 'give a controller another name',
      past: 'renamed',
      options: [
        { flags: '--name <name>', summary: 'the new name', field: 'name', isRequired: true },
      ],
    }),
    actVerb({
      name: 'move',
      noun: 'controllers',
      route: 'controllers.update',
      summary: 'put a controller below another one (at the cloud)',
      past: 'moved',
      options: [
        {
          flags: '--parent <controller>',
          summary: 'the one above it',
          field: 'parentId',
          noun: 'controllers',
          isRequired: true,
        },
      ],
    }),
  ],
};

function textAt(value: unknown, path: string): string {
  return visibleText(String(valueAt(value, path)));
}
