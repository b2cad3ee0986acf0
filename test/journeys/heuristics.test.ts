/* Acts of intrusion and a working day, on a stage, before the real sensors and the real rules. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { stageWords } from '@wardgrid/agent/testing/tree-on-stage';
import { Severity } from '@wardgrid/wire';
import { readActs } from './heuristics/acts.ts';
import type { StageReport } from './heuristics/performance.ts';

const STAGE = fileURLToPath(new URL('heuristics/stage.ts', import.meta.url));
const BENIGN_DAY = fileURLToPath(new URL('heuristics/benign-day.sh', import.meta.url));
/** Acts one after the other, on a machine that does other things too. */
const STAGE_MS_MAX = 230_000;

const ACTS = readActs();
const rankOf = (severity: Severity): number => Severity.options.indexOf(severity);

async function stage(scripts: readonly string[]): Promise<StageReport> {
  const [command = '', ...words] = stageWords(STAGE, scripts);
  const { stdout } = await promisify(execFile)(command, words, {
    timeout: STAGE_MS_MAX,
    maxBuffer: 64 * 1_024 * 1_024,
  });
  return JSON.parse(stdout) as StageReport;
}

/** So many acts share a stage: a stage of all of them would be slower than a test may be. */
const ACTS_PER_STAGE = 28;
const GROUPS = Array.from({ length: Math.ceil(ACTS.length / ACTS_PER_STAGE) }, (_, group) =>
  ACTS.slice(group * ACTS_PER_STAGE, (group + 1) * ACTS_PER_STAGE),
);

describe.each(GROUPS.map((acts) => ({ first: acts[0]?.script, acts })))(
  'acts from $first',
  ({ acts }) => {
    let report: StageReport;

    beforeAll(async () => {
      report = await stage(acts.map(({ path }) => path));
    });

    test.each(['process', 'network', 'file-access', 'file-change', 'authentication'])(
      'the sensor %s saw everything',
      (sensor) => {
        const health = report.health.find(({ name }) => name === sensor);
        expect(health).toMatchObject({ state: 'on', dropped: 0 });
      },
    );

    test.each(acts)('$script is found as $severity $technique', (act) => {
      const performance = report.performances.find(({ script }) => script === act.script);
      const fitting = performance?.findings.filter(
        ({ severity, techniques }) =>
          rankOf(severity) >= rankOf(act.severity) &&
          (act.technique === '-' || techniques.includes(act.technique)),
      );
      expect(fitting, JSON.stringify(performance)).not.toEqual([]);
    });
  },
);

describe('a working day', () => {
  test('installing, building, git, SSH, cron and backups raise nothing above low', async () => {
    const [day] = (await stage([BENIGN_DAY])).performances;
    expect(day?.code).toBe(0);
    expect(day?.events).toBeGreaterThan(500);
    const loud = day?.findings.filter(({ severity }) => rankOf(severity) > rankOf('low'));
    expect(loud).toEqual([]);
  });
});
