import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb } from '../verbs.ts';

const reason: OptionSpec = {
  flags: '--reason <text>',
  summary: 'why',
  field: 'reason',
  isRequired: true,
};
/** Said aloud: what follows cannot be taken back. */
const confirm: OptionSpec = {
  flags: '--yes',
  summary: 'yes, do it',
  field: 'isConfirmed',
  isRequired: true,
};

export const quarantine: CommandSpec = {
  name: 'quarantine',
  summary: 'files that devices sealed away',
  commands: [
    listVerb('quarantine', {
      route: 'quarantine.list',
      columns: [
        { key: 'id' },
        { key: 'state' },
        { key: 'path' },
        { key: 'rule' },
        { key: 'deviceName', title: 'device' },
        { key: 'sealedAt', title: 'sealed' },
      ],
    }),
    showVerb('quarantine', 'quarantine.read'),
    actVerb({
      name: 'restore',
      noun: 'quarantine',
      route: 'quarantine.restore',
      summary: 'bring files back to where they were',
      past: 'ordered',
      options: [
        {
          flags: '--exception-days <days>',
          summary: 'leave the file alone for so long',
          kind: 'integer',
          field: 'exceptionDays',
        },
        reason,
        confirm,
      ],
    }),
    actVerb({
      name: 'purge',
      noun: 'quarantine',
      route: 'quarantine.purge',
      summary: 'delete files in quarantine for good',
      past: 'ordered',
      options: [reason, confirm],
    }),
  ],
};
