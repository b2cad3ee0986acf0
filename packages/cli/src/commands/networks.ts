import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb, updateVerb } from '../verbs.ts';

export const networks: CommandSpec = {
  name: 'networks',
  summary: 'what devices reported, and whether it may be scanned',
  commands: [
    listVerb('networks', {
      route: 'networks.list',
      columns: [
        { key: 'id' },
        { key: 'cidr', title: 'network' },
        { key: 'name' },
        { key: 'state' },
        { key: 'organizationName', title: 'organization' },
        { key: 'groupName', title: 'group' },
        { key: 'gatewayMac', title: 'gateway' },
        { key: 'devices' },
        { key: 'assets' },
        { key: 'lastScanAt', title: 'last scan' },
      ],
    }),
    showVerb('networks', 'networks.read'),
    updateVerb({
      noun: 'networks',
      route: 'networks.update',
      summary: 'name a network',
      options: [
        {
          flags: '--name <name>',
          summary: 'its name; none: no name',
          field: 'name',
          isNullable: true,
        },
      ],
    }),
    actVerb({
      name: 'approve',
      noun: 'networks',
      route: 'networks.update',
      summary: 'let networks be scanned',
      past: 'approved',
      body: { state: 'approved' },
    }),
    actVerb({
      name: 'refuse',
      noun: 'networks',
      route: 'networks.update',
      summary: 'have networks never scanned',
      past: 'refused',
      body: { state: 'refused' },
    }),
  ],
};
