import { expect, test } from 'vitest';
import type { DeviceEvent, EventFields } from '@wardgrid/wire';
import { ProcessTable } from './processes.ts';

const event = (
  what: Pick<DeviceEvent, 'class' | 'action' | 'at'>,
  fields: EventFields,
): DeviceEvent => ({ ...what, id: 'e', order: 1, sensor: 'process', fields, missing: [] });

const STARTED = event(
  { class: 'process', action: 'exec', at: 1_000 },
  {
    'process.entity_id': 'p7',
    'process.pid': 7,
    'process.executable': '/usr/bin/cp',
    'process.command_line': 'cp a b',
  },
);

const written = (at: number): DeviceEvent => ({
  ...event({ class: 'file', action: 'write', at }, { 'process.pid': 7, 'file.path': '/b' }),
  missing: ['process.executable'],
});

test('a file event that knows only the number of its process is given the process and its tree', () => {
  const table = new ProcessTable();
  table.accept(STARTED);
  const given = table.accept(written(1_010));
  expect(given).toMatchObject({
    fields: {
      'process.entity_id': 'p7',
      'process.executable': '/usr/bin/cp',
      'process.name': 'cp',
      'process.command_line': 'cp a b',
    },
    missing: [],
  });
  expect(table.treeOf(given)).toBe('p7');
});

test('a number whose process ended long ago is nobody’s', () => {
  const table = new ProcessTable();
  table.accept(STARTED);
  const ended = { 'process.entity_id': 'p7', 'process.pid': 7 };
  table.accept(event({ class: 'process', action: 'exit', at: 1_100 }, ended));
  expect(table.accept(written(1_200)).fields['process.entity_id']).toBe('p7');
  expect(table.accept(written(9_000))).toEqual(written(9_000));
});
