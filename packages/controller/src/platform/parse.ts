import type * as z from 'zod';
import type { ProblemCode, ProblemIssue } from '@wardgrid/wire';
import { ControllerError } from './error.ts';

/** Most issues told to a client: enough to mend a form, not enough to flood. */
const ISSUES_MAX = 20;

/** Parses a part of a request once, at the edge. @throws ControllerError with JSON pointers. */
export function parsePart<S extends z.ZodType>(
  schema: S,
  value: unknown,
  code: ProblemCode,
): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues: ProblemIssue[] = parsed.error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    pointer: pointerOf(issue.path),
    detail: issue.message.slice(0, 300),
  }));
  const first = issues[0];
  const detail = first
    ? `${first.pointer === '' ? 'it' : `'${first.pointer}'`}: ${first.detail}`
    : 'does not fit';
  throw new ControllerError(code, detail, { issues });
}

/** A JSON pointer (RFC 6901). */
function pointerOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => `/${String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
    .slice(0, 300);
}
