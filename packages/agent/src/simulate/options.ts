import * as z from 'zod';
import { parseOptions, type Environment } from '../config.ts';
import { AgentError } from '../errors.ts';

const OPTIONS = {
  agents: { type: 'string' },
  controller: { type: 'string' },
  'enrolment-key': { type: 'string' },
  'enrol-rate': { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  connections: { type: 'string' },
  seed: { type: 'string' },
  connect: { type: 'boolean' },
  json: { type: 'boolean' },
  'allow-plain-http': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** What `wardgrid simulate --help` says. */
export const SIMULATE_USAGE = `usage: wardgrid simulate --agents N --controller URL --enrolment-key KEY [options]

  --seconds S        how long to exchange (60)
  --rate R           exchanges a second over all devices; else the controller's interval
  --enrol-rate R     enrolments a second; else all at once
  --connect          keep a live connection for each device
  --connections N    connections for requests, shared by all devices (64)
  --seed N           seed of the jitter (1)
  --json             print one JSON line at the end and nothing else
  --allow-plain-http allow http to other machines
`;

const rate = z.coerce.number().min(0.1).max(100_000).nullable().default(null);
const given = z.string({ error: 'must be given' }).min(1);

const Values = z.strictObject({
  agents: z.coerce.number({ error: 'must be a number from 1 to 10000' }).int().min(1).max(10_000),
  controller: given
    .transform((text) => text.replace(/\/+$/, ''))
    .pipe(
      z.url({ protocol: /^https?$/, error: 'must be an address such as https://grid.example.org' }),
    ),
  'enrolment-key': given,
  'enrol-rate': rate,
  rate,
  seconds: z.coerce.number().min(0).max(86_400).default(60),
  connections: z.coerce.number().int().min(1).max(4_096).default(64),
  seed: z.coerce.number().int().default(1),
  connect: z.boolean().default(false),
  json: z.boolean().default(false),
  'allow-plain-http': z.boolean().default(false),
  help: z.boolean().default(false),
});

/** How a simulation was asked for. */
export type SimulateOptions = z.infer<typeof Values>;

/** The options of a command line; null when only help was asked for. @throws AgentError `usage`. */
export function parseSimulateOptions(
  words: readonly string[],
  environment: Environment,
): SimulateOptions | null {
  const { values } = parseOptions(words, OPTIONS);
  if (values.help === true) return null;
  const parsed = Values.safeParse({
    controller: environment['WARDGRID_CONTROLLER'],
    'enrolment-key': environment['WARDGRID_ENROLMENT_KEY'],
    ...values,
  });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AgentError('usage', `--${String(issue?.path[0])}: ${issue?.message ?? 'does not fit'}`);
}
