import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb, updateVerb } from '../verbs.ts';

const note: OptionSpec = {
  flags: '--note <text>',
  summary: 'why; none: no note',
  field: 'note',
  isNullable: true,
};

function setState(name: string, state: string, past: string): CommandSpec {
  return actVerb({
    name,
    noun: 'findings',
    route: 'findings.update',
    summary: `${name} findings`,
    past,
    body: { state },
    options: [note],
  });
}

export const findings: CommandSpec = {
  name: 'findings',
  summary: 'what rules and scans say about devices and assets',
  commands: [
    listVerb('findings', {
      route: 'findings.list',
      columns: [
        { key: 'id' },
        { key: 'severity' },
        { key: 'state' },
        { key: 'title' },
        { key: 'subject' },
        { key: 'organizationName', title: 'organization' },
        { key: 'lastSeenAt', title: 'last seen' },
      ],
    }),
    showVerb('findings', 'findings.read'),
    updateVerb({
      noun: 'findings',
      route: 'findings.update',
      summary: 'note something on findings',
      options: [note],
    }),
    setState('ignore', 'ignored', 'ignored'),
    setState('resolve', 'resolved', 'resolved'),
    setState('reopen', 'open', 'reopened'),
  ],
};
