import type { Engine } from '@wardgrid/detection';
import type { DeviceEvent } from '@wardgrid/wire';
import type { EventJournal } from './event-journal.ts';
import type { FindingBook } from './finding-book.ts';
import type { OnEvents } from './parts.ts';

/** What events flow through. */
export interface EventFlowOptions {
  readonly journal: EventJournal;
  /** The engine of this moment: new content brings another. */
  readonly rules: () => Pick<Engine, 'accept' | 'tick'>;
  readonly book: FindingBook;
}

/** From the sensors to the findings, in the order things happened. */
export interface EventFlow {
  readonly take: OnEvents;
  /** Lets rules find what only time shows. Called on a beat. */
  readonly tick: (now: number) => void;
  /** The last event that a sensor of files told; a verdict follows its event at once. */
  readonly lastFileEvent: () => DeviceEvent | null;
}

/** The flow of a device. */
export function createEventFlow(options: EventFlowOptions): EventFlow {
  const { journal, book } = options;
  let lastFileEvent: DeviceEvent | null = null;

  function tell(findings: ReturnType<Engine['accept']>): void {
    for (const { isReportOnly: _, isRepeat, ...finding } of findings) {
      book.tell(finding);
      if (finding.event && !isRepeat) journal.follow(finding.event);
    }
  }

  return {
    take(sensed) {
      const events = sensed.map((event) => journal.number(event));
      journal.take(events);
      for (const event of events) {
        if (event.sensor === 'file-access') lastFileEvent = event;
        tell(options.rules().accept(event));
      }
    },
    tick: (now) => tell(options.rules().tick(now)),
    lastFileEvent: () => lastFileEvent,
  };
}
