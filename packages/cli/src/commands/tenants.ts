import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, createVerb, deleteVerb, showVerb, updateVerb } from '../verbs.ts';
import { licenceOptions } from './licences.ts';

const createOptions: readonly OptionSpec[] = [
  { flags: '--name <name>', summary: 'its name', field: 'name', isRequired: true },
  ...licenceOptions('licence.'),
];

export const tenants: CommandSpec = {
  name: 'tenants',
  summary: 'MSPs and enterprises, each with a licence',
  commands: [
    listVerb('tenants', {
      route: 'tenants.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'licenceState', title: 'licence' },
        { key: 'seatsUsed' },
        { key: 'seats' },
        { key: 'organizations' },
        { key: 'counts.devices', title: 'devices' },
        { key: 'counts.online', title: 'online' },
        { key: 'counts.openFindings', title: 'findings' },
        { key: 'isSuspended', title: 'suspended' },
      ],
    }),
    showVerb('tenants', 'tenants.read'),
    createVerb({
      noun: 'tenants',
      route: 'tenants.create',
      summary: 'create a tenant with its licence',
      options: createOptions,
    }),
    updateVerb({
      noun: 'tenants',
      route: 'tenants.update',
      summary: 'rename a tenant, or open it to the platform’s support',
      options: [
        { flags: '--name <name>', summary: 'a new name', field: 'name' },
        {
          flags: '--support-access <yes-or-no>',
          summary: 'whether the platform sees inside',
          kind: 'yes-no',
          field: 'isSupportAccessOn',
        },
      ],
    }),
    actVerb({
      name: 'suspend',
      noun: 'tenants',
      route: 'tenants.update',
      summary: 'suspend tenants (platform only)',
      past: 'suspended',
      body: { isSuspended: true },
    }),
    actVerb({
      name: 'resume',
      noun: 'tenants',
      route: 'tenants.update',
      summary: 'end the suspension of tenants (platform only)',
      past: 'resumed',
      body: { isSuspended: false },
    }),
    deleteVerb('tenants', 'tenants.delete'),
  ],
};
