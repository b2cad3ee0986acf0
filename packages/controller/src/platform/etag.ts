import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Context } from './context.ts';
import { ControllerError } from './error.ts';

/** The strong entity tag (RFC 9110 section 8.8.3) of a body. */
export function tagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/**
 * With `If-Match`, a change is made only when the thing is still as its reader saw it: `reader` is
 * the handler of the same path's GET.
 */
export async function requireUnchanged(
  request: FastifyRequest,
  reader: ((request: FastifyRequest, context: Context) => Promise<unknown>) | undefined,
  context: Context,
): Promise<void> {
  const expected = request.headers['if-match'];
  if (expected === undefined || request.method === 'GET' || !reader) return;
  const current = tagOf(JSON.stringify(await reader(request, context)));
  if (expected === '*' || expected.split(',').some((tag) => tag.trim() === current)) return;
  throw new ControllerError('precondition-failed', 'it was changed meanwhile; read it again');
}
