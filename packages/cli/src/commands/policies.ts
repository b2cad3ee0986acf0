import { visibleText } from '@wardgrid/base';
import type { PolicyPreview } from '@wardgrid/wire';
import { cellText, type Row } from '../cells.ts';
import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { MALWARE_ACTIONS, POLICY_FIELDS, PROTECTION_MODES, SEVERITIES } from '../contract-words.ts';
import { listVerb } from '../listing.ts';
import { resolveId } from '../names.ts';
import { targetOptions, withTarget } from '../scope-target.ts';
import {
  actVerb,
  createVerb,
  deleteVerb,
  showThing,
  showVerb,
  thingArgument,
  updateVerb,
} from '../verbs.ts';

const fieldOptions: readonly OptionSpec[] = [
  {
    flags: '--mode <mode>',
    summary: 'how far protection goes',
    choices: PROTECTION_MODES,
    field: 'fields.mode',
  },
  {
    flags: '--malware-action <action>',
    summary: 'what happens to malicious files',
    choices: MALWARE_ACTIONS,
    field: 'fields.malwareAction',
  },
  {
    flags: '--kill-from <severity>',
    summary: 'end process trees from this severity on; none: never',
    choices: [...SEVERITIES, 'none'],
    field: 'fields.killFrom',
    isNullable: true,
  },
  {
    flags: '--confidence-min <percent>',
    summary: 'signature hits below it are reported only',
    kind: 'integer',
    field: 'fields.confidenceMin',
  },
  {
    flags: '--canaries <yes-no>',
    summary: 'lay out files that only ransomware touches',
    kind: 'yes-no',
    field: 'fields.canaries',
  },
  {
    flags: '--scan-cpu-percent-max <percent>',
    summary: 'how much of one core a scan may take',
    kind: 'integer',
    field: 'fields.scanCpuPercentMax',
  },
  {
    flags: '--locks <fields>',
    summary: 'fields that nothing further down may decide',
    kind: 'list',
    choices: POLICY_FIELDS,
    field: 'locks',
  },
];

const RING: OptionSpec = {
  flags: '--ring <percent>',
  summary: 'only so many of a hundred devices get it at first; a new policy goes to all at once',
  kind: 'integer',
  field: 'rolloutPercent',
};

type Change = PolicyPreview['samples'][number]['now'][number];

function changesText(changes: readonly Change[]): string {
  return changes
    .map(({ field, before, after }) => `${field}: ${cellText(before)} → ${cellText(after)}`)
    .join(', ');
}

/** What saving would change, at once and once it has reached all. */
function previewText(made: Row): string {
  const { changed, devices, now, later, samples } = made as unknown as PolicyPreview;
  const lines = [`changes ${changed} of ${devices} devices`];
  if (later.devices > 0) {
    lines.push(
      `at once:  ${now.changed} devices, ${now.devices} are in the ring`,
      `later:    ${later.changed} devices, ${later.devices} are outside the ring`,
    );
  }
  for (const sample of samples) {
    const steps = [changesText(sample.now), changesText(sample.later)];
    const [first, then] = steps;
    const told = then === '' ? first : `${first === '' ? 'nothing yet' : first}; then ${then}`;
    lines.push(`${visibleText(sample.name)}  ${told}`);
  }
  return lines.join('\n');
}

const preview = createVerb({
  noun: 'policies',
  name: 'preview',
  route: 'policies.preview',
  summary: 'what saving a policy would change, at once and later, without saving it',
  options: [...targetOptions, ...fieldOptions, RING],
  complete: (given) => Promise.resolve({ fields: {}, ...withTarget(given) }),
  say: previewText,
});

const rollout = actVerb({
  name: 'rollout',
  noun: 'policies',
  route: 'policies.rollOut',
  summary: 'widen the ring of policies that are being rolled out; 100 is all, 0 halts',
  past: 'rolled out',
  options: [
    {
      flags: '--percent <percent>',
      summary: 'so many of a hundred devices',
      kind: 'integer',
      field: 'percent',
      isRequired: true,
    },
  ],
});

const ring: CommandSpec = {
  name: 'ring',
  summary: 'how the devices of a policy fare while it is rolled out',
  arguments: [thingArgument('policies')],
  async run(invocation) {
    const connection = await invocation.connect();
    const id = await resolveId(connection, 'policies', invocation.operands[0] ?? '');
    const route = connection.wire.policyRoutes.ring;
    showThing(invocation, await connection.call(route, { params: { id } }));
  },
};

const effective: CommandSpec = {
  name: 'effective',
  summary: 'what a device is to run, and where each field comes from',
  arguments: [thingArgument('devices')],
  async run(invocation) {
    const connection = await invocation.connect();
    const id = await resolveId(connection, 'devices', invocation.operands[0] ?? '');
    const route = connection.wire.policyRoutes.effective;
    showThing(invocation, await connection.call(route, { params: route.params.parse({ id }) }));
  },
};

export const policies: CommandSpec = {
  name: 'policies',
  summary: 'what protection devices are to run',
  commands: [
    listVerb('policies', {
      route: 'policies.list',
      columns: [
        { key: 'id' },
        { key: 'name' },
        { key: 'target.kind', title: 'for' },
        { key: 'targetName', title: 'target' },
        { key: 'fields.mode', title: 'mode' },
        { key: 'version' },
        { key: 'changedBy', title: 'by' },
        { key: 'changedAt', title: 'changed' },
      ],
    }),
    showVerb('policies', 'policies.read'),
    effective,
    createVerb({
      noun: 'policies',
      route: 'policies.create',
      summary: 'make the policy of a tenant, organization, group or device',
      options: [
        { flags: '--name <name>', summary: 'its name', field: 'name', isRequired: true },
        ...targetOptions,
        ...fieldOptions,
      ],
      complete: (given) => Promise.resolve({ fields: {}, ...withTarget(given) }),
    }),
    updateVerb({
      noun: 'policies',
      route: 'policies.update',
      summary: 'change policies; the fields given replace all that were set',
      options: [
        { flags: '--name <name>', summary: 'a new name', field: 'name' },
        ...fieldOptions,
        RING,
      ],
    }),
    preview,
    rollout,
    ring,
    deleteVerb('policies', 'policies.delete'),
  ],
};
