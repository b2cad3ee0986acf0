/* The agent's command line: `wardgrid agent …` and `wardgrid simulate …`. */
import { codeOf, createLog, messageOf } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import type { AgentEnd } from './app.ts';
import type { Surroundings } from './commands/session.ts';
import { parseOptions, readConfig, type Config } from './config.ts';
import { AgentError, type AgentErrorCode } from './errors.ts';

const USAGE = `usage: wardgrid agent COMMAND [options]

commands
  run         work until stopped (the service)
  once        one pass: exchange, do what is due, send the results (timer, cron)
  status      how the agent of this device is doing  [--json]
  install     install as a systemd service and start it
  uninstall   stop and remove the service

options                          environment
  --controller URL               WARDGRID_CONTROLLER
  --enrolment-key KEY            WARDGRID_ENROLMENT_KEY
  --data DIR                     WARDGRID_AGENT_DATA
  --log-level LEVEL              WARDGRID_LOG_LEVEL         error, warn, info, debug
  --protect-mounts LIST          WARDGRID_PROTECT_MOUNTS    where to protect: all, none, /,/home
  --failover-after-ms N          WARDGRID_FAILOVER_AFTER_MS how long a controller may be silent (15000)
  --no-discovery                 WARDGRID_NO_DISCOVERY      do not listen for controllers nearby
  --allow-plain-http             WARDGRID_ALLOW_PLAIN_HTTP
`;

/** Exit codes; the service does not start again after 2 to 5. */
const EXIT_CODES: Readonly<Partial<Record<AgentErrorCode, number>>> = {
  usage: 2,
  'enrolment-refused': 3,
  'enrolment-key-malformed': 3,
  'controller-untrusted': 3,
  'controller-insecure': 2,
  'not-enrolled': 5,
  'data-unusable': 5,
};
const EXIT_RETIRED = 4;

/** Runs the command line and gives the exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    const [program, ...rest] = words;
    if (program === 'simulate') {
      const { simulate } = await import('./simulate/command.ts');
      return await simulate(rest, (text) => process.stdout.write(text));
    }
    return await agent(program === 'agent' ? rest : words);
  } catch (error) {
    process.stderr.write(`wardgrid: ${messageOf(error)}\n`);
    if (!(error instanceof AgentError)) return 1;
    return EXIT_CODES[error.code] ?? 1;
  }
}

async function agent([command = 'help', ...words]: readonly string[]): Promise<number> {
  switch (command) {
    case 'run':
    case 'once':
      return work(command, readConfig(words));
    case 'status':
      return status(words);
    case 'install':
    case 'uninstall':
      return manage(command, words);
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new AgentError('usage', `unknown command '${command}'\n\n${USAGE}`);
  }
}

async function work(command: 'run' | 'once', config: Config): Promise<number> {
  const { passAgent, runAgent } = await import('./commands/run.ts');
  const surroundings = createSurroundings(config);
  try {
    const pass = command === 'run' ? runAgent : passAgent;
    return exitCodeOf(await pass(config, surroundings));
  } catch (error) {
    if (surroundings.signal.aborted) return 0;
    // The service does the work already: a timer that comes by as well is no failure.
    if (command !== 'once' || codeOf(error) !== 'already-running') throw error;
    process.stderr.write(`wardgrid: ${messageOf(error)}: nothing to do\n`);
    return 0;
  }
}

function exitCodeOf(end: AgentEnd): number {
  if (end === 'stopped') return 0;
  process.stderr.write('wardgrid: the controller retired this device: the agent stays off\n');
  return EXIT_RETIRED;
}

function createSurroundings(config: Config): Surroundings {
  const stop = new AbortController();
  const end = (): void => stop.abort(new Error('stopped'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const log = createLog({
    clock: systemClock,
    level: config.logLevel,
    write: (line) => process.stderr.write(`${line}\n`),
  });
  return { clock: systemClock, random: systemRandom, log, signal: stop.signal };
}

async function status(words: readonly string[]): Promise<number> {
  const { formatStatus, readStatus } = await import('./commands/status.ts');
  const isJson = words.includes('--json');
  const config = readConfig(words.filter((word) => word !== '--json'));
  const found = readStatus(config.dataPath);
  process.stdout.write(isJson ? `${JSON.stringify(found)}\n` : formatStatus(found));
  return 0;
}

async function manage(command: 'install' | 'uninstall', words: readonly string[]): Promise<number> {
  const { installService, uninstallService } = await import('./commands/install.ts');
  if (command === 'install') {
    process.stdout.write(await installService(readConfig(words)));
    return 0;
  }
  parseOptions(words, {});
  process.stdout.write(await uninstallService());
  return 0;
}
