import type { Clock, NewId } from '@wardgrid/base';
import { RECORD_EVENTS_MAX, type DeviceEvent } from '@wardgrid/wire';
import type { SensedEvent } from './parts.ts';

/** What the journal needs. */
export interface EventJournalOptions {
  readonly clock: Clock;
  readonly newId: NewId;
  /** Keeps all events on the device. */
  readonly keep: (events: readonly DeviceEvent[]) => void;
  /** Sends some of them to the controller. */
  readonly send: (events: DeviceEvent[]) => void;
}

/** Every event of the device on its way: its name, its number, where it is kept and who hears of it. */
export interface EventJournal {
  /** Gives an event its id and number. */
  readonly number: (event: SensedEvent) => DeviceEvent;
  /** Keeps events that were looked at; sends the important ones. */
  readonly take: (events: readonly DeviceEvent[]) => void;
  /** Sends what the process of this event did before, and what it does from now on for a while. */
  readonly follow: (event: DeviceEvent) => void;
  /** Sends what waits. Called on a beat. */
  readonly flush: () => void;
  /** Events taken since the start. */
  readonly count: () => number;
}

/** Recent events held ready: what a process did in the last seconds on an ordinary server. */
const RECENT_MAX = 2_048;
/** Events of the past and of the future that one finding brings along. */
const BEFORE_MAX = 64;
const AFTER_MAX = 64;
const FOLLOW_MS = 120_000;
/** Processes followed at a time. */
const FOLLOWED_MAX = 64;
/** Events sent in an hour that no finding asked for, and all events together: the rest stays here. */
const IMPORTANT_PER_HOUR = 600;
const SENT_PER_HOUR = 6_000;
const HOUR_MS = 3_600_000;

interface Followed {
  readonly untilMs: number;
  left: number;
}

/** A journal that starts at number one. */
export function createEventJournal(options: EventJournalOptions): EventJournal {
  const { clock, newId } = options;
  const recent: DeviceEvent[] = [];
  const followed = new Map<string, Followed>();
  const sentIds = new Set<string>();
  const mayImportant = createBudget(clock, IMPORTANT_PER_HOUR);
  const maySend = createBudget(clock, SENT_PER_HOUR);
  let order = 0;
  let count = 0;
  let waiting: DeviceEvent[] = [];

  function send(event: DeviceEvent): void {
    if (sentIds.has(event.id) || !maySend()) return;
    // Only what is still at hand could be sent twice.
    if (sentIds.size >= RECENT_MAX) sentIds.delete(sentIds.values().next().value ?? '');
    sentIds.add(event.id);
    waiting.push(event);
    if (waiting.length >= RECORD_EVENTS_MAX) flush();
  }

  function isFollowed(event: DeviceEvent): boolean {
    return namesOf(event).some((name) => {
      const one = followed.get(name);
      if (!one) return false;
      if (one.left <= 0 || clock.monotonic() > one.untilMs) {
        followed.delete(name);
        return false;
      }
      one.left -= 1;
      return true;
    });
  }

  function flush(): void {
    if (waiting.length > 0) options.send(waiting);
    waiting = [];
  }

  return {
    number: (event) => ({ ...event, id: newId(), order: (order += 1) }),
    take(events) {
      count += events.length;
      options.keep(events);
      for (const event of events) {
        recent.push(event);
        if (isFollowed(event) || (isImportant(event) && mayImportant())) send(event);
      }
      if (recent.length > RECENT_MAX) recent.splice(0, recent.length - RECENT_MAX);
    },
    follow(event) {
      const names = new Set(namesOf(event));
      const before = recent.filter((one) => namesOf(one).some((name) => names.has(name)));
      for (const one of [...before.slice(-BEFORE_MAX), event]) send(one);
      for (const name of names) {
        if (followed.size >= FOLLOWED_MAX) followed.delete(followed.keys().next().value ?? '');
        followed.set(name, { untilMs: clock.monotonic() + FOLLOW_MS, left: AFTER_MAX });
      }
    },
    flush,
    count: () => count,
  };
}

/** The process that did it and the one that started that. */
function namesOf({ fields }: DeviceEvent): readonly string[] {
  const names = [fields['process.entity_id'], fields['process.parent.entity_id']];
  return names.filter((name): name is string => typeof name === 'string');
}

/** Rare and telling: who came in, what the kernel was given, where memory runs that no file backs. */
function isImportant({ class: kind, action }: DeviceEvent): boolean {
  return kind === 'authentication' || kind === 'module' || kind === 'memory' || action === 'hit';
}

function createBudget(clock: Pick<Clock, 'monotonic'>, perHour: number): () => boolean {
  let startMs = clock.monotonic();
  let spent = 0;
  return () => {
    if (clock.monotonic() - startMs >= HOUR_MS) {
      startMs = clock.monotonic();
      spent = 0;
    }
    spent += 1;
    return spent <= perHour;
  };
}
