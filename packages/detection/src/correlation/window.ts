import * as z from 'zod';
import { isRecent } from '../recency.ts';

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

/** What one group keeps of the events within a span. */
export interface Window {
  /** After it fired, a group says nothing for a span. */
  silentUntil: number;
  readonly count: number;
  /** Adds an event and lets go of those that are older than the span or more than `countMax`. */
  push(entry: WindowEntry, spanMs: number, countMax: number): void;
  entries(): readonly WindowEntry[];
  clear(): void;
}

/** The events themselves, with a running sum. */
export class EventWindow implements Window {
  /** Entries before `head` are gone; they are cut off from time to time. */
  #entries: WindowEntry[] = [];
  #head = 0;
  #sum = 0;
  silentUntil = 0;

  push(entry: WindowEntry, spanMs: number, countMax: number): void {
    const last = this.#entries.at(-1);
    // The clock was set back: what it told before means nothing now.
    if (last && last.at > entry.at + spanMs) this.clear();
    this.#entries.push(entry);
    this.#sum += entry.amount;
    while (this.count > countMax || this.#isOld(entry.at - spanMs)) this.#shift();
    if (this.#head <= GONE_MAX) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }

  get count(): number {
    return this.#entries.length - this.#head;
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
  }

  #isOld(before: number): boolean {
    const first = this.#entries[this.#head];
    return first !== undefined && first.at < before;
  }

  #shift(): void {
    const first = this.#entries[this.#head];
    this.#head += 1;
    if (first) this.#sum -= first.amount;
  }
}

/** Different values, each with when it was seen last: a flood of one value pushes no other out. */
export class ValueWindow implements Window {
  /** The value that was quiet longest comes first. */
  readonly #seenAt = new Map<string, number>();
  silentUntil = 0;

  push({ text, at }: WindowEntry, spanMs: number, countMax: number): void {
    this.#seenAt.delete(text);
    this.#seenAt.set(text, at);
    for (const [oldest, seenAt] of this.#seenAt) {
      if (isRecent(seenAt, at, spanMs) && this.#seenAt.size <= countMax) return;
      this.#seenAt.delete(oldest);
    }
  }

  get count(): number {
    return this.#seenAt.size;
  }

  entries(): readonly WindowEntry[] {
    return [...this.#seenAt].map(([text, at]) => ({ text, at, amount: 0 }));
  }

  clear(): void {
    this.#seenAt.clear();
  }
}
