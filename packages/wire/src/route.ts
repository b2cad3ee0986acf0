import type * as z from 'zod';
import type { Permission } from './permissions.ts';
import { Empty } from './primitives.ts';
import type { ProblemCode } from './problems.ts';

/**
 * Who may call: a permission; `signed-in` for anybody with a session or token, about themselves;
 * `device` for an enrolled agent; `null` for anyone at all, said aloud.
 */
export type Access = Permission | 'signed-in' | 'device' | null;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One HTTP operation: what goes in, what comes out, who may call it, and how it may fail. */
export interface Route<
  P extends z.ZodType = z.ZodType,
  Q extends z.ZodType = z.ZodType,
  B extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
> {
  readonly method: Method;
  /** A path with `:name` segments, each a key of `params`. */
  readonly path: `/${string}`;
  /** One line for the reference page. */
  readonly summary: string;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly response: R;
  /** The status of success. */
  readonly status: 200 | 201 | 202 | 204;
  readonly permission: Access;
  /** Largest body, where it is not the usual one. */
  readonly bodySizeBytesMax: number | null;
  /** The problems a caller should expect, beyond the ones any route can give. */
  readonly problems: readonly ProblemCode[];
}

type Given<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
> = Pick<Route<P, Q, B, R>, 'method' | 'path' | 'summary' | 'response' | 'permission'> &
  Partial<
    Pick<
      Route<P, Q, B, R>,
      'params' | 'query' | 'body' | 'status' | 'problems' | 'bodySizeBytesMax'
    >
  >;

/** A route value; what is not given is empty, `200` and without problems of its own. */
export function route<
  R extends z.ZodType,
  P extends z.ZodType = typeof Empty,
  Q extends z.ZodType = typeof Empty,
  B extends z.ZodType = typeof Empty,
>(given: Given<P, Q, B, R>): Route<P, Q, B, R> {
  const empty = Empty as unknown;
  return {
    params: empty as P,
    query: empty as Q,
    body: empty as B,
    status: 200,
    problems: [],
    bodySizeBytesMax: null,
    ...given,
  };
}
