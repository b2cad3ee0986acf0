/** A broken assumption of ours: a bug, never a fault of the input. Ends the request or job. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws `AssertionError` unless `claim` holds. For bugs only; bad input gets a problem instead. */
export function assert(claim: unknown, message: string): asserts claim {
  if (!claim) throw new AssertionError(message);
}

/** The value, or an `AssertionError` naming what was expected where it is null or undefined. */
export function present<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new AssertionError(`expected ${what}`);
  return value;
}

/** Makes the compiler prove that a switch names every case. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}
