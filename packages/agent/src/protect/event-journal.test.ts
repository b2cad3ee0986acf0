import { expect, test } from 'vitest';
import { createFakeClock, createNewId, createSeededRandom } from '@wardgrid/base';
import { DeviceEvent } from '@wardgrid/wire';
import { createEventJournal, type EventJournal } from './event-journal.ts';
import type { SensedEvent } from './parts.ts';

const clock = createFakeClock();

function start() {
  const kept: DeviceEvent[] = [];
  const sent: DeviceEvent[] = [];
  const journal = createEventJournal({
    clock,
    newId: createNewId(clock, createSeededRandom(3)),
    keep: (events) => void kept.push(...events),
    send: (events) => void sent.push(...events.map((event) => DeviceEvent.parse(event))),
  });
  return { journal, kept, sent };
}

function sensed(entity: string, given: Partial<SensedEvent> = {}): SensedEvent {
  return {
    class: 'file',
    action: 'write',
    at: clock.now(),
    sensor: 'file-change',
    fields: { 'process.entity_id': entity },
    missing: [],
    ...given,
  };
}

function tell(journal: EventJournal, event: SensedEvent): DeviceEvent {
  const numbered = journal.number(event);
  journal.take([numbered]);
  return numbered;
}

test('every event is numbered and kept; none goes up that nobody asked for', () => {
  const { journal, kept, sent } = start();
  for (let number = 0; number < 10; number += 1) tell(journal, sensed('a'));
  journal.flush();
  expect(kept.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(new Set(kept.map(({ id }) => id)).size).toBe(10);
  expect(sent).toEqual([]);
});

test('a finding brings along what its process did before, and what it does next, each once', async () => {
  const { journal, sent } = start();
  const before = tell(journal, sensed('bad'));
  tell(journal, sensed('other'));
  const cause = tell(journal, sensed('bad'));
  journal.follow(cause);
  journal.follow(cause);
  const child = sensed('child', { fields: { 'process.parent.entity_id': 'bad' } });
  const after = tell(journal, child);
  journal.flush();
  expect(sent.map(({ id }) => id)).toEqual([before.id, cause.id, after.id]);
  await clock.advance(121_000);
  tell(journal, sensed('bad'));
  journal.flush();
  expect(sent).toHaveLength(3);
});

test('what is rare and telling goes up by itself, within bounds', () => {
  const { journal, sent } = start();
  for (let number = 0; number < 5_000; number += 1) {
    tell(journal, sensed('a', { class: 'authentication', action: 'failure' }));
  }
  journal.flush();
  expect(sent).toHaveLength(600);
});

test('a flood around a finding is bounded', () => {
  const { journal, sent } = start();
  const cause = tell(journal, sensed('bad'));
  journal.follow(cause);
  for (let number = 0; number < 5_000; number += 1) tell(journal, sensed('bad'));
  journal.flush();
  expect(sent).toHaveLength(65);
});
