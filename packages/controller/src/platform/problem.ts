import { AssertionError, codeOf, messageOf, type Log } from '@wardgrid/base';
import { isProblemCode, problemOf, type Problem, type ProblemCode } from '@wardgrid/wire';
import { ControllerError } from './error.ts';

/** A problem ready to send: RFC 9457 body and the status and headers that go with it. */
export interface RenderedProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** Codes of Fastify and Node that are the client's doing. */
const FRAMEWORK_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid-json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid-json',
  FST_ERR_BAD_URL: 'invalid-parameters',
  FST_ERR_MAX_PARAM_LENGTH: 'address-too-long',
  FST_ERR_INVALID_URL: 'invalid-parameters',
  FST_ERR_ASYNC_CONSTRAINT: 'invalid-parameters',
};

/** SQLSTATEs that come from values a schema let through but PostgreSQL cannot store. */
const UNSTORABLE = /^22/;

/** Turns whatever was thrown into a problem and logs it at the level of its code. */
export function renderProblem(thrown: unknown, requestId: string, log: Log): RenderedProblem {
  const error = knownErrorOf(thrown);
  if (!error) {
    const kind = thrown instanceof AssertionError ? 'assertion failed' : 'request failed';
    log.error(kind, {
      requestId,
      reason: messageOf(thrown),
      stack: thrown instanceof Error ? (thrown.stack ?? '') : '',
    });
    return render('internal', requestId, undefined);
  }
  const { log: level, title } = problemOf(error.code);
  log[level](title, { requestId, code: error.code, ...error.facts });
  if (error.code === 'internal') return render('internal', requestId, undefined);
  return render(error.code, requestId, error);
}

function knownErrorOf(thrown: unknown): ControllerError | undefined {
  if (thrown instanceof ControllerError) return thrown;
  const code = codeOf(thrown);
  if (code === undefined) return undefined;
  const framework = FRAMEWORK_CODES[code];
  if (framework)
    return new ControllerError(framework, problemOf(framework).title, { cause: thrown });
  if (UNSTORABLE.test(code) && code.length === 5) {
    return new ControllerError('invalid-body', 'a value cannot be stored', { cause: thrown });
  }
  return undefined;
}

function render(
  code: ProblemCode,
  requestId: string,
  error: ControllerError | undefined,
): RenderedProblem {
  const { status, title } = problemOf(code);
  const retryAfter = error?.retryAfterSeconds;
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: {
      type: `urn:wardgrid:problem:${code}`,
      title,
      status,
      ...(error ? { detail: error.message } : {}),
      instance: requestId,
      code,
      ...(error && error.issues.length > 0 ? { errors: [...error.issues] } : {}),
      ...(error?.shown ? { facts: { ...error.shown } } : {}),
    },
  };
}

/** A problem for a code alone, for places that have no error to render. */
export function problemBody(code: string, requestId: string): Problem {
  return render(isProblemCode(code) ? code : 'internal', requestId, undefined).body;
}
