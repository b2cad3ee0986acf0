/**
 * The authentication sensor: who signs in and out, who fails to, who becomes somebody else. It reads what
 * sshd, sudo, su, login and PAM say in the logs; where none of them writes text, the records of wtmp and
 * btmp. A message never becomes more than the fields of one event, whatever a name in it looks like.
 */
import type { Clock } from '@wardgrid/base';
import type { EventFields, SensorHealth } from '@wardgrid/wire';
import type { OnEvents, SensedEvent, Sensor } from '../../protect/parts.ts';
import { stateOf, type LogFeed } from '../logs/index.ts';
import { createTally, type Tally } from '../tally.ts';
import type { AuthenticationFact } from './fact.ts';
import { authenticationIn } from './messages.ts';
import { createSignInRecords } from './records.ts';

/** How an event came to us, beside what it says. */
interface Origin {
  readonly at: number;
  readonly service: string;
  readonly pid: number | null;
  readonly message: string | null;
  readonly path: string;
}

/** Programs that are parts of another, by whose name rules ask. */
const MODULES: ReadonlyMap<string, string> = new Map([['sshd-session', 'sshd']]);

/** A stopped authentication sensor. */
export function createAuthenticationSensor(options: {
  readonly clock: Clock;
  readonly feed: LogFeed;
}): Sensor {
  const { clock, feed } = options;
  const tally = createTally();
  let leave: (() => void) | undefined;
  /** Once text tells of people, the records would tell the same again. */
  let hasText = false;

  function join(onEvents: OnEvents): () => void {
    const records = createSignInRecords();
    const tell = (events: readonly SensedEvent[]): void => {
      tally.told(events.length, null);
      if (events.length > 0) onEvents(events);
    };
    return feed.join({
      onLines(lines) {
        const events = lines.flatMap((line) => {
          const fact = authenticationIn(line.service, line.message);
          return fact === null ? [] : [eventOf(fact, line)];
        });
        if (events.length > 0) hasText = true;
        tell(events);
      },
      onRecords(kind, found) {
        if (hasText) return;
        const path = kind === 'sign-in' ? '/var/log/wtmp' : '/var/log/btmp';
        const events = found.flatMap((bytes) => {
          const recorded = records.read(kind, bytes);
          if (recorded === null) return [];
          const { fact, pid, service } = recorded;
          const at = recorded.at ?? clock.now();
          return [eventOf(fact, { at, service, pid, message: null, path })];
        });
        tell(events);
      },
    });
  }

  return {
    name: 'authentication',
    async start(onEvents) {
      leave ??= join(onEvents);
    },
    health: () => healthOf(tally, feed, leave !== undefined),
    async stop() {
      leave?.();
      leave = undefined;
    },
  };
}

function healthOf(tally: Tally, feed: LogFeed, hasJoined: boolean): SensorHealth {
  return {
    name: 'authentication',
    state: stateOf(feed, hasJoined),
    source: feed.source(),
    reason: feed.trouble(),
    events: tally.events(),
    dropped: 0,
    p50Us: null,
    p99Us: null,
    blindMs: 0,
    blindSpots: ['services that write to files of their own'],
  };
}

function eventOf(fact: AuthenticationFact, origin: Origin): SensedEvent {
  const optional = {
    'user.name': fact.user,
    'source.ip': fact.sourceIp,
    'source.port': fact.sourcePort,
    'event.reason': fact.reason,
    'process.command_line': fact.commandLine,
    'process.pid': origin.pid,
    message: origin.message,
  };
  const fields: EventFields = {
    'event.outcome': fact.outcome,
    'event.module': MODULES.get(origin.service) ?? origin.service,
    'service.name': origin.service,
    'log.path': origin.path,
  };
  for (const [name, value] of Object.entries(optional)) {
    if (value !== null) Object.assign(fields, { [name]: value });
  }
  return {
    class: 'authentication',
    action: fact.action,
    at: origin.at,
    sensor: 'authentication',
    fields,
    missing: [],
  };
}
