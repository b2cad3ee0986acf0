import { codeOf, messageOf } from '@wardgrid/base';
import type * as wire from '@wardgrid/wire';
import type { Call, Route } from '@wardgrid/wire';
import { CliError } from './errors.ts';
import type { Machine } from './machine.ts';
import { withRetries } from './retry.ts';
import { createHttpTransport, type HttpTransportOptions } from './transport.ts';
import { describeUntrusted } from './trust-anchor.ts';

/** The wire contract, loaded only by commands that talk: it costs more than all the rest. */
export type Wire = typeof wire;

/** How to reach a controller, and as whom. */
export interface ConnectionOptions extends HttpTransportOptions {
  readonly controllerUrl: string;
  /** An API token; absent for what anyone may call. */
  readonly token: string | undefined;
  /** Further headers, asked for at each request. */
  readonly headers?: () => Readonly<Record<string, string>>;
}

/** A talk with one controller. */
export interface Connection {
  readonly controllerUrl: string;
  readonly wire: Wire;
  /** Calls a route. What creates or acts carries an `Idempotency-Key`, so that a retry is safe. */
  readonly call: Call;
  readonly close: () => void;
}

/** What TLS says when nobody we trust has signed: the cases that pinning a CA cures. */
const ISSUER_UNKNOWN = /^(?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_.*)$/;

/** Opens a talk; nothing is sent before the first call. */
export async function openConnection(
  machine: Machine,
  options: ConnectionOptions,
): Promise<Connection> {
  const wire = await import('@wardgrid/wire');
  const { transport, close } = createHttpTransport(options);
  const client = wire.createClient({
    baseUrl: options.controllerUrl,
    transport: withRetries(transport, machine),
    headers: () => ({
      'user-agent': `wardgrid-cli/${wire.PRODUCT_VERSION}`,
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers?.(),
    }),
  });
  const call: Call = async (route, given = {}) => {
    try {
      return await client(route, {
        ...given,
        signal: given.signal ?? machine.signal,
        headers: { ...idempotency(route, machine), ...given.headers },
      });
    } catch (error) {
      throw await explained(error, options, machine.signal);
    }
  };
  return { controllerUrl: options.controllerUrl, wire, call, close };
}

function idempotency(route: Pick<Route, 'method'>, { newId }: Machine): Record<string, string> {
  return route.method === 'POST' ? { 'idempotency-key': newId() } : {};
}

async function explained(
  error: unknown,
  { controllerUrl, ca }: ConnectionOptions,
  signal: AbortSignal,
): Promise<unknown> {
  if (error instanceof CliError && error.code === 'controller-untrusted') {
    const isCurable = ca === null && ISSUER_UNKNOWN.test(codeOf(error.cause) ?? '');
    return isCurable ? describeUntrusted(controllerUrl, error, signal) : error;
  }
  if (!isMisfit(error)) return error;
  return new CliError(
    'reply-invalid',
    `'${controllerUrl}' answers what this version does not understand: is it a controller, and of ` +
      `the same version? (${messageOf(error).replaceAll(/\s+/g, ' ').slice(0, 200)})`,
    { cause: error },
  );
}

/** An answer that is no JSON, or not what the contract says. */
function isMisfit(error: unknown): boolean {
  return error instanceof SyntaxError || (error instanceof Error && /^\$?Zod/.test(error.name));
}
