import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ControllerError } from './error.ts';

/** The header that carries the token bound to the session. */
export const CSRF_HEADER = 'x-wardgrid-csrf';

/**
 * Refuses a request that a browser sent from another site. Programs send neither header and hold
 * no cookie that could be abused.
 */
export function requireSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') throw refusal();
  const { origin } = request.headers;
  if (origin !== undefined && hostOf(origin) !== request.headers.host) throw refusal();
}

/** Refuses a cookie's request that does not carry its session's token. */
export function requireCsrfToken(request: FastifyRequest, expected: string): void {
  const given = request.headers[CSRF_HEADER];
  if (typeof given !== 'string' || !isEqual(given, expected)) throw refusal();
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

function isEqual(given: string, expected: string): boolean {
  const left = Buffer.from(given);
  const right = Buffer.from(expected);
  return left.length === right.length && timingSafeEqual(left, right);
}

function refusal(): ControllerError {
  return new ControllerError('csrf-refused', 'the request did not come from this console');
}
