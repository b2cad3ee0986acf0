import { visibleText } from '@wardgrid/base';
import type { CommandSpec } from '../command-spec.ts';
import { valueAt } from '../cells.ts';
import { listVerb } from '../listing.ts';
import { actVerb, createVerb, showVerb } from '../verbs.ts';

export const enrolmentKeys: CommandSpec = {
  name: 'enrolment-keys',
  summary: 'what a new agent enrols with',
  commands: [
    listVerb('enrolment keys', {
      route: 'enrolment-keys.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'prefix' },
        { key: 'state' },
        { key: 'organizationName', title: 'organization' },
        { key: 'groupName', title: 'group' },
        { key: 'used' },
        { key: 'seats' },
        { key: 'expiresAt', title: 'expires' },
      ],
    }),
    showVerb('enrolment-keys', 'enrolment-keys.read'),
    createVerb({
      noun: 'enrolment-keys',
      route: 'enrolment-keys.create',
      summary: 'make an enrolment key and print the line to run on devices',
      options: [
        { flags: '--name <name>', summary: 'a name to tell it by', field: 'name' },
        {
          flags: '--organization <organization>',
          summary: 'where devices are enrolled',
          field: 'organizationId',
          noun: 'organizations',
        },
        {
          flags: '--group <group>',
          summary: 'and in which group; enough by itself',
          field: 'groupId',
          noun: 'groups',
        },
        {
          flags: '--seats <count>',
          summary: 'for how many devices',
          kind: 'integer',
          field: 'seats',
        },
        {
          flags: '--expires-hours <hours>',
          summary: 'for how long',
          kind: 'integer',
          field: 'expiresInHours',
        },
        {
          flags: '--allowed-cidr <network>',
          summary: 'from which network alone',
          kind: 'network',
          field: 'allowedCidr',
        },
      ],
      complete: async (body, { machine }) => ({
        name: `made on ${machine.hostname} at ${new Date(machine.clock.now()).toISOString()}`,
        ...body,
      }),
      say: (made) =>
        [
          `created enrolment key '${textAt(made, 'enrolmentKey.name')}' for ` +
            `${textAt(made, 'enrolmentKey.organizationName')}, ` +
            `${textAt(made, 'enrolmentKey.seats')} seats, until ` +
            textAt(made, 'enrolmentKey.expiresAt'),
          'run this on each device (it is shown only once):',
          '',
          textAt(made, 'command'),
        ].join('\n'),
    }),
    actVerb({
      name: 'revoke',
      aliases: ['delete'],
      noun: 'enrolment-keys',
      route: 'enrolment-keys.revoke',
      summary: 'revoke enrolment keys; enrolled devices stay',
      past: 'revoked',
    }),
  ],
};

function textAt(value: unknown, path: string): string {
  return visibleText(String(valueAt(value, path)));
}
