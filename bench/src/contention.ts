/** CPU that the probe burns; long enough for several turns of the scheduler. */
const PROBE_MICROSECONDS = 100_000;

/**
 * How many seconds pass for one second of CPU at this moment: 1 on a quiet machine, 4 where others
 * take three quarters. Wall-clock figures are to be read with it; CPU and ratios suffer less.
 */
export function measureContention(): number {
  const startMs = performance.now();
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < PROBE_MICROSECONDS) {
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return ((performance.now() - startMs) * 1_000) / spent;
}
