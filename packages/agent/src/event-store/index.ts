/**
 * What happened on the device, kept on the device: events in a database of their own, bounded in size
 * and age, found by what hunts ask for. It owns that file and the thread that writes it; it must never
 * hold up whoever saw an event, and gives up events before it gives up anything else.
 */
export { createEventStore, type EventStore, type EventStoreOptions } from './event-store.ts';
export type { EventQuery, EventStoreLimits, EventStoreState } from './event-table.ts';
