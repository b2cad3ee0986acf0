import { createFileLab, type FileLab } from '@wardgrid/agent/sensors/files/testing/file-lab';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { SensorHealth } from '@wardgrid/wire';
import { hasClamonacc, startClamonacc } from './on-access/clamonacc.ts';
import { startLineProcess, type LineProcess } from './on-access/line-process.ts';
import {
  makeWorkloads,
  writeSublist,
  type ClientAnswer,
  type ClientQuestion,
  type Workload,
} from './on-access/workload.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';

/* What file protection costs whoever opens, runs, packs and unpacks files: without it, with ours before
   and after its verdicts are kept, and with ClamAV's on-access scanner, in turns on one filesystem. */

const AGENT = new URL('./on-access/agent.ts', import.meta.url);
const CLIENT = new URL('./on-access/client.ts', import.meta.url);
/** 20,000 small files and two trees of 10,000: ext4 gives one inode for each 16 KiB. */
const IMAGE_MB = 2_048;
/** ClamAV needs milliseconds a file: a part of the files tells as much. */
const CLAMAV_FILES = 500;
/** ClamAV's own minutes are not spent on more than this many rounds. */
const CLAMAV_ROUNDS_MAX = 2;
const TURNS = 3;
const SETTLE_MS = 700;

const MODES = ['balanced', 'strict'] as const;
const STATES = ['cold', 'warm'] as const;
type Mode = (typeof MODES)[number];
type State = (typeof STATES)[number];

/** Goals as ratios to no agent; what has none is told without. */
const GOALS: Readonly<Record<string, string>> = {
  balanced_read_cold: '<=1.05',
  balanced_read_warm: '<=1.05',
  balanced_tar_cold: '<=1.05',
  balanced_exec_warm: '<=1.05',
  balanced_unpack_cold: '<=1.3',
  strict_read_cold: '<=10',
  strict_open_cold_without_rules_p50_us: '<=12',
  strict_open_cold_without_rules_p99_us: '<=25',
  strict_read_warm: '<=1.1',
  strict_tar_warm: '<=1.1',
  strict_exec_warm: '<=1.1',
};

/** What every round measured, by the name of its figure. */
type Values = Map<string, number[]>;

/** What the agent says of itself. */
interface AgentAnswer {
  readonly health: SensorHealth;
  readonly rssBytes: number;
}

interface Stage {
  readonly context: BenchContext;
  readonly agent: LineProcess;
  readonly client: LineProcess;
  readonly values: Values;
}

/** Opens, starts, packing and unpacking under file protection, against no agent and against ClamAV. */
export const bench: Bench = {
  name: 'on-access',
  summary: 'what file protection costs opens, starts, packing and unpacking, against clamonacc',
  async run(context) {
    const lab = createFileLab(IMAGE_MB);
    context.defer(() => lab.close());
    const [files, execs, rounds] = context.isQuick ? [4_000, 200, 1] : [20_000, 1_000, 3];
    const workloads = makeWorkloads(lab, files, execs);
    context.say(`${files} small files, a tree, ${execs} starts`);
    const agent = startLineProcess(context, AGENT, [lab.mountPoint]);
    const client = startLineProcess(context, CLIENT, []);
    const stage: Stage = { context, agent, client, values: new Map() };
    for (let round = 0; round < rounds; round += 1) {
      for (const workload of workloads) await measure(stage, workload);
      if (round < CLAMAV_ROUNDS_MAX) await measureClamonacc(stage, lab);
    }
    return figuresOf(stage.values);
  },
};

/** One workload without an agent, then in each mode, before and after verdicts are kept. */
async function measure(stage: Stage, workload: Workload): Promise<void> {
  const { context, client } = stage;
  context.signal.throwIfAborted();
  await setMode(stage, 'off');
  await client.ask<ClientAnswer>(workload.question);
  const none = await best(client, workload);
  note(stage, `none_${workload.name}_ms`, none.ms);
  if (workload.name === 'read') note(stage, 'none_open_p50_us', none.openP50Us);
  await measureWithoutRules(stage, workload, none.ms);
  for (const mode of MODES) {
    await setMode(stage, mode);
    for (const state of STATES) {
      const isRepeatable = state === 'warm' || mode === 'balanced';
      const answer = isRepeatable
        ? await best(client, workload)
        : await client.ask<ClientAnswer>(workload.question);
      note(stage, `${mode}_${workload.name}_${state}`, answer.ms / none.ms);
      context.say(
        `${workload.name}, ${mode}, ${state}: ${answer.ms.toFixed(0)} ms, ${(answer.ms / none.ms).toFixed(2)}x`,
      );
      if (workload.name === 'read') noteOpens(stage, { mode, state, answer });
    }
  }
}

