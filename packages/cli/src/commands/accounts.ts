import { visibleText } from '@wardgrid/base';
import type { CommandSpec, Invocation, OptionSpec } from '../command-spec.ts';
import { valueAt, type Row } from '../cells.ts';
import type { Connection } from '../connection.ts';
import { ACCOUNT_KINDS, REACHES, ROLES } from '../contract-words.ts';
import { usageError } from '../errors.ts';
import { listVerb } from '../listing.ts';
import { resolveId, resolveThing } from '../names.ts';
import {
  actVerb,
  createVerb,
  deleteVerb,
  showThing,
  showVerb,
  thingArgument,
  updateVerb,
} from '../verbs.ts';

const PLACES = ['tenant', 'organization', 'group'] as const;

const roleOption: OptionSpec = {
  flags: '--role <role>',
  summary: 'a role to hold there and below (may repeat)',
  kind: 'list',
  choices: ROLES,
  isRequired: true,
};

const reachOption: OptionSpec = {
  flags: '--reach <reach>',
  summary: 'how far below it sees',
  choices: REACHES,
  field: 'reach',
};

/** The scope that the account is bound to: the place named, else the caller's own. */
async function scopeOf({ options }: Invocation, connection: Connection): Promise<string> {
  const named = PLACES.filter((place) => options.text(place) !== undefined);
  const [place] = named;
  if (named.length > 1) throw usageError('name one of --tenant, --organization and --group');
  if (place === undefined) {
    return (await connection.call(connection.wire.sessionRoutes.current)).scope;
  }
  const thing = await resolveThing(connection, `${place}s`, options.text(place) ?? '');
  return String(thing['scope']);
}

function assignmentsOf({ options }: Invocation, scope: string) {
  return (options.list('role') ?? []).map((role) => ({ role, scope }));
}

const invite = createVerb({
  name: 'invite',
  aliases: ['create'],
  noun: 'accounts',
  route: 'accounts.create',
  summary: 'invite a person and print the one-time link',
  options: [
    { flags: '--email <address>', summary: 'the sign-in name', field: 'email', isRequired: true },
    { flags: '--name <name>', summary: 'the person’s name', field: 'name' },
    {
      flags: '--kind <kind>',
      summary: 'admins may create others below them (default user)',
      choices: ACCOUNT_KINDS,
      field: 'kind',
      fallback: 'user',
    },
    roleOption,
    { flags: '--tenant <tenant>', summary: 'bound to this tenant' },
    { flags: '--organization <organization>', summary: 'bound to this organization' },
    { flags: '--group <group>', summary: 'bound to this group' },
    reachOption,
  ],
  async complete(body, invocation, connection) {
    const scope = await scopeOf(invocation, connection);
    const name = String(body['email']).split('@')[0];
    return { name, ...body, scope, assignments: assignmentsOf(invocation, scope) };
  },
  say: (made, connection) => inviteText(valueAt(made, 'invitation'), connection),
});

function inviteText(invitation: unknown, { controllerUrl }: Connection): string {
  const until = visibleText(String(valueAt(invitation, 'expiresAt')));
  return `send this one-time link to the person (until ${until}):\n${controllerUrl}${visibleText(
    String(valueAt(invitation, 'path')),
  )}`;
}

const reinvite: CommandSpec = {
  name: 'reinvite',
  summary: 'make a new one-time link to set a password',
  arguments: [thingArgument('accounts')],
  async run(invocation) {
    const connection = await invocation.connect();
    const route = connection.wire.accountRoutes.invite;
    const id = await resolveId(connection, 'accounts', invocation.operands[0] ?? '');
    const answer: Row = await connection.call(route, { params: route.params.parse({ id }) });
    invocation.output.document(answer, () => inviteText(answer, connection));
  },
};

const setRoles: CommandSpec = {
  name: 'set-roles',
  summary: 'replace the roles of an account by these, at its own scope',
  arguments: [thingArgument('accounts')],
  options: [roleOption],
  async run(invocation) {
    const connection = await invocation.connect();
    const route = connection.wire.accountRoutes.update;
    const account = await resolveThing(connection, 'accounts', invocation.operands[0] ?? '');
    const params = route.params.parse({ id: account.id });
    const assignments = assignmentsOf(invocation, String(account['scope']));
    const body = route.body.parse({ assignments });
    showThing(invocation, await connection.call(route, { params, body }));
  },
};

export const accounts: CommandSpec = {
  name: 'accounts',
  summary: 'the people who can sign in',
  commands: [
    listVerb('accounts', {
      route: 'accounts.list',
      columns: [
        { key: 'id' },
        { key: 'email' },
        { key: 'name' },
        { key: 'kind' },
        { key: 'state' },
        { key: 'scopeName', title: 'scope' },
        { key: 'layer' },
        { key: 'hasTotp', title: '2nd factor' },
        { key: 'lastSignInAt', title: 'last sign-in' },
      ],
    }),
    showVerb('accounts', 'accounts.read'),
    invite,
    reinvite,
    setRoles,
    updateVerb({
      noun: 'accounts',
      route: 'accounts.update',
      summary: 'rename accounts, or change how far they see',
      options: [{ flags: '--name <name>', summary: 'a new name', field: 'name' }, reachOption],
    }),
    actVerb({
      name: 'disable',
      noun: 'accounts',
      route: 'accounts.update',
      summary: 'disable accounts; ends their sessions',
      past: 'disabled',
      body: { isDisabled: true },
    }),
    actVerb({
      name: 'enable',
      noun: 'accounts',
      route: 'accounts.update',
      summary: 'enable accounts again',
      past: 'enabled',
      body: { isDisabled: false },
    }),
    deleteVerb('accounts', 'accounts.delete'),
  ],
};
