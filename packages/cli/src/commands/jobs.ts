import type { JobKind } from '@wardgrid/wire';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { INVENTORY_SECTIONS } from '../contract-words.ts';
import { discoveryOptions, orderOptions, portScanOptions, runJob } from '../job-order.ts';
import { watchJob } from '../job-watch.ts';
import { listVerb } from '../listing.ts';
import { resolveId } from '../names.ts';
import { actVerb, showVerb, thingArgument } from '../verbs.ts';

const deviceOptions: readonly OptionSpec[] = [
  { flags: '--device <device>', summary: 'the device that does it' },
  { flags: '--filter <filter>', summary: 'or every device that this filter matches' },
];

/** `processes` is of one moment: it is collected when somebody asks for it. */
const DEFAULT_SECTIONS = INVENTORY_SECTIONS.filter((section) => section !== 'processes');

const inventoryOptions: readonly OptionSpec[] = [
  {
    flags: '--sections <names>',
    summary: `which parts (default ${DEFAULT_SECTIONS.join(',')})`,
    kind: 'list',
    choices: INVENTORY_SECTIONS,
    field: 'task.sections',
    fallback: DEFAULT_SECTIONS,
  },
];

function runKind(kind: JobKind, summary: string, options: readonly OptionSpec[]): CommandSpec {
  return {
    name: kind,
    summary,
    options: [...deviceOptions, ...options, ...orderOptions],
    run: (invocation) =>
      runJob(invocation, { kind, options, deviceText: invocation.options.text('device') }),
  };
}

export const jobs: CommandSpec = {
  name: 'jobs',
  summary: 'work asked of devices',
  commands: [
    listVerb('jobs', {
      route: 'jobs.list',
      columns: [
        { key: 'id' },
        { key: 'task.kind', title: 'kind' },
        { key: 'state' },
        { key: 'deviceName', title: 'device' },
        { key: 'organizationName', title: 'organization' },
        { key: 'createdBy', title: 'by' },
        { key: 'createdAt', title: 'created' },
        { key: 'finishedAt', title: 'finished' },
      ],
    }),
    showVerb('jobs', 'jobs.read'),
    {
      name: 'run',
      summary: 'order a job',
      commands: [
        runKind('discovery', 'find the hosts of a network and their open ports', discoveryOptions),
        runKind('port-scan', 'find the open ports of hosts', portScanOptions),
        runKind('inventory', 'collect the inventory anew', inventoryOptions),
      ],
    },
    {
      name: 'watch',
      summary: 'follow a job to its end; Ctrl-C leaves it running',
      arguments: [thingArgument('jobs')],
      async run(invocation) {
        const connection = await invocation.connect();
        const id = await resolveId(connection, 'jobs', invocation.operands[0] ?? '');
        return watchJob(invocation, connection, id);
      },
    },
    actVerb({
      name: 'cancel',
      noun: 'jobs',
      route: 'jobs.cancel',
      summary: 'cancel jobs',
      past: 'cancelled',
    }),
  ],
};
