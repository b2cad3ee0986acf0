import { visibleText } from '@wardgrid/base';
import type { Problem } from '@wardgrid/wire';
import { fitBody, readBody } from './body.ts';
import { isRow, type Row } from './cells.ts';
import type { ArgumentSpec, CommandSpec, Invocation, OptionSpec } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { CliError, ExitCode, exitCodeOf, isProblemError, problemOf, usageError } from './errors.ts';
import { labelOf, resolveId, singularOf, type NamedNoun } from './names.ts';
import type { Output } from './output.ts';
import { recordText } from './record.ts';
import { routeOf, type RouteName } from './route-name.ts';

/** The argument that names one thing. */
export function thingArgument(noun: NamedNoun): ArgumentSpec {
  return {
    syntax: '<id>',
    summary: `${singularOf(noun)}: its name, id, or how the id begins or ends`,
  };
}

/** The command `show` of a noun. */
export function showVerb(noun: NamedNoun, route: RouteName): CommandSpec {
  return {
    name: 'show',
    summary: `show one ${singularOf(noun)}`,
    arguments: [thingArgument(noun)],
    async run(invocation) {
      const connection = await invocation.connect();
      const id = await resolveId(connection, noun, invocation.operands[0] ?? '');
      const thing = await connection.call(routeOf(connection.wire, route), { params: { id } });
      showThing(invocation, thing);
    },
  };
}

/** Prints one thing. */
export function showThing({ output }: Invocation, thing: unknown): void {
  output.document(thing, () => recordText(isRow(thing) ? thing : {}, output.tableStyle()));
}

/** A command that makes something. */
export interface CreateSpec {
  readonly noun: NamedNoun;
  readonly route: RouteName;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  readonly name?: string;
  readonly aliases?: readonly string[];
  /** Adds what no single option says. */
  readonly complete?: (
    body: Readonly<Record<string, unknown>>,
    invocation: Invocation,
    connection: Connection,
  ) => Promise<Readonly<Record<string, unknown>>>;
  /** What a person is told; otherwise that the thing was created. */
  readonly say?: (made: Row, connection: Connection) => string;
}

/** The command `create` of a noun. */
export function createVerb(spec: CreateSpec): CommandSpec {
  return {
    name: spec.name ?? 'create',
    summary: spec.summary,
    ...(spec.aliases ? { aliases: spec.aliases } : {}),
    options: spec.options,
    async run(invocation) {
      const connection = await invocation.connect();
      const route = routeOf(connection.wire, spec.route);
      const given = await readBody(invocation, connection, spec.options);
      const whole = (await spec.complete?.(given, invocation, connection)) ?? given;
      const body = fitBody(route, whole, spec.options);
      const made = (await connection.call(route, { body })) as Row;
      const say =
        spec.say ?? ((thing) => `created ${singularOf(spec.noun)} ${labelOf(spec.noun, thing)}`);
      invocation.output.document(made, () => say(made, connection));
    },
  };
}

/** A command that does one thing to one or many. */
export interface ActSpec {
  readonly name: string;
  readonly noun: NamedNoun;
  readonly route: RouteName;
  readonly summary: string;
  /** What was done, for a person: `deleted`. */
  readonly past: string;
  readonly aliases?: readonly string[];
  /** What is always sent. */
  readonly body?: Readonly<Record<string, unknown>>;
  readonly options?: readonly OptionSpec[];
}

/** A command that acts on each thing named; when some fail and some do not, the exit code is 6. */
export function actVerb(spec: ActSpec): CommandSpec {
  const options = spec.options ?? [];
  return {
    name: spec.name,
    summary: spec.summary,
    ...(spec.aliases ? { aliases: spec.aliases } : {}),
    arguments: [
      {
        syntax: '<id...>',
        summary: `${singularOf(spec.noun)}: name, id, or how the id begins or ends`,
      },
    ],
    options,
    async run(invocation) {
      const connection = await invocation.connect();
      const route = routeOf(connection.wire, spec.route);
      const body = { ...(await readBody(invocation, connection, options)), ...spec.body };
      if (route.method === 'PATCH') requireChange(body, options);
      const fitting = fitBody(route, body, options);
      const given = Object.keys(body).length > 0 ? { body: fitting } : {};
      return actOnEach(invocation, spec.past, async (text) => {
        const id = await resolveId(connection, spec.noun, text);
        const answer = await connection.call(route, { params: { id }, ...given });
        const thing: Row = isRow(answer) ? answer : { id };
        return { thing, label: isRow(answer) ? labelOf(spec.noun, answer) : visibleText(text) };
      });
    },
  };
}

/** The command `update` of a noun. */
export function updateVerb(spec: Omit<ActSpec, 'name' | 'past'>): CommandSpec {
  return actVerb({ ...spec, name: 'update', past: 'changed' });
}

/** The command `delete` of a noun. */
export function deleteVerb(noun: NamedNoun, route: RouteName): CommandSpec {
  const summary = `delete ${noun.replaceAll('-', ' ')}`;
  return actVerb({ name: 'delete', noun, route, summary, past: 'deleted' });
}

function requireChange(body: Row, options: readonly OptionSpec[]): void {
  if (Object.keys(body).length > 0) return;
  const names = options.map(({ flags }) => flags.split(' ')[0]);
  throw usageError(`say what to change: ${names.join(', ')}`);
}

interface Done {
  readonly thing: Row;
  readonly label: string;
}

interface Failure {
  readonly given: string;
  readonly problem: Problem;
}

async function actOnEach(
  { operands, output }: Invocation,
  past: string,
  act: (text: string) => Promise<Done>,
): Promise<ExitCode> {
  const isMany = operands.length > 1;
  const data: Row[] = [];
  const failed: Failure[] = [];
  let failureCode: ExitCode = ExitCode.ok;
  for (const text of operands) {
    try {
      const { thing, label } = await act(text);
      data.push(thing);
      output.row(thing);
      output.line(`${past} ${label}`);
    } catch (error) {
      if (!isMany || !isOfOneThing(error)) throw error;
      const failure = { given: text, problem: problemOf(error) };
      failed.push(failure);
      failureCode = exitCodeOf(error);
      sayFailure(output, failure);
    }
  }
  if (output.mode === 'json') output.document(isMany ? { data, failed } : data[0], () => '');
  return data.length > 0 && failed.length > 0 ? ExitCode.partial : failureCode;
}

function sayFailure(output: Output, { given, problem }: Failure): void {
  output.row({ given, problem });
  output.note(`wardgrid: '${given}': ${problem.detail ?? problem.title} (${problem.code})`);
}

/** Whether a failure says nothing about the other things: the next may well succeed. */
function isOfOneThing(error: unknown): boolean {
  if (error instanceof CliError) return ['not-found', 'name-ambiguous'].includes(error.code);
  return isProblemError(error) && error.problem.status !== 401 && error.problem.status < 500;
}
