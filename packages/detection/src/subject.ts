import type { DeviceEvent, EventClass } from '@wardgrid/wire';
import { readerOf } from './fields.ts';
import type { Rule } from './rule.ts';
import { listOf } from './single-test.ts';

/** What tells repeats of a finding, by what the event is about; the first that is there. */
const BY_CLASS: Readonly<Record<EventClass, readonly string[]>> = {
  process: ['process.executable', 'process.name'],
  file: ['file.path'],
  network: ['destination.ip', 'dns.question.name', 'source.port'],
  authentication: ['source.ip', 'user.name'],
  log: ['service.name', 'log.path'],
  memory: ['process.executable'],
  module: ['module.path', 'module.name'],
  scan: ['file.path'],
};

/** The subject of a finding about an event. */
export function subjectOf(rule: Rule, event: DeviceEvent): string {
  const fields = [...(rule.subject === null ? [] : [rule.subject]), ...BY_CLASS[event.class]];
  for (const field of fields) {
    const [value] = listOf(readerOf(field).read(event));
    if (value !== undefined && value !== '') return value;
  }
  return event.class;
}
