/** A rule taken out of the engine: a piece of its text, and what stands there instead. */
export interface Mutation {
  /** A file of `packages/sync/src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The text with the rule taken out. @throws Error when the piece is not there exactly once. */
export function mutated(text: string, { file, from, to }: Mutation): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`${file} has '${from}' ${parts.length - 1} times`);
  return parts.join(to);
}
