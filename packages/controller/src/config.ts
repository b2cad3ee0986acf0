import { parseArgs } from 'node:util';
import * as z from 'zod';
import { messageOf, parseCidr, Secret, WardgridError, readFingerprint } from '@wardgrid/base';
import { CONTROLLER_URLS_MAX, ControllerRole } from '@wardgrid/wire';

/** A command line or environment that cannot be used; the message names what is wrong. */
export class ConfigError extends WardgridError<'config-invalid'> {
  constructor(message: string, cause?: unknown) {
    super('config-invalid', message, { cause });
  }
}

const ListenAddress = z
  .string()
  .regex(/^(?:\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be HOST:PORT')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return {
      host: text.slice(0, colon).replaceAll(/[[\]]/g, ''),
      port: Number(text.slice(colon + 1)),
    };
  })
  .refine(({ port }) => port <= 65_535, 'the port must be at most 65535');

const Network = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, 'must be a network such as 10.0.0.0/8');

function duration(least: number, usual: number) {
  return z.coerce.number().int().min(least).max(86_400_000).default(usual);
}

/** Everything the controller can be told. Unknown keys are refused; secrets have no default. */
export const Config = z.strictObject({
  role: ControllerRole.nullable()
    .default(null)
    .describe('Which controller this is: what its data folder says, or the cloud'),
  parent: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('Where the controller above is reached, for joining'),
  token: z
    .string()
    .min(1)
    .transform((token) => new Secret(token))
    .nullable()
    .default(null)
    .describe(
      'The one-time token with which a local controller joins; without one a person lets it in',
    ),
  parentKey: z
    .string()
    .max(100)
    .transform((given, context) => {
      const fingerprint = readFingerprint(given);
      if (fingerprint === undefined) {
        context.addIssue({ code: 'custom', message: 'must be a fingerprint of 32 hex digits' });
        return z.NEVER;
      }
      return fingerprint;
    })
    .nullable()
    .default(null)
    .describe('The fingerprint of the key of the controller above, where there is no token'),
  parentCa: z
    .string()
    .nullable()
    .default(null)
    .describe('File of the authority to believe for the parent, where the token names none'),
  syncIntervalMs: duration(100, 30_000).describe('How often a quiet controller exchanges'),
  failoverAfterMs: duration(100, 30_000).describe(
    'How long a controller above may be silent before the next one is asked',
  ),
  probeIntervalMs: duration(100, 60_000).describe(
    'How soon a parent that was away is asked again; doubled up to sixteen times',
  ),
  dwellMs: duration(0, 120_000).describe('How long a parent must answer before it is used again'),
  data: z.string().min(1).default('.wardgrid').describe('The data folder'),
  listen: ListenAddress.prefault('127.0.0.1:7480').describe(
    'HOST:PORT; anything but loopback gets TLS',
  ),
  database: z
    .string()
    .regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres://')
    .transform((url) => new Secret(url))
    .nullable()
    .default(null)
    .describe('An external PostgreSQL 15 or newer; without it one is embedded'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe('The address that people and agents use, when it is not the listening one'),
  otherUrls: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(CONTROLLER_URLS_MAX - 1)
    .default([])
    .describe('Further addresses of it, which agents and other controllers try in this order'),
  trustedProxies: z
    .array(Network)
    .max(50)
    .default([])
    .describe('Networks whose X-Forwarded-For is believed'),
  tlsKey: z
    .string()
    .nullable()
    .default(null)
    .describe('File of the private key, to replace the own certificate'),
  tlsCertificate: z.string().nullable().default(null).describe('File of the certificate chain'),
  discovery: z
    .enum(['on', 'off'])
    .default('on')
    .describe('Whether it announces itself on its local networks and listens there'),
  logLevel: z.enum(['error', 'warn', 'info', 'debug']).default('info'),
  exchangeIntervalMs: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(3_600_000)
    .default(60_000)
    .describe('How often an idle agent speaks'),
  poolSize: z.coerce
    .number()
    .int()
    .min(2)
    .max(200)
    .default(20)
    .describe('Database connections of this process'),
});
export type Config = z.output<typeof Config>;

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'run'; readonly config: Config; readonly isRecovering: boolean }
  | { readonly kind: 'print-config'; readonly config: Config }
  | { readonly kind: 'config-schema' }
  | { readonly kind: 'help' };

