/**
 * Makes calls of a read into memory follow each other, so that an older answer never replaces a newer
 * one. A call that comes during a read waits for a read that begins after it, which all who wait share.
 */
export function inTurn(read: () => Promise<void>): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    waiting = undefined;
    return read();
  };
  return () => {
    if (!waiting) {
      waiting = last.then(begin, begin);
      last = waiting;
    }
    return waiting;
  };
}
