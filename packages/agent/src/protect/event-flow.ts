import type { DeviceEvent, ProtectionPolicy } from '@wardgrid/wire';
import type { EventJournal } from './event-journal.ts';
import type { FindingBook } from './finding-book.ts';
import type { OnEvents } from './parts.ts';
import type { Responder } from './responder.ts';
import type { RuleEngine, RuleFinding } from './rule-engine.ts';

/** What events flow through. */
export interface EventFlowOptions {
  readonly journal: EventJournal;
  /** The engine of this moment: new content brings another. */
  readonly rules: () => RuleEngine;
  readonly book: FindingBook;
  readonly responder: Responder;
  readonly policy: () => ProtectionPolicy;
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
  const { journal, book, responder } = options;
  let lastFileEvent: DeviceEvent | null = null;

  function find({ isReportOnly, isRepeat, ...finding }: RuleFinding): void {
    book.tell(finding);
    if (finding.event && !isRepeat) journal.follow(finding.event);
    void responder.answer({ ...finding, isReportOnly, isRepeat }, options.policy());
  }

  return {
    take(sensed) {
      const events = sensed.map((event) => journal.number(event));
      journal.take(events);
      for (const event of events) {
        if (event.sensor === 'file-access') lastFileEvent = event;
        for (const finding of options.rules().accept(event)) find(finding);
      }
    },
    tick(now) {
      for (const finding of options.rules().tick(now)) find(finding);
    },
    lastFileEvent: () => lastFileEvent,
  };
}
