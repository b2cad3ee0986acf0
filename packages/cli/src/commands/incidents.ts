import type { CommandSpec } from '../command-spec.ts';
import { listVerb } from '../listing.ts';
import { actVerb, showVerb } from '../verbs.ts';

function setState(name: string, state: string, past: string): CommandSpec {
  return actVerb({
    name,
    noun: 'incidents',
    route: 'incidents.update',
    summary: `${name} incidents`,
    past,
    body: { state },
    options: [{ flags: '--note <text>', summary: 'a line for the timeline', field: 'note' }],
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
    setState('acknowledge', 'acknowledged', 'acknowledged'),
    setState('close', 'closed', 'closed'),
    setState('reopen', 'open', 'reopened'),
  ],
};
