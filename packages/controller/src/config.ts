import { parseArgs } from 'node:util';
import * as z from 'zod';
import { messageOf, parseCidr, Secret, WardgridError } from '@wardgrid/base';

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

/** Everything the controller can be told. Unknown keys are refused; secrets have no default. */
export const Config = z.strictObject({
  role: z
    .enum(['cloud'])
    .default('cloud')
    .describe('Which controller this is; local and sub-local follow'),
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
  data: { type: 'string' },
  listen: { type: 'string' },
  database: { type: 'string' },
  'public-url': { type: 'string' },
  'trusted-proxy': { type: 'string', multiple: true },
  'tls-key': { type: 'string' },
  'tls-certificate': { type: 'string' },
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

  --data DIR                 data folder (default .wardgrid)
  --listen HOST:PORT         default 127.0.0.1:7480; other hosts get TLS by an own CA
  --database URL             external PostgreSQL 15+ (postgres://…); default: embedded
  --public-url URL           address that people and agents use
  --trusted-proxy CIDR       believe X-Forwarded-For of these (may repeat)
  --tls-key FILE --tls-certificate FILE
  --exchange-interval-ms N   how often an idle agent speaks (default 60000)
  --pool-size N              database connections (default 20)
  --log-level LEVEL          error, warn, info (default) or debug
  --recover                  start, end the Global Admin's password and second factor, and print
                             a link that sets a new password
  --print-config             print the configuration in force and exit
  --config-schema            print the configuration's JSON Schema and exit

The database address may also come from WARDGRID_DATABASE.
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
    data: values.data ?? environment['WARDGRID_DATA'],
    listen: values.listen,
    database,
    publicUrl: values['public-url'],
    trustedProxies: values['trusted-proxy'],
    tlsKey: values['tls-key'],
    tlsCertificate: values['tls-certificate'],
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
  if (values['print-config'] === true) return { kind: 'print-config', config };
  return { kind: 'run', config, isRecovering: values.recover === true };
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
