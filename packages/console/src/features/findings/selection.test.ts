import { expect, test } from 'vitest';
import { parseSelection, selectionText } from './selection.ts';

test('one field a line; a field on several lines takes any of their values', () => {
  const text = 'Image|endswith: /backup\n\n User : root\nUser: backup\nCommandLine: a: b';
  expect(parseSelection(text)).toEqual({
    kind: 'read',
    selection: {
      'Image|endswith': '/backup',
      User: ['root', 'backup'],
      CommandLine: 'a: b',
    },
  });
});

test.each(['no colon', ': value', 'field:', 'Image: a\nrest'])(
  'a line that says nothing is named: %j',
  (text) => {
    expect(parseSelection(text)).toEqual({ kind: 'fault', line: text.split('\n').length });
  },
);

test('a selection is shown in one line', () => {
  expect(selectionText({ 'Image|endswith': ['/a', '/b'], LogonId: 4 })).toBe(
    'Image|endswith: /a | /b · LogonId: 4',
  );
});
