import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb } from '../verbs.ts';

function setState(
  name: string,
  { state, past, more = [] }: { state: string; past: string; more?: readonly OptionSpec[] },
): CommandSpec {
  return actVerb({
    name,
    noun: 'incidents',
    route: 'incidents.update',
    summary: `${name} incidents`,
    past,
    body: { state },
    options: [
      { flags: '--note <text>', summary: 'a line for the timeline', field: 'note' },
      ...more,
    ],
  });
}

export const incidents: CommandSpec = {
  name: 'incidents',
  summary: 'what a person must handle',
  commands: [
    listVerb('incidents', {
      route: 'incidents.list',
      columns: [
        { key: 'id' },
        { key: 'severity' },
        { key: 'state' },
        { key: 'kind' },
        { key: 'title' },
        { key: 'organizationName', title: 'organization' },
        { key: 'deviceCount', title: 'devices' },
        { key: 'openedAt', title: 'opened' },
      ],
    }),
    showVerb('incidents', 'incidents.read'),
    setState('acknowledge', { state: 'acknowledged', past: 'acknowledged' }),
    setState('close', {
      state: 'closed',
      past: 'closed',
      more: [
        {
          flags: '--resolve-findings <yes-no>',
          summary: 'resolve its open findings too (default: yes)',
          kind: 'yes-no',
          field: 'resolveFindings',
        },
      ],
    }),
    setState('reopen', { state: 'open', past: 'reopened' }),
  ],
};
