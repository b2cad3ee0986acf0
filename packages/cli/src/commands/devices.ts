import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { resolveId } from '../names.ts';
import { INVENTORY_SECTIONS } from '../contract-words.ts';
import { listVerb } from '../listing.ts';
import { actVerb, createVerb, showThing, showVerb, thingArgument, updateVerb } from '../verbs.ts';
import { orderOptions, ownNetworkOptions, runJob } from '../job-order.ts';

const homeOptions: readonly OptionSpec[] = [
  {
    flags: '--organization <organization>',
    summary: 'move to this organization',
    field: 'organizationId',
    noun: 'organizations',
  },
  {
    flags: '--group <group>',
    summary: 'move to this group; none: directly below the organization',
    field: 'groupId',
    noun: 'groups',
    isNullable: true,
  },
];

const scan: CommandSpec = {
  name: 'scan',
  summary: 'scan the network the device is in (“Scan agent network”)',
  arguments: [thingArgument('devices')],
  options: [...ownNetworkOptions, ...orderOptions],
  run: (invocation) =>
    runJob(invocation, {
      kind: 'discovery',
      options: ownNetworkOptions,
      deviceText: invocation.operands[0] ?? '',
    }),
};

const inventory: CommandSpec = {
  name: 'inventory',
  summary: 'show the newest inventory of a section',
  arguments: [
    thingArgument('devices'),
    { syntax: '<section>', summary: 'which part', choices: INVENTORY_SECTIONS },
  ],
  async run(invocation) {
    const connection = await invocation.connect();
    const [text = '', section = ''] = invocation.operands;
    const id = await resolveId(connection, 'devices', text);
    const route = connection.wire.deviceRoutes.inventory;
    const params = route.params.parse({ id, section });
    showThing(invocation, await connection.call(route, { params }));
  },
};

export const devices: CommandSpec = {
  name: 'devices',
  summary: 'the managed machines',
  commands: [
    listVerb('devices', {
      route: 'devices.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'status' },
        { key: 'osName', title: 'os' },
        { key: 'organizationName', title: 'organization' },
        { key: 'groupName', title: 'group' },
        { key: 'localIp', title: 'address' },
        { key: 'openFindings', title: 'findings' },
        { key: 'isGrace', title: 'grace' },
        { key: 'lastSeenAt', title: 'last seen' },
      ],
    }),
    showVerb('devices', 'devices.read'),
    scan,
    inventory,
    updateVerb({
      noun: 'devices',
      route: 'devices.update',
      summary: 'rename, tag or move devices',
      options: [
        { flags: '--name <name>', summary: 'a new name', field: 'name' },
        { flags: '--tags <tags>', summary: 'all its tags (a,b)', kind: 'list', field: 'tags' },
        ...homeOptions,
      ],
    }),
    createVerb({
      name: 'update-matching',
      noun: 'devices',
      route: 'devices.bulkUpdate',
      summary: 'tag or move every device that a filter matches',
      options: [
        {
          flags: '--filter <filter>',
          summary: 'which devices',
          field: 'selection.filter',
          isRequired: true,
        },
        { flags: '--add-tags <tags>', summary: 'tags to add', kind: 'list', field: 'addTags' },
        {
          flags: '--remove-tags <tags>',
          summary: 'tags to take away',
          kind: 'list',
          field: 'removeTags',
        },
        ...homeOptions,
      ],
      say: (answer) => `changed ${String(answer['changed'])} devices`,
    }),
    actVerb({
      name: 'retire',
      aliases: ['delete'],
      noun: 'devices',
      route: 'devices.delete',
      summary: 'retire devices and free their seats',
      past: 'retired',
    }),
  ],
};
