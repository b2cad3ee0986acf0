/** Counts what happened in the last minute, in slots of a second. */
export interface MinuteCounter {
  readonly add: () => void;
  readonly count: () => number;
}

const SLOTS = 60;
const SLOT_MS = 1_000;

export function createMinuteCounter(now: () => number): MinuteCounter {
  const counts = Array.from({ length: SLOTS }, () => 0);
  let currentSlot = Math.floor(now() / SLOT_MS);

  /** Empties the slots that time went over. */
  function move(): void {
    const slot = Math.floor(now() / SLOT_MS);
    const passed = Math.min(SLOTS, Math.max(0, slot - currentSlot));
    for (let step = 1; step <= passed; step += 1) counts[(currentSlot + step) % SLOTS] = 0;
    currentSlot = Math.max(currentSlot, slot);
  }

  return {
    add() {
      move();
      counts[currentSlot % SLOTS] = (counts[currentSlot % SLOTS] ?? 0) + 1;
    },
    count() {
      move();
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}
