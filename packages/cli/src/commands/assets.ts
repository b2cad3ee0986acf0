import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb, updateVerb } from '../verbs.ts';

const note: OptionSpec = {
  flags: '--note <text>',
  summary: 'why; none: no note',
  field: 'note',
  isNullable: true,
};

export const assets: CommandSpec = {
  name: 'assets',
  summary: 'the machines found on networks',
  commands: [
    listVerb('assets', {
      route: 'assets.list',
      columns: [
        { key: 'id' },
        { key: 'ip', title: 'address' },
        { key: 'name' },
        { key: 'state' },
        { key: 'mac' },
        { key: 'networkCidr', title: 'network' },
        { key: 'openPorts', title: 'ports' },
        { key: 'openFindings', title: 'findings' },
        { key: 'lastSeenAt', title: 'last seen' },
      ],
    }),
    showVerb('assets', 'assets.read'),
    updateVerb({
      noun: 'assets',
      route: 'assets.update',
      summary: 'note something on assets',
      options: [note],
    }),
    actVerb({
      name: 'ignore',
      noun: 'assets',
      route: 'assets.update',
      summary: 'ignore assets',
      past: 'ignored',
      body: { isIgnored: true },
      options: [note],
    }),
    actVerb({
      name: 'unignore',
      noun: 'assets',
      route: 'assets.update',
      summary: 'take assets up again',
      past: 'taken up',
      body: { isIgnored: false },
      options: [note],
    }),
  ],
};
