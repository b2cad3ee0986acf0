import { startVitest, type TestModule } from 'vitest/node';
import { emptyTally, judge, tallyOf, type Tally, type TestState } from './tally.ts';

/** Runs the tests of the paths given, or all; the last line says how many passed and failed. */
export async function runTests(
  filters: readonly string[],
  write: (line: string) => void,
): Promise<number> {
  const vitest = await startVitest('test', [...filters], {
    run: true,
    watch: false,
    reporters: ['default'],
  });
  const modules = vitest.state.getTestModules();
  const unhandled = vitest.state.getUnhandledErrors().length;
  const tally = modules.reduce<Tally>(
    (sum, module) => tallyOf(sum, { states: statesOf(module), errors: errorsOf(module) }),
    { ...emptyTally, failed: unhandled },
  );
  await vitest.close();
  const verdict = judge(tally);
  for (const line of verdict.lines) write(line);
  return verdict.exitCode;
}

function statesOf(module: TestModule): readonly TestState[] {
  return [...module.children.allTests()].map((test) => test.result().state);
}

/** Files that do not load and hooks that fail count as failures of their own. */
function errorsOf(module: TestModule): number {
  const suites = [...module.children.allSuites()];
  return module.errors().length + suites.reduce((sum, suite) => sum + suite.errors().length, 0);
}
