import type { ControllerError } from './error.ts';
import type { Actor } from './authorize.ts';

/** What every request knows. */
export interface RequestContext {
  readonly requestId: string;
  /** Aborted when the client went away or the controller stops. */
  readonly signal: AbortSignal;
  /** The client's address, through trusted proxies only. */
  readonly address: string;
  readonly userAgent: string;
  /** Whether the request came over TLS (or through a proxy that says so). */
  readonly isSecure: boolean;
}

/** The context of a signed-in person: the first argument of every service method. */
export interface Context extends RequestContext {
  readonly actor: Actor;
  /**
   * Of a request with an `Idempotency-Key`: the id for the one thing it makes. A request that is tried
   * again because its controller died gets the same, and finds by it what was made already.
   */
  readonly madeId?: string;
}

/** Who a request comes from, as its credentials show; a problem when they are wrong. */
export type Authentication =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'account'; readonly actor: Actor; readonly isCookie: boolean }
  | { readonly kind: 'refused'; readonly error: ControllerError };
