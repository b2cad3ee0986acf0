import { CommanderError } from 'commander';
import { visibleText } from '@wardgrid/base';
import { entries } from './commands.ts';
import { CliError, ExitCode, exitCodeOf, problemOf } from './errors.ts';
import { systemMachine, type Machine } from './machine.ts';
import { jsonText } from './output.ts';
import { createProgram } from './program.ts';

/** Runs a command line (without the program's own name) and answers the exit code. Never throws. */
export async function main(
  argv: readonly string[],
  machine: Machine = systemMachine(),
): Promise<number> {
  let exitCode: number = ExitCode.ok;
  try {
    const program = createProgram({
      machine,
      entries,
      onExit: (code) => (exitCode = code),
    });
    await program.parseAsync(withHelpLast(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(failureOf(error, machine), { machine, argv });
  }
}

/** `wardgrid help devices list` is `wardgrid devices list --help`. */
function withHelpLast(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/** What is to be reported; undefined when help was shown because it was asked for. */
function failureOf(error: unknown, machine: Machine): unknown {
  if (machine.signal.aborted) return machine.signal.reason;
  if (!(error instanceof CommanderError)) return error;
  if (error.code === 'commander.helpDisplayed') return undefined;
  if (error.code === 'commander.help') return new CliError('usage', 'say what to do');
  // Commander writes `error: …` and its suggestion on a line of its own.
  const detail = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
  return new CliError('usage', detail, { cause: error });
}

function report(
  failure: unknown,
  { machine, argv }: { readonly machine: Machine; readonly argv: readonly string[] },
): number {
  if (failure === undefined) return ExitCode.ok;
  const problem = problemOf(failure);
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (words.includes('--json')) machine.stdout.write(`${jsonText(problem, 2)}\n`);
  else if (words.includes('--jsonl')) machine.stdout.write(`${jsonText(problem, 0)}\n`);
  const detail = problem.detail ?? problem.title;
  machine.stderr.write(`wardgrid: ${visibleText(detail)}${issuesOf(problem)} (${problem.code})\n`);
  return exitCodeOf(failure);
}

/** What is wrong where, when the controller named places that the detail does not tell. */
function issuesOf({ errors = [], detail }: ReturnType<typeof problemOf>): string {
  const issues = errors.filter((issue) => detail?.includes(issue.detail) !== true);
  if (issues.length === 0) return '';
  return visibleText(`: ${issues.map((issue) => `${issue.pointer} ${issue.detail}`).join('; ')}`);
}
