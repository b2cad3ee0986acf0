/** How a test ended, as vitest says it. */
export type TestState = 'passed' | 'failed' | 'skipped' | 'pending';

/** How many tests ended how. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Skipped, marked as to do, or never run. */
  readonly unrun: number;
}

export const emptyTally: Tally = { passed: 0, failed: 0, unrun: 0 };

/** Adds one file's tests to a tally. */
export function tallyOf(
  sum: Tally,
  file: { readonly states: readonly TestState[]; readonly errors: number },
): Tally {
  const count = (state: TestState): number => file.states.filter((one) => one === state).length;
  return {
    passed: sum.passed + count('passed'),
    failed: sum.failed + count('failed') + file.errors,
    unrun: sum.unrun + count('skipped') + count('pending'),
  };
}

/** What is said at the end, and the exit code: a run that proves nothing is no success. */
export function judge(tally: Tally): {
  readonly lines: readonly string[];
  readonly exitCode: number;
} {
  const lines: string[] = [];
  if (tally.unrun > 0) lines.push(`${tally.unrun} tests did not run: no test may be skipped.`);
  if (tally.passed + tally.failed === 0) lines.push('No test ran at all.');
  const isGood = tally.failed === 0 && tally.unrun === 0 && tally.passed > 0;
  lines.push(`${tally.passed} passed, ${tally.failed} failed`);
  return { lines, exitCode: isGood ? 0 : 1 };
}
