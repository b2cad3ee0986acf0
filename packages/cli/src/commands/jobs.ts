import type { JobKind } from '@wardgrid/wire';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { INVENTORY_SECTIONS, MALWARE_SCOPES } from '../contract-words.ts';
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

const malwareScanOptions: readonly OptionSpec[] = [
  {
    flags: '--scope <scope>',
    summary: 'what to look at (default quick)',
    choices: MALWARE_SCOPES,
    field: 'task.scope',
  },
  {
    flags: '--paths <paths>',
    summary: 'the paths of a path scan (/srv,/home)',
    kind: 'list',
    field: 'task.paths',
  },
  {
    flags: '--cpu-percent-max <percent>',
    summary: 'how much of one core it may take (default 25)',
    kind: 'integer',
    field: 'task.cpuPercentMax',
  },
];

const quarantineOptions: readonly OptionSpec[] = [
  { flags: '--path <path>', summary: 'the file', field: 'task.path', isRequired: true },
  {
    flags: '--sha256 <hash>',
    summary: 'only when this is what is in it',
    field: 'task.sha256',
  },
];

const killOptions: readonly OptionSpec[] = [
  {
    flags: '--pid <pid>',
    summary: 'the process',
    kind: 'integer',
    field: 'task.pid',
    isRequired: true,
  },
  {
    flags: '--entity <id>',
    summary: 'its entity id, as its events name it',
    field: 'task.entityId',
    isRequired: true,
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
        runKind('malware-scan', 'look for malware', malwareScanOptions),
        runKind('quarantine', 'seal a file away', quarantineOptions),
        runKind('kill', 'end a process', killOptions),
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
