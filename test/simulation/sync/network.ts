import type { SyncRequest, SyncResponse } from '@wardgrid/sync';
import type { Chance } from './chance.ts';
import type { Machine } from './machine.ts';
import type { Story } from './story.ts';

/** A message under way. */
export type Message =
  | {
      readonly kind: 'request';
      readonly to: string;
      readonly from: Machine;
      readonly request: SyncRequest;
    }
  | {
      readonly kind: 'response';
      readonly to: Machine;
      readonly from: string;
      readonly response: SyncResponse;
    };

/** Longest way of a message while lines are bad. */
const DELAY_MS_MAX = 15_000;

/** Lines that lose, double, delay and reorder messages, and that can be cut. */
export class Network {
  readonly #chance: Chance;
  readonly #story: Story;
  readonly #cuts = new Set<string>();
  #noise: number;
  #messages: { readonly atMs: number; readonly message: Message }[] = [];

  constructor(chance: Chance, story: Story, noise: number) {
    this.#chance = chance;
    this.#story = story;
    this.#noise = noise;
  }

  /** Cuts a line, or all lines of one end; or joins what was cut. */
  toggle(line: string): void {
    if (!this.#cuts.delete(line)) this.#cuts.add(line);
  }

  /** All lines are whole and good from now on; what is under way is lost. */
  heal(): void {
    this.#cuts.clear();
    this.#messages = [];
    this.#noise = 0;
  }

  send(message: Message, nowMs: number): void {
    this.#story.messages += 1;
    const ends =
      message.kind === 'request'
        ? [message.from.replica.node, message.to]
        : [message.to.replica.node, message.from];
    if (this.#isCut(ends) || this.#chance.happens(0.07 * this.#noise)) {
      this.#story.drops += 1;
      return;
    }
    const isDoubled = this.#chance.happens(0.06 * this.#noise);
    if (isDoubled) this.#story.doubles += 1;
    for (let copy = 0; copy < (isDoubled ? 2 : 1); copy += 1) {
      const delayMs = this.#noise > 0 ? this.#chance.below(DELAY_MS_MAX) : 0;
      this.#messages.push({ atMs: nowMs + delayMs, message });
    }
  }

  #isCut(ends: readonly string[]): boolean {
    return this.#cuts.has(ends.toSorted().join('|')) || ends.some((end) => this.#cuts.has(end));
  }

  /** What has arrived by now, in the order of arrival. */
  due(nowMs: number): readonly Message[] {
    const due = this.#messages.filter(({ atMs }) => atMs <= nowMs);
    this.#messages = this.#messages.filter(({ atMs }) => atMs > nowMs);
    return due.toSorted((left, right) => left.atMs - right.atMs).map(({ message }) => message);
  }
}
