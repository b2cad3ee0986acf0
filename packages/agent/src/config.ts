/* The one file of the agent that reads the environment. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import * as z from 'zod';
import { codeOf, messageOf, Secret } from '@wardgrid/base';
import { AgentError } from './errors.ts';

/** Options by their name on the command line and in the environment (`WARDGRID_…`). */
const OPTIONS = {
  controller: { type: 'string', variable: 'WARDGRID_CONTROLLER' },
  'enrolment-key': { type: 'string', variable: 'WARDGRID_ENROLMENT_KEY' },
  data: { type: 'string', variable: 'WARDGRID_AGENT_DATA' },
  'log-level': { type: 'string', variable: 'WARDGRID_LOG_LEVEL' },
  'protect-mounts': { type: 'string', variable: 'WARDGRID_PROTECT_MOUNTS' },
  'failover-after-ms': { type: 'string', variable: 'WARDGRID_FAILOVER_AFTER_MS' },
  'no-discovery': { type: 'boolean', variable: 'WARDGRID_NO_DISCOVERY' },
  'allow-plain-http': { type: 'boolean', variable: 'WARDGRID_ALLOW_PLAIN_HTTP' },
} as const;

/** Controllers are restarted and networks have hiccups: so long, and up to twice, is waited for them. */
const FAILOVER_AFTER_MS = 15_000;

const DATA_PATH_ROOT = '/var/lib/wardgrid-agent';

const ControllerUrl = z
  .url({ protocol: /^https?$/, error: 'must be an address such as https://grid.example.org' })
  .max(2_000)
  .transform((text) => text.replace(/\/+$/, ''));

/** How the agent was started. */
const Config = z.strictObject({
  /** Null: the one that the device is enrolled with. */
  controllerUrl: ControllerUrl.nullable(),
  enrolmentKey: z.instanceof(Secret).nullable(),
  dataPath: z.string().min(1).max(4_096),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']),
  isPlainHttpAllowed: z.boolean(),
  /** Whether it listens for controllers on the local network. */
  isDiscovering: z.boolean(),
  /** How long a controller may say nothing before another one is asked. */
  failoverAfterMs: z.coerce.number().int().min(500).max(3_600_000).default(FAILOVER_AFTER_MS),
  /** Where files are protected: mount points, or null for every local filesystem. */
  protectedMounts: z.array(z.string().startsWith('/').max(4_096)).max(64).nullable(),
});
export type Config = z.infer<typeof Config>;

/** The environment as the agent reads it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration of a command line; options win over variables. @throws AgentError `usage`. */
export function readConfig(
  words: readonly string[],
  environment: Environment = process.env,
): Config {
  const { values } = parseOptions(words, OPTIONS);
  const given = (name: keyof typeof OPTIONS): string | undefined => {
    const value = values[name];
    return value === undefined ? environment[OPTIONS[name].variable] : String(value);
  };
  const key = given('enrolment-key');
  const parsed = Config.safeParse({
    controllerUrl: given('controller') || null,
    enrolmentKey: key ? new Secret(key) : null,
    dataPath: given('data') ?? defaultDataPath(environment),
    logLevel: given('log-level') ?? 'info',
    failoverAfterMs: given('failover-after-ms'),
    isPlainHttpAllowed: isSet(given('allow-plain-http')),
    isDiscovering: !isSet(given('no-discovery')),
    protectedMounts: mountsOf(given('protect-mounts')),
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const option = OPTION_OF_FIELD.get(String(issue?.path[0])) ?? 'options';
  throw new AgentError('usage', `${option}: ${issue?.message ?? 'does not fit'}`);
}

function isSet(word = ''): boolean {
  return ['true', '1', 'yes'].includes(word);
}

/** `all`, `none`, or mount points with commas between them. */
function mountsOf(text = 'all'): readonly string[] | null {
  if (text === 'all') return null;
  return text === 'none' ? [] : text.split(',');
}

const OPTION_OF_FIELD: ReadonlyMap<string, string> = new Map([
  ['controllerUrl', '--controller'],
  ['dataPath', '--data'],
  ['logLevel', '--log-level'],
  ['failoverAfterMs', '--failover-after-ms'],
  ['protectedMounts', '--protect-mounts'],
]);

/** The options of a command line. @throws AgentError `usage`, which names what is not known. */
export function parseOptions<T extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false });
  } catch (error) {
    if (codeOf(error)?.startsWith('ERR_PARSE_ARGS') !== true) throw error;
    throw new AgentError('usage', messageOf(error), { cause: error });
  }
}

/** The environment, for the options of other commands. */
export function readEnvironment(): Environment {
  return process.env;
}

function defaultDataPath(environment: Environment): string {
  if (process.getuid?.() === 0) return DATA_PATH_ROOT;
  const stateHome = environment['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(stateHome, 'wardgrid-agent');
}
