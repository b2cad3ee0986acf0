import type { DeviceEvent, EventFields, EventValue } from '@wardgrid/wire';
import { keptText } from './kept-text.ts';

/** Longest text and most items of a field in an event that is kept. */
const TEXT_LENGTH_MAX = 1_024;
const ITEMS_MAX = 32;

/** An event cut for keeping: thousands of them are kept, and hostile ones are as large as they may be. */
export function keptEvent(event: DeviceEvent): DeviceEvent {
  const fields: EventFields = Object.fromEntries(
    Object.entries(event.fields).map(([name, value]) => [name, keptValue(value)]),
  );
  return { ...event, fields };
}

function keptValue(value: EventValue): EventValue {
  if (typeof value === 'string') return keptText(value, TEXT_LENGTH_MAX);
  if (!Array.isArray(value)) return value;
  const itemLengthMax = Math.floor(
    TEXT_LENGTH_MAX / Math.max(1, Math.min(value.length, ITEMS_MAX)),
  );
  return value.slice(0, ITEMS_MAX).map((item) => keptText(item, itemLengthMax));
}
