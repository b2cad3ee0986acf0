import { backoffMs, type Backoff, type Clock, type Random } from '@wardgrid/base';
import type { ClientResponse, Transport } from '@wardgrid/wire';

/** Too many requests, and not available for the moment: the request was not carried out. */
const RETRIED: ReadonlySet<number> = new Set([429, 503]);
/** More tries would keep a person waiting for what will not come. */
const RETRIES_MAX = 4;
/** A controller that asks for more patience than this gets to say so to the person. */
const WAIT_MS_MAX = 30_000;
const BACKOFF: Backoff = { baseMs: 500, maxMs: 8_000 };

/** The transport, asking again after 429 and 503 as `Retry-After` says, a few times. */
export function withRetries(
  transport: Transport,
  machine: { readonly clock: Clock; readonly random: Random },
): Transport {
  return async (url, request) => {
    for (let attempt = 0; ; attempt += 1) {
      const response = await transport(url, request);
      if (!RETRIED.has(response.status) || attempt >= RETRIES_MAX) return response;
      const waitMs = askedMs(response) ?? backoffMs(BACKOFF, attempt, machine.random);
      if (waitMs > WAIT_MS_MAX) return response;
      await machine.clock.sleep(waitMs, request.signal);
    }
  };
}

/** How long the controller asks to wait; only seconds are understood, dates are not (RFC 9110, 10.2.3). */
function askedMs(response: ClientResponse): number | undefined {
  const seconds = response.headers.get('retry-after');
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1_000 : undefined;
}
