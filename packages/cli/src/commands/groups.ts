import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { createVerb, deleteVerb, showVerb, updateVerb } from '../verbs.ts';

export const groups: CommandSpec = {
  name: 'groups',
  summary: 'sets of devices inside an organization',
  commands: [
    listVerb('groups', {
      route: 'groups.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'organizationName', title: 'organization' },
        { key: 'parentId', title: 'inside' },
        { key: 'counts.devices', title: 'devices' },
        { key: 'counts.online', title: 'online' },
        { key: 'counts.openFindings', title: 'findings' },
      ],
    }),
    showVerb('groups', 'groups.read'),
    createVerb({
      noun: 'groups',
      route: 'groups.create',
      summary: 'create a group',
      options: [
        { flags: '--name <name>', summary: 'its name', field: 'name', isRequired: true },
        {
          flags: '--organization <organization>',
          summary: 'the organization it belongs to',
          field: 'organizationId',
          noun: 'organizations',
          isRequired: true,
        },
        {
          flags: '--parent <group>',
          summary: 'the group it is inside of',
          field: 'parentId',
          noun: 'groups',
        },
      ],
    }),
    updateVerb({
      noun: 'groups',
      route: 'groups.update',
      summary: 'rename or move a group',
      options: [
        { flags: '--name <name>', summary: 'a new name', field: 'name' },
        {
          flags: '--parent <group>',
          summary: 'move it inside a group; none: directly below the organization',
          field: 'parentId',
          noun: 'groups',
          isNullable: true,
        },
      ],
    }),
    deleteVerb('groups', 'groups.delete'),
  ],
};
