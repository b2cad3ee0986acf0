import * as z from 'zod';

/** Entries that are gone are cut off when there are so many. */
const GONE_MAX = 1_000;

export const WindowEntry = z.strictObject({
  at: z.number(),
  /** What is counted apart. */
  text: z.string().max(512),
  /** What is summed or ranked. */
  amount: z.number(),
});
export type WindowEntry = z.infer<typeof WindowEntry>;

/** The last events of a group within a span, with running counts: every answer but rank is O(1). */
export class SlidingWindow {
  /** Entries before `head` are gone; they are cut off from time to time. */
  #entries: WindowEntry[] = [];
  #head = 0;
  #sum = 0;
  readonly #counts = new Map<string, number>();
  /** After it fired, a group says nothing for a span. */
  silentUntil = 0;

  /** Adds an event and lets go of those that are older than the span or more than `countMax`. */
  push(entry: WindowEntry, spanMs: number, countMax: number): void {
    this.#entries.push(entry);
    this.#sum += entry.amount;
    this.#counts.set(entry.text, (this.#counts.get(entry.text) ?? 0) + 1);
    while (this.count > countMax || this.#isOld(entry.at - spanMs)) this.#shift();
    if (this.#head > GONE_MAX) this.#cut();
  }

  get count(): number {
    return this.#entries.length - this.#head;
  }

  get distinct(): number {
    return this.#counts.size;
  }

  get sum(): number {
    return this.#sum;
  }

  /** The amount that so many percent of all do not exceed (nearest rank). */
  percentile(percent: number): number {
    const amounts = this.entries()
      .map(({ amount }) => amount)
      .toSorted((one, other) => one - other);
    const rank = Math.max(1, Math.ceil((percent / 100) * amounts.length));
    return amounts[rank - 1] ?? Number.NaN;
  }

  entries(): readonly WindowEntry[] {
    return this.#entries.slice(this.#head);
  }

  clear(): void {
    this.#entries = [];
    this.#head = 0;
    this.#sum = 0;
    this.#counts.clear();
  }

  #isOld(before: number): boolean {
    const first = this.#entries[this.#head];
    return first !== undefined && first.at < before;
  }

  #shift(): void {
    const first = this.#entries[this.#head];
    this.#head += 1;
    if (!first) return;
    this.#sum -= first.amount;
    const left = (this.#counts.get(first.text) ?? 0) - 1;
    if (left > 0) this.#counts.set(first.text, left);
    else this.#counts.delete(first.text);
  }

  #cut(): void {
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}
