/**
 * The service log sensor: the lines of the machine's services, for rules about what they say. They come
 * from the journal where there is one, else from the text files below `/var/log`, whatever rotates or
 * truncates them. Whoever reaches the network writes into these lines: they are bounded, made visible,
 * and a flood is cut off and counted. It understands none of them; `authentication` does.
 */
import type { Clock } from '@wardgrid/base';
import type { SensorHealth } from '@wardgrid/wire';
import type { OnEvents, SensedEvent, Sensor } from '../../protect/parts.ts';
import { createTally } from '../tally.ts';
import type { LogFeed } from './feed.ts';
import type { LogLine } from './syslog-line.ts';

export { createLogFeed, type LogFeed, type LogFeedOptions } from './feed.ts';

/** Lines told in a second at most: a talkative service must not crowd out the others' events. */
const LINES_PER_SECOND_MAX = 500;

/** A stopped service log sensor. */
export function createServiceLogSensor(options: {
  readonly clock: Clock;
  readonly feed: LogFeed;
}): Sensor {
  const { clock, feed } = options;
  const tally = createTally();
  let leave: (() => void) | undefined;
  let dropped = 0;
  let second = { startedMs: Number.NEGATIVE_INFINITY, count: 0 };

  function take(lines: readonly LogLine[], onEvents: OnEvents): void {
    const nowMs = clock.monotonic();
    if (nowMs - second.startedMs >= 1_000) second = { startedMs: nowMs, count: 0 };
    const told = lines.slice(0, Math.max(0, LINES_PER_SECOND_MAX - second.count));
    second.count += told.length;
    dropped += lines.length - told.length;
    tally.told(told.length, null);
    if (told.length > 0) onEvents(told.map(lineEvent));
  }

  function health(): SensorHealth {
    return {
      name: 'service-log',
      state: stateOf(feed, leave !== undefined),
      source: feed.source(),
      reason: feed.trouble(),
      events: tally.events(),
      dropped,
      p50Us: null,
      p99Us: null,
      blindMs: 0,
      blindSpots: [],
    };
  }

  return {
    name: 'service-log',
    async start(onEvents) {
      leave ??= feed.join({
        onLines: (lines) => take(lines, onEvents),
        onRecords: () => undefined,
      });
    },
    health,
    async stop() {
      leave?.();
      leave = undefined;
    },
  };
}

/** On while lines can come; of a sensor that has not joined, off. */
export function stateOf(feed: LogFeed, hasJoined: boolean): SensorHealth['state'] {
  if (!hasJoined) return 'off';
  return feed.trouble() === null ? 'on' : 'degraded';
}

function lineEvent(line: LogLine): SensedEvent {
  return {
    class: 'log',
    action: 'line',
    at: line.at,
    sensor: 'service-log',
    fields: {
      message: line.message,
      'service.name': line.service,
      'log.path': line.path,
      ...(line.pid === null ? {} : { 'process.pid': line.pid }),
    },
    missing: [],
  };
}
