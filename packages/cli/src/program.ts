import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { parseCidr } from '@wardgrid/base';
import { readAccess, requireToken } from './access.ts';
import {
  COMMON_OPTIONS,
  type CommandEntry,
  type CommandSpec,
  type Invocation,
  type OptionSpec,
} from './command-spec.ts';
import { openConnection, type Connection } from './connection.ts';
import { ExitCode, usageError } from './errors.ts';
import type { Machine } from './machine.ts';
import { createOptions, type Options } from './options.ts';
import { createOutput, type OutputMode } from './output.ts';

/** Programs that the launcher starts by themselves; named here for help and completion. */
export const PROGRAMS: readonly (readonly [name: string, summary: string])[] = [
  ['controller', 'run a controller'],
  ['agent', 'run or install the agent of this device'],
  ['simulate', 'simulate many agents'],
  ['bench', 'run a bench'],
];

/** What runs a command, and where the exit code of its end goes. */
export interface ProgramOptions {
  readonly machine: Machine;
  readonly entries: readonly CommandEntry[];
  readonly onExit: (code: ExitCode) => void;
}

/** The whole command line. Each top-level command is filled in when it is called. */
export function createProgram(options: ProgramOptions): Command {
  const { machine, entries } = options;
  const program = new Command('wardgrid')
    .description('Command line of the Wardgrid security grid.')
    .usage('<command> [options]')
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: machine.stdout.write,
      // Errors are reported once, by `main`, in one line.
      outputError: () => undefined,
      writeErr: machine.stderr.write,
      getOutHelpWidth: () => machine.stdout.columns() ?? HELP_COLUMNS,
      getErrHelpWidth: () => machine.stderr.columns() ?? HELP_COLUMNS,
    });
  for (const entry of entries) {
    program.command(entry.name, { hidden: false }).description(entry.summary);
  }
  program.addHelpText('after', programsHelp());
  program.hook('preSubcommand', async (_, command) => {
    const entry = entries.find(({ name }) => name === command.name());
    if (entry) fill(command, await entry.load(), options);
  });
  return program;
}

/** Width of help in a pipe. */
const HELP_COLUMNS = 100;

function programsHelp(): string {
  const rows = PROGRAMS.map(([name, summary]) => `  ${name.padEnd(12)}${summary}`);
  return `\nPrograms:\n${rows.join('\n')}\n\nEvery command explains itself: wardgrid devices --help`;
}

/** Makes a commander command what a spec says, with all below it. */
function fill(command: Command, spec: CommandSpec, options: ProgramOptions): void {
  command.description(spec.summary).helpCommand(false).enablePositionalOptions();
  for (const alias of spec.aliases ?? []) command.alias(alias);
  for (const child of spec.commands ?? []) {
    fill(command.command(child.name, { isDefault: child.isDefault === true }), child, options);
  }
  const { run } = spec;
  if (!run) return;
  for (const { syntax, summary, choices } of spec.arguments ?? []) {
    const argument = new Argument(syntax, summary);
    command.addArgument(choices ? argument.choices(choices) : argument);
  }
  for (const option of spec.options ?? []) command.addOption(optionOf(option));
  command.optionsGroup('Common options:');
  for (const option of COMMON_OPTIONS) command.addOption(optionOf(option));
  command.helpOption('-h, --help', 'explain this command');
  command.action(async () => {
    options.onExit(await runCommand(command, run, options.machine));
  });
}

async function runCommand(
  command: Command,
  run: NonNullable<CommandSpec['run']>,
  machine: Machine,
): Promise<ExitCode> {
  const options = createOptions(command.opts());
  const operands = command.processedArgs
    .flat()
    .filter((operand): operand is string => typeof operand === 'string');
  const talk = createTalk(machine, options);
  const invocation: Invocation = {
    machine,
    output: createOutput(machine, modeOf(options)),
    options,
    operands,
    connect: () => talk.connect(),
  };
  try {
    return (await run(invocation)) ?? ExitCode.ok;
  } finally {
    talk.close();
  }
}

function modeOf(options: Options): OutputMode {
  if (options.isOn('json') && options.isOn('jsonl')) {
    throw usageError('--json and --jsonl exclude each other');
  }
  if (options.isOn('jsonl')) return 'jsonl';
  return options.isOn('json') ? 'json' : 'text';
}

/** The signed-in connection of one run: opened at first use, closed at the end. */
function createTalk(machine: Machine, options: Options) {
  let opened: Connection | undefined;
  return {
    async connect(): Promise<Connection> {
      if (opened) return opened;
      const access = await readAccess(machine, options);
      opened = await openConnection(machine, { ...access, token: requireToken(access) });
      return opened;
    },
    close: () => opened?.close(),
  };
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.isRequired === true) option.makeOptionMandatory();
  if (spec.kind === 'list') return option.argParser(listParser(spec.choices));
  if (spec.choices) return option.choices(spec.choices);
  const parser = spec.kind === undefined ? undefined : PARSERS[spec.kind];
  return parser ? option.argParser(parser) : option;
}

const PARSERS: Readonly<Partial<Record<string, (text: string) => unknown>>> = {
  integer: parseInteger,
  'yes-no': parseYesNo,
  network: parseNetwork,
};

function parseNetwork(text: string): string {
  if (parseCidr(text)) return text;
  throw new InvalidArgumentError('It takes a network such as 10.0.0.0/24.');
}

function parseInteger(text: string): number {
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number.');
}

function parseYesNo(text: string): boolean {
  if (/^(?:yes|true|on)$/i.test(text)) return true;
  if (/^(?:no|false|off)$/i.test(text)) return false;
  throw new InvalidArgumentError('It takes yes or no.');
}

/** A list grows by repetition and by commas; nothing at all is the empty list. */
function listParser(choices: readonly string[] | undefined) {
  return (text: string, previous: unknown): readonly string[] => {
    const items = text.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
    const wrong = items.find((item) => choices && !choices.includes(item));
    if (wrong !== undefined) {
      throw new InvalidArgumentError(`Allowed choices are ${choices?.join(', ') ?? ''}.`);
    }
    return [...(Array.isArray(previous) ? previous.map(String) : []), ...items];
  };
}