const OPTIONS = {
  role: { type: 'string' },
  parent: { type: 'string' },
  token: { type: 'string' },
  'parent-key': { type: 'string' },
  'parent-ca': { type: 'string' },
  'sync-interval-ms': { type: 'string' },
  'failover-after-ms': { type: 'string' },
  'probe-interval-ms': { type: 'string' },
  'dwell-ms': { type: 'string' },
  data: { type: 'string' },
  listen: { type: 'string' },
  database: { type: 'string' },
  'public-url': { type: 'string', multiple: true },
  'trusted-proxy': { type: 'string', multiple: true },
  'tls-key': { type: 'string' },
  'tls-certificate': { type: 'string' },
  discovery: { type: 'string' },
  'log-level': { type: 'string' },
  'exchange-interval-ms': { type: 'string' },
  'pool-size': { type: 'string' },
  recover: { type: 'boolean' },
  'print-config': { type: 'boolean' },
  'config-schema': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** The options of `wardgrid controller`, for its help. */
export const USAGE = `wardgrid controller [options]

  --role ROLE                cloud, local or sub-local; default: what the data folder is, or cloud
  --parent URL --token T     join below this controller, at the first start of a local one
  --parent URL               without a token: ask it to be let in, and wait for a person there
  --parent-key FINGERPRINT   let nobody else let it in; without --parent, whom to ask of those nearby
  --parent-ca FILE           authority to believe for the parent, where the token names none
  --data DIR                 data folder (default .wardgrid)
  --listen HOST:PORT         default 127.0.0.1:7480; other hosts get TLS by an own CA
  --database URL             external PostgreSQL 15+ (postgres://…); default: embedded
  --public-url URL           address that people and agents use (may repeat: agents and other
                             controllers try them in order)
  --trusted-proxy CIDR       believe X-Forwarded-For of these (may repeat)
  --tls-key FILE --tls-certificate FILE
  --exchange-interval-ms N   how often an idle agent speaks (default 60000)
  --sync-interval-ms N       how often a quiet local controller exchanges (default 30000)
  --failover-after-ms N      how long its parent may be silent (default 30000)
  --probe-interval-ms N      how soon a silent parent is asked again (default 60000)
  --dwell-ms N               how long it must answer before it is used again (default 120000)
  --pool-size N              database connections (default 20)
  --discovery on|off         announce itself on the local networks and listen there (default on)
  --log-level LEVEL          error, warn, info (default) or debug
  --recover                  start, end the Global Admin's password and second factor, and print
                             a link that sets a new password
  --print-config             print the configuration in force and exit
  --config-schema            print the configuration's JSON Schema and exit

The database address may also come from WARDGRID_DATABASE, the token from WARDGRID_TOKEN.
`;

/** Reads the command line and environment. @throws ConfigError naming the option that does not fit. */
export function readRequest(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Request {
  const values = parseOptions(argv);
  if (values.help === true) return { kind: 'help' };
  if (values['config-schema'] === true) return { kind: 'config-schema' };
  const database = values.database ?? environment['WARDGRID_DATABASE'];
  const given = {
    role: values.role,
    parent: values.parent,
    token: values.token ?? environment['WARDGRID_TOKEN'],
    parentKey: values['parent-key'],
    parentCa: values['parent-ca'],
    syncIntervalMs: values['sync-interval-ms'],
    failoverAfterMs: values['failover-after-ms'],
    probeIntervalMs: values['probe-interval-ms'],
    dwellMs: values['dwell-ms'],
    data: values.data ?? environment['WARDGRID_DATA'],
    listen: values.listen,
    database,
    publicUrl: values['public-url']?.[0],
    otherUrls: values['public-url']?.slice(1),
    trustedProxies: values['trusted-proxy'],
    tlsKey: values['tls-key'],
    tlsCertificate: values['tls-certificate'],
    discovery: values.discovery,
    logLevel: values['log-level'],
    exchangeIntervalMs: values['exchange-interval-ms'],
    poolSize: values['pool-size'],
  };
  const present = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const parsed = Config.safeParse(present);
  if (!parsed.success) throw new ConfigError(describe(parsed.error));
  if ((parsed.data.tlsKey === null) !== (parsed.data.tlsCertificate === null)) {
    throw new ConfigError('--tls-key and --tls-certificate go together');
  }
  const config = parsed.data;
  requireFittingRole(config);
  if (values['print-config'] === true) return { kind: 'print-config', config };
  return { kind: 'run', config, isRecovering: values.recover === true };
}

/** What the words alone show to be wrong; what a data folder says is seen when it is opened. */
function requireFittingRole({ role, parent, parentKey, token }: Config): void {
  if (role === 'cloud' && (parent !== null || token !== null || parentKey !== null)) {
    throw new ConfigError(
      '--parent, --parent-key and --token are for local controllers: the cloud has no parent',
    );
  }
  if (role === null && parent !== null) {
    throw new ConfigError('--parent needs --role local or --role sub-local');
  }
}

/** How a controller comes in that has not joined: with a token, or by asking. */
export type WayIn =
  | { readonly kind: 'token'; readonly parent: string; readonly token: Secret }
  | { readonly kind: 'ask'; readonly parent: string | null };

/** @throws ConfigError naming what a controller that has not joined is not told. */
export function wayInOf(config: Config): WayIn {
  const { token, role } = config;
  const parent = config.parent?.replace(/\/$/, '') ?? null;
  if (token !== null && parent !== null) return { kind: 'token', parent, token };
  if (token !== null) {
    throw new ConfigError(`--token needs --parent URL: the ${role ?? 'local'} controller's parent`);
  }
  if (parent === null && !isAnnounced(config)) {
    throw new ConfigError(
      `a ${role ?? 'local'} controller that has not joined yet needs --parent URL, or --listen on ` +
        'a network where the one above announces itself',
    );
  }
  return { kind: 'ask', parent };
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether it listens on this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return LOOPBACK.has(host);
}

/** Whether it announces itself: who listens on loopback alone has nothing to say to a network. */
export function isAnnounced({ discovery, listen }: Config): boolean {
  return discovery === 'on' && !isLoopbackHost(listen.host) && listen.port !== 0;
}

function parseOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, strict: true, allowPositionals: false })
      .values;
  } catch (error) {
    throw new ConfigError(messageOf(error), error);
  }
}

function describe(error: z.ZodError): string {
  return error.issues
    .map(
      (issue) =>
        `--${String(issue.path[0] ?? '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${issue.message}`,
    )
    .join('; ');
}
