import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { createVerb, deleteVerb, showVerb, updateVerb } from '../verbs.ts';

export const organizations: CommandSpec = {
  name: 'organizations',
  summary: 'the clients of a tenant',
  commands: [
    listVerb('organizations', {
      route: 'organizations.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'tenantName', title: 'tenant' },
        { key: 'groups' },
        { key: 'counts.devices', title: 'devices' },
        { key: 'counts.online', title: 'online' },
        { key: 'counts.openFindings', title: 'findings' },
        { key: 'counts.worstSeverity', title: 'worst' },
      ],
    }),
    showVerb('organizations', 'organizations.read'),
    createVerb({
      noun: 'organizations',
      route: 'organizations.create',
      summary: 'create an organization',
      options: [
        { flags: '--name <name>', summary: 'its name', field: 'name', isRequired: true },
        {
          flags: '--tenant <tenant>',
          summary: 'its tenant (platform admins only)',
          field: 'tenantId',
          noun: 'tenants',
        },
      ],
    }),
    updateVerb({
      noun: 'organizations',
      route: 'organizations.update',
      summary: 'rename an organization',
      options: [{ flags: '--name <name>', summary: 'a new name', field: 'name' }],
    }),
    deleteVerb('organizations', 'organizations.delete'),
  ],
};
