import type { CommandSpec, OptionSpec } from '../command-spec.ts';
import { fitBody, readBody } from '../body.ts';
import { CliError } from '../errors.ts';
import { resolveId } from '../names.ts';
import { textOf } from '../rule-files.ts';
import { showThing, showVerb, thingArgument } from '../verbs.ts';

/** What a licence says, below a place of the body. */
export function licenceOptions(place: string): readonly OptionSpec[] {
  return [
    {
      flags: '--seats <count>',
      summary: 'how many devices',
      kind: 'integer',
      field: `${place}seats`,
      isRequired: true,
    },
    {
      flags: '--valid-days <days>',
      summary: 'how long from now',
      kind: 'integer',
      field: `${place}validDays`,
      isRequired: true,
    },
    {
      flags: '--grace-days <days>',
      summary: 'how long management still writes afterwards',
      kind: 'integer',
      field: `${place}graceDays`,
    },
    {
      flags: '--feature <name>',
      summary: 'a feature it includes (may repeat)',
      kind: 'list',
      field: `${place}features`,
    },
  ];
}

/** @throws CliError when the file holds no licence. */
function bodyIn(text: string): unknown {
  try {
    return { document: JSON.parse(text) };
  } catch (error) {
    throw new CliError('file-unreadable', 'this is no licence file', { cause: error });
  }
}

const issueOptions = licenceOptions('');

export const licences: CommandSpec = {
  name: 'licences',
  summary: 'what a tenant may use, signed by the platform',
  commands: [
    { ...showVerb('tenants', 'licences.read'), summary: 'show the licence of a tenant' },
    {
      name: 'issue',
      summary: 'issue or renew the licence of a tenant',
      arguments: [thingArgument('tenants')],
      options: issueOptions,
      async run(invocation) {
        const connection = await invocation.connect();
        const { issue } = connection.wire.licenceRoutes;
        const given = await readBody(invocation, connection, issueOptions);
        const body = fitBody(issue, given, issueOptions);
        const id = await resolveId(connection, 'tenants', invocation.operands[0] ?? '');
        const params = issue.params.parse({ id });
        showThing(invocation, await connection.call(issue, { params, body }));
      },
    },
    {
      name: 'here',
      summary: 'show the licence that this controller goes by, and its seats',
      async run(invocation) {
        const connection = await invocation.connect();
        showThing(invocation, await connection.call(connection.wire.licenceRoutes.inForce));
      },
    },
    {
      name: 'file',
      summary: 'print the signed licence of a tenant, for a site that is cut off',
      arguments: [thingArgument('tenants')],
      async run(invocation) {
        const connection = await invocation.connect();
        const { read } = connection.wire.licenceRoutes;
        const id = await resolveId(connection, 'tenants', invocation.operands[0] ?? '');
        const { document } = await connection.call(read, { params: read.params.parse({ id }) });
        invocation.output.document(document, () => JSON.stringify(document));
      },
    },
    {
      name: 'install',
      summary: 'install a licence file at this controller, also while nobody above answers',
      arguments: [{ syntax: '<file>', summary: 'what `licences file` printed' }],
      async run(invocation) {
        const connection = await invocation.connect();
        const { install } = connection.wire.licenceRoutes;
        const body = bodyIn(textOf(invocation.operands[0] ?? ''));
        showThing(invocation, await connection.call(install, { body: install.body.parse(body) }));
      },
    },
  ],
};
