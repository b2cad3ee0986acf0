import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { createVerb, deleteVerb } from '../verbs.ts';

export const blockedAddresses: CommandSpec = {
  name: 'blocked-addresses',
  summary: 'who may not reach the controller',
  commands: [
    listVerb('blocked addresses', {
      route: 'blocked-addresses.list',
      isWhole: true,
      columns: [
        { key: 'id' },
        { key: 'cidr', title: 'address' },
        { key: 'reason' },
        { key: 'origin' },
        { key: 'createdAt', title: 'since' },
        { key: 'expiresAt', title: 'until' },
      ],
    }),
    createVerb({
      noun: 'blocked-addresses',
      route: 'blocked-addresses.create',
      summary: 'block an address or network',
      options: [
        { flags: '--cidr <network>', summary: 'what to block', field: 'cidr', isRequired: true },
        { flags: '--reason <text>', summary: 'why', field: 'reason', isRequired: true },
        {
          flags: '--expires-hours <hours>',
          summary: 'for how long (default 24)',
          kind: 'integer',
          field: 'expiresInHours',
        },
        { flags: '--forever', summary: 'until it is unblocked by hand' },
        {
          flags: '--confirm-own-address',
          summary: 'even when it is the own address',
          field: 'isOwnAddressConfirmed',
        },
      ],
      complete: async (body, { options }) =>
        options.isOn('forever') ? { ...body, expiresInHours: null } : body,
    }),
    deleteVerb('blocked-addresses', 'blocked-addresses.delete'),
  ],
};
