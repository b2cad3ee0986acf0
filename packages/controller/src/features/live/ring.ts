import type { BusEvent } from '../../topics.ts';

type LiveBusEvent = Extract<BusEvent, { topic: 'live' }>['event'];

/** An event as it is sent, rendered once for all streams. */
export interface RingEvent {
  readonly number: number;
  readonly event: LiveBusEvent;
  readonly text: string;
}

/** The last events, so that a stream that broke goes on where it was. */
export interface Ring {
  readonly push: (event: LiveBusEvent) => RingEvent;
  /** What came after an id; undefined when that is not known any more. */
  readonly after: (id: string) => readonly RingEvent[] | undefined;
  /** Forgets everything: events may have been missed. */
  readonly clear: () => void;
}

/** A ring of `size` events. `epoch` tells this run's ids from those of other runs and controllers. */
export function createRing(size: number, epoch: string): Ring {
  let events: RingEvent[] = [];
  let last = 0;
  /** Events up to here are not known. */
  let forgotten = 0;

  return {
    push(event) {
      last += 1;
      const id = `${epoch}-${last}`;
      const data = JSON.stringify({ id, ...event });
      const rung = { number: last, event, text: `id: ${id}\ndata: ${data}\n\n` };
      events.push(rung);
      // Cut in bulk: shifting one by one would move the whole array each time.
      if (events.length >= 2 * size) events = events.slice(-size);
      forgotten = Math.max(forgotten, last - size);
      return rung;
    },
    after(id) {
      const [theirEpoch, text = ''] = id.split('-');
      const number = Number(text);
      if (theirEpoch !== epoch || !/^\d{1,15}$/.test(text)) return undefined;
      if (number < forgotten || number > last) return undefined;
      return events.filter((event) => event.number > number);
    },
    clear() {
      events = [];
      // One number is left out, so that even the newest id is an unknown one.
      last += 1;
      forgotten = last;
    },
  };
}
