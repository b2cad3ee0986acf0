/** An answer with everything that may differ between two equal requests taken out. */
export interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  /** The body without its request id. */
  readonly text: string;
  /** Header lines without date and request id, sorted. */
  readonly headers: readonly string[];
}

/** Somebody's way to send requests. */
export interface Sender {
  readonly url: string;
  readonly headers: () => Readonly<Record<string, string>>;
}

/** Differ in every answer, whatever it is about. */
const VOLATILE: ReadonlySet<string> = new Set(['date', 'x-request-id', 'ratelimit']);

/** Sends one request of the contract. */
export async function send(
  sender: Sender,
  request: { readonly method: string; readonly path: string; readonly body?: unknown },
): Promise<Answer> {
  const hasBody = request.body !== undefined;
  const response = await fetch(`${sender.url}/api${request.path}`, {
    method: request.method,
    headers: { ...sender.headers(), ...(hasBody ? { 'content-type': 'application/json' } : {}) },
    ...(hasBody ? { body: JSON.stringify(request.body) } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    code: /"code":"([a-z-]+)"/.exec(text)?.[1],
    text: text.replace(/"instance":"[^"]*"/, '"instance":""'),
    headers: [...response.headers]
      .filter(([name]) => !VOLATILE.has(name))
      .map(([name, value]) => `${name}: ${value}`)
      .toSorted(),
  };
}

/**
 * Work done by a few at a time, so that a thousand requests take seconds and no connection waits.
 * What was begun is finished before the first failure is told.
 */
export async function inParallel<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: 4 }, worker));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
