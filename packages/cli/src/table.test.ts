import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cellText } from './cells.ts';
import { jsonText } from './output.ts';
import { recordText } from './record.ts';
import { createPaint } from './style.ts';
import { tableText } from './table.ts';
import { cutToWidth, padToWidth, widthOf } from './width.ts';

const plain = { paint: createPaint(false), widthMax: undefined };

test('columns are aligned by what a terminal shows, wide characters and marks included', () => {
  const rows = [
    { name: '東京オフィス', count: 7 },
    { name: 'café', count: 1234 },
    { name: '🖥️ kiosk', count: 12 },
  ];
  expect(tableText(rows, [{ key: 'name' }, { key: 'count' }], plain)).toBe(
    [
      'NAME          COUNT',
      '東京オフィス      7',
      'café           1234',
      '🖥️ kiosk         12',
    ].join('\n'),
  );
});

test('numbers stand right, times lose their fraction, absent values show as a dash', () => {
  const rows = [{ at: '2026-11-21T10:00:00.000Z', memoryUsedBytes: 1_536, isOn: true, tags: [] }];
  const columns = ['at', 'memoryUsedBytes', 'isOn', 'tags', 'gone.deep'].map((key) => ({ key }));
  expect(tableText(rows, columns, plain).split('\n')[1]?.split(/ {2,}/)).toEqual([
    '2026-11-21 10:00:00Z',
    '1.5 KiB',
    'yes',
    '-',
    '-',
  ]);
});

test('hostile text is shown and never obeyed', () => {
  const hostile = 'a\u001b[2Jb\u202ec\nd\u009be';
  const shown = cellText(hostile);
  expect(shown).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}d\\u{9b}e');
  expect(tableText([{ name: hostile }], [{ key: 'name' }], plain).split('\n')).toHaveLength(2);
});

test('JSON escapes what a terminal obeys and means the same to a parser', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = jsonText({ text }, 0);
      expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});

test('a table fits the terminal by cutting its widest columns', () => {
  const rows = [
    { id: '018bcfe5-680a-7000-8000-00003f9c21ab', title: 'x'.repeat(200), other: 'y'.repeat(40) },
  ];
  const columns = [{ key: 'id' }, { key: 'title' }, { key: 'other' }];
  const lines = tableText(rows, columns, { ...plain, widthMax: 31 }).split('\n');
  expect(lines.every((line) => widthOf(line) <= 31)).toBe(true);
  expect(lines[1]).toContain('…3f9c21ab');
});

test('cut text never exceeds the width, and padding reaches it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, width) => {
      expect(widthOf(cutToWidth(text, width))).toBeLessThanOrEqual(width);
      expect(widthOf(padToWidth(cutToWidth(text, width), width, 'left'))).toBe(width);
    }),
  );
});

test('colour is there only when allowed, and never instead of the word', () => {
  const rows = [{ severity: 'critical' }];
  const coloured = tableText(rows, [{ key: 'severity' }], {
    paint: createPaint(true),
    widthMax: undefined,
  });
  expect(coloured).toContain('\u001b[35mcritical\u001b[0m');
  expect(tableText(rows, [{ key: 'severity' }], plain)).toBe('SEVERITY\ncritical');
});

test('a thing is shown member by member, its lists as tables below', () => {
  const text = recordText(
    { name: 'srv', isOnline: true, ports: [{ port: 22, service: 'ssh' }], counts: { open: 2 } },
    plain,
  );
  expect(text).toBe(
    [
      'name    srv',
      'online  yes',
      'ports',
      '  PORT  SERVICE',
      '    22  ssh',
      'counts',
      '  open  2',
    ].join('\n'),
  );
});