/** What the sensor itself costs: strict, every file for the first time, and no rule to look for. */
async function measureWithoutRules(
  stage: Stage,
  workload: Workload,
  noneMs: number,
): Promise<void> {
  if (workload.name !== 'read') return;
  await setMode(stage, 'strict', false);
  const answer = await stage.client.ask<ClientAnswer>(workload.question);
  note(stage, 'strict_read_cold_without_rules', answer.ms / noneMs);
  note(stage, 'strict_open_cold_without_rules_p50_us', answer.openP50Us);
  note(stage, 'strict_open_cold_without_rules_p99_us', answer.openP99Us);
}

/** The quickest of several: what else the machine does makes a turn slower, never quicker. */
async function best(client: LineProcess, { question }: Workload): Promise<ClientAnswer> {
  const answers: ClientAnswer[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    answers.push(await client.ask<ClientAnswer>(question));
  }
  const [quickest] = answers.toSorted((left, right) => left.ms - right.ms);
  return present(quickest, 'an answer');
}

function noteOpens(
  stage: Stage,
  { mode, state, answer }: { mode: Mode; state: State; answer: ClientAnswer },
): void {
  if (answer.refusedCount > 0) throw new Error(`${answer.refusedCount} clean files were refused`);
  if (mode !== 'strict') return;
  note(stage, `strict_open_${state}_p50_us`, answer.openP50Us);
  note(stage, `strict_open_${state}_p99_us`, answer.openP99Us);
}

/** The same part of the files with ours and with ClamAV, each from the beginning. */
async function measureClamonacc(stage: Stage, lab: FileLab): Promise<void> {
  const { context, client } = stage;
  if (!hasClamonacc()) {
    context.say('clamonacc is not installed: nothing to compare with');
    return;
  }
  const listFile = writeSublist(lab, CLAMAV_FILES);
  const question: ClientQuestion = { kind: 'read', listFile };
  await setMode(stage, 'strict');
  const cold = await client.ask<ClientAnswer>(question);
  const warm = await client.ask<ClientAnswer>(question);
  await setMode(stage, 'balanced');
  const balanced = await client.ask<ClientAnswer>(question);
  await setMode(stage, 'off');
  const end = await startClamonacc(context, lab);
  await client.ask<ClientAnswer>(question);
  const theirs = await client.ask<ClientAnswer>(question);
  await end();
  context.say(
    `${CLAMAV_FILES} files: clamonacc ${theirs.ms.toFixed(0)} ms, ours cold ${cold.ms.toFixed(0)}, warm ${warm.ms.toFixed(1)}`,
  );
  note(stage, 'clamonacc_to_strict_cold', theirs.ms / cold.ms);
  note(stage, 'clamonacc_to_strict_warm', theirs.ms / warm.ms);
  note(stage, 'clamonacc_to_balanced', theirs.ms / balanced.ms);
}

async function setMode(
  { context, agent, values }: Stage,
  mode: Mode | 'off',
  hasRules = true,
): Promise<void> {
  const { health } = await agent.ask<AgentAnswer>({ mode, hasRules });
  /* The threads before are still being taken down: that is the change, not the protection. */
  await systemClock.sleep(SETTLE_MS, context.signal);
  if (mode !== 'off' && health.state !== 'on') throw new Error(`protection: ${health.reason}`);
  context.signal.throwIfAborted();
  if (mode !== 'strict') return;
  const { rssBytes } = await agent.ask<AgentAnswer>({ mode: null });
  note({ values }, 'agent_rss_mb', rssBytes / 1_048_576);
}

function note({ values }: Pick<Stage, 'values'>, name: string, value: number): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}

function figuresOf(values: Values): Figure[] {
  return [...values].map(([figure, list]) =>
    figureOf({ bench: 'on-access', figure, goal: goalOf(figure), unit: unitOf(figure) }, list),
  );
}

function goalOf(figure: string): string {
  if (figure.startsWith('clamonacc_to_')) return '>=50';
  if (figure === 'strict_open_cold_p50_us') return '<=80';
  if (figure === 'strict_open_cold_p99_us') return '<=200';
  return GOALS[figure] ?? '–';
}

function unitOf(figure: string): string {
  const unit = /_(ms|us|mb)$/.exec(figure)?.[1];
  return unit === 'mb' ? 'MB' : (unit ?? 'ratio');
}
