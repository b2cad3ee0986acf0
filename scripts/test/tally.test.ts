import { describe, expect, test } from 'vitest';
import { emptyTally, judge, tallyOf } from './tally.ts';

describe('the verdict of a run', () => {
  test('is good when every test passed, and ends with one plain line', () => {
    const tally = tallyOf(emptyTally, { states: ['passed', 'passed'], errors: 0 });
    expect(judge(tally)).toEqual({ lines: ['2 passed, 0 failed'], exitCode: 0 });
  });

  test('is bad when a test failed', () => {
    const tally = tallyOf(emptyTally, { states: ['passed', 'failed'], errors: 0 });
    expect(judge(tally)).toEqual({ lines: ['1 passed, 1 failed'], exitCode: 1 });
  });

  test('is bad when a file did not load', () => {
    const tally = tallyOf(tallyOf(emptyTally, { states: ['passed'], errors: 0 }), {
      states: [],
      errors: 1,
    });
    expect(judge(tally)).toEqual({ lines: ['1 passed, 1 failed'], exitCode: 1 });
  });

  test('is bad when a test was skipped, and says so before the last line', () => {
    const tally = tallyOf(emptyTally, { states: ['passed', 'skipped', 'pending'], errors: 0 });
    const { lines, exitCode } = judge(tally);
    expect(exitCode).toBe(1);
    expect(lines).toEqual(['2 tests did not run: no test may be skipped.', '1 passed, 0 failed']);
  });

  test('is bad when there was no test at all', () => {
    expect(judge(emptyTally)).toEqual({
      lines: ['No test ran at all.', '0 passed, 0 failed'],
      exitCode: 1,
    });
  });
});
