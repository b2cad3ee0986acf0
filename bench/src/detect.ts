import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildPack, createEngine, loadPack, type Rule } from '@wardgrid/detection';
import { evaluatorOf } from '@wardgrid/detection/evaluate';
import { createMatcher } from '@wardgrid/detection/match/matcher';
import { parseRules } from '@wardgrid/detection/read';
import { isEventRule, type EventRule } from '@wardgrid/detection/rule';
import type { DeviceEvent } from '@wardgrid/wire';
import { generatedRules } from './detection/generated-rules.ts';
import { ordinaryEvents } from './detection/ordinary-events.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';

/* Rules against parsed events on one core, in CPU seconds: the rules of this repository, and generated
   ones. The yardstick asks the same rules one by one, in turns with ours. */

const RULES_FOLDER = fileURLToPath(new URL('../../rules/', import.meta.url));
/** Events the yardstick sees in a turn: it is slow. */
const NAIVE_SHARE = 0.04;

export const bench: Bench = {
  name: 'detect',
  summary: 'events a second and core through the Linux rules, 500 and 3,000 rules',
  run(context) {
    const events = ordinaryEvents(context.isQuick ? 20_000 : 100_000, 7);
    const linux = linuxRules();
    context.say(`${linux.length} rules for Linux, ${events.length} events`);
    const few = compare(context, { name: '500_rules', rules: generatedRules(500, 3), events });
    const many = compare(context, { name: '3000_rules', rules: generatedRules(3_000, 3), events });
    const goal = '>=300000';
    return Promise.resolve([
      ...compare(context, { name: 'linux_pack', rules: linux, events, goal }),
      ...few,
      ...many,
      figureOf(
        figure('cost_3000_to_500_rules', 'ratio', '<6'),
        few.flatMap((one, at) =>
          one.figure.endsWith('events_a_cpu_second') ? [one.value / (many[at]?.value ?? 1)] : [],
        ),
      ),
      ...engineFigures(context, linux, events),
      ...loadFigures(context, linux),
    ]);
  },
};

function figure(name: string, unit: string, goal = '–') {
  return { bench: 'detect', figure: name, unit, goal };
}

function linuxRules(): readonly Rule[] {
  const files = filesBelow(RULES_FOLDER).filter(
    (path) => /\.ya?ml$/.test(path) && !/\.test\.ya?ml$/.test(path),
  );
  const { rules } = parseRules(files.map((path) => ({ path, text: readFileSync(path, 'utf8') })));
  return rules.filter(
    (rule) => !isEventRule(rule) || [null, 'linux'].includes(rule.body.source.product),
  );
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

interface Subject {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly events: readonly DeviceEvent[];
  readonly goal?: string;
}

/** Ours and the yardstick in turns; both must find the same. */
function compare(context: BenchContext, subject: Subject): readonly Figure[] {
  const rules = subject.rules.filter(isEventRule).filter(isAboutExec);
  const matcher = createMatcher(rules.map(({ body }) => ({ actions: ['exec'], when: body.when })));
  const evaluators = rules.map(({ body }) => evaluatorOf(body.when));
  const few = subject.events.slice(0, Math.ceil(subject.events.length * NAIVE_SHARE));
  let matched = 0;
  const ours = (events: readonly DeviceEvent[]) => {
    for (const event of events) matched += matcher.match(event).matched.length;
  };
  const oneByOne = () => {
    for (const event of few) for (const ask of evaluators) matched -= Number(ask(event) === 1);
  };
  ours(few);
  oneByOne();
  if (matched !== 0) throw new Error(`${subject.name}: the index and one by one disagree`);
  const rounds = Array.from({ length: context.isQuick ? 3 : 7 }, () => {
    context.signal.throwIfAborted();
    const naive = few.length / cpuSecondsOf(oneByOne);
    return { naive, ours: subject.events.length / cpuSecondsOf(() => ours(subject.events)) };
  });
  context.say(
    `${subject.name}: ${rules.length} rules, ${matcher.unindexed.length} without an index`,
  );
  return [
    figureOf(
      figure(`${subject.name}_events_a_cpu_second`, 'events/s', subject.goal),
      rounds.map((round) => round.ours),
    ),
    figureOf(
      figure(`${subject.name}_ratio_to_one_by_one`, 'ratio'),
      rounds.map((round) => round.ours / round.naive),
    ),
  ];
}

function isAboutExec({ body }: EventRule): boolean {
  return body.source.events.some(
    (source) => source.class === 'process' && source.actions.includes('exec'),
  );
}

/** The whole engine: process table, anomalies, state machines and findings as well. */
function engineFigures(
  context: BenchContext,
  rules: readonly Rule[],
  events: readonly DeviceEvent[],
): readonly Figure[] {
  const pack = loadPack(buildPack(rules).text);
  const rates = Array.from({ length: context.isQuick ? 3 : 7 }, () => {
    const engine = newEngine(pack);
    return (
      events.length /
      cpuSecondsOf(() => {
        for (const event of events) engine.accept(event);
      })
    );
  });
  return [figureOf(figure('linux_engine_events_a_cpu_second', 'events/s'), rates)];
}

function newEngine(pack: ReturnType<typeof loadPack>) {
  return createEngine({
    packs: [pack],
    platform: 'linux',
    switches: [],
    exceptions: [],
    now: 1_700_000_000_000,
    newId: () => '01890000-0000-7000-8000-000000000000',
  });
}

/** From the text of a pack to an engine that takes events. */
function loadFigures(context: BenchContext, rules: readonly Rule[]): readonly Figure[] {
  const { text } = buildPack(rules);
  const collect = garbageCollector();
  const kept: unknown[] = [];
  const rounds = Array.from({ length: context.isQuick ? 3 : 7 }, () => {
    collect();
    const before = memoryMegabytes();
    const cpuSeconds = cpuSecondsOf(() => kept.splice(0, 1, newEngine(loadPack(text))));
    collect();
    const megabytes = memoryMegabytes() - before;
    kept.length = 0;
    return { loadMs: cpuSeconds * 1_000, megabytes };
  });
  return [
    figureOf(
      figure('linux_pack_load', 'CPU ms', '<150'),
      rounds.map(({ loadMs }) => loadMs),
    ),
    figureOf(
      figure('linux_pack_memory', 'MB', '<40'),
      rounds.map(({ megabytes }) => megabytes),
    ),
    figureOf(figure('linux_pack_text', 'MB'), [text.length / 1_048_576]),
  ];
}

function memoryMegabytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1_048_576;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000_000;
}
