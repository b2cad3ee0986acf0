import { readEnvironment } from '../config.ts';
import type { Quantiles } from '../histogram.ts';
import { parseSimulateOptions, SIMULATE_USAGE, type SimulateOptions } from './options.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import type { StageReport } from './stage.ts';

/** What `wardgrid simulate --json` prints, as its last line. */
export interface SimulationReport {
  readonly agents: number;
  readonly enrol: StageReport;
  readonly connected: number;
  readonly exchange: StageReport;
  readonly orders: number;
  readonly residentBytes: number;
}

const ENROL_FAILED = 3;

/** `wardgrid simulate`: enrols, connects, exchanges, reports. */
export async function simulate(
  words: readonly string[],
  write: (text: string) => void,
): Promise<number> {
  const options = parseSimulateOptions(words, readEnvironment());
  if (options === null) {
    write(SIMULATE_USAGE);
    return 0;
  }
  const stop = new AbortController();
  const end = (): void => stop.abort(new Error('stopped'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const say = options.json ? (): void => undefined : write;
  const simulation = await createSimulation({
    agents: options.agents,
    controllerUrl: options.controller,
    enrolmentKey: options['enrolment-key'],
    seed: options.seed,
    connections: options.connections,
    isPlainHttpAllowed: options['allow-plain-http'],
    signal: stop.signal,
  });
  try {
    const report = await runStages(simulation, options, say);
    if (options.json) write(`${JSON.stringify(report)}\n`);
    return report.enrol.done === options.agents ? 0 : ENROL_FAILED;
  } finally {
    simulation.close();
  }
}

async function runStages(
  simulation: Simulation,
  options: SimulateOptions,
  say: (text: string) => void,
): Promise<SimulationReport> {
  const enrol = await simulation.enrol(options['enrol-rate']);
  say(`enrolled    ${enrol.done} of ${options.agents}, ${lineOf(enrol)}`);
  const isEnrolled = enrol.done === options.agents;
  const connected = options.connect && isEnrolled ? await simulation.connect() : 0;
  if (options.connect) say(`connected   ${connected}\n`);
  const seconds = isEnrolled ? options.seconds : 0;
  const exchange = await simulation.exchange({ seconds, ratePerSecond: options.rate });
  say(`exchanged   ${lineOf(exchange)}`);
  say(`orders      ${simulation.orders()}\n`);
  return {
    agents: options.agents,
    enrol,
    connected: simulation.connected(),
    exchange,
    orders: simulation.orders(),
    residentBytes: process.memoryUsage.rss(),
  };
}

function lineOf({ done, seconds, perSecond, latencyMs, maxLagMs, errors }: StageReport): string {
  const failures = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  return (
    `${done} in ${seconds} s (${perSecond}/s), ${quantilesOf(latencyMs)}, ` +
    `generator late by ${maxLagMs} ms at most, ` +
    `errors: ${failures.length === 0 ? 'none' : failures.join(', ')}\n`
  );
}

function quantilesOf({ p50, p90, p99, max }: Quantiles): string {
  return `ms p50 ${p50}, p90 ${p90}, p99 ${p99}, max ${max}`;
}
