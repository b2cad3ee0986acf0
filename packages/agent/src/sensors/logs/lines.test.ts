import { expect, test } from 'vitest';
import { parseJournalEntry } from './journal.ts';
import { createLineSplitter } from './line-splitter.ts';
import { parseSyslogLine } from './syslog-line.ts';

const NOW = Date.UTC(2026, 10, 27, 12, 0, 0);
const parse = (line: string) => parseSyslogLine(line, '/var/log/auth.log', NOW);

test('both forms of a syslog line are understood', () => {
  expect(parse('2026-11-27T13:59:58.5+02:00 web1 sshd[77]: Server listening')).toEqual({
    at: Date.UTC(2026, 10, 27, 11, 59, 58, 500),
    service: 'sshd',
    pid: 77,
    message: 'Server listening',
    path: '/var/log/auth.log',
  });
  const local = new Date(2026, 10, 26, 3, 4, 5).getTime();
  expect(parse('Nov 26 03:04:05 web1 CRON[9]: (root) CMD (true)')).toMatchObject({
    at: local,
    service: 'CRON',
    pid: 9,
  });
  expect(parse('Nov 26 03:04:05 web1 kernel: hello')).toMatchObject({
    service: 'kernel',
    pid: null,
  });
});

test('lines of no service are none', () => {
  for (const line of ['', 'hello', 'Nov 26 03:04:05', 'Nov 26 03:04:05 host', '\0\0\0']) {
    expect(parse(line)).toBeNull();
  }
});

test('a moment that cannot be is now; December in January is of the year before', () => {
  expect(parse('2020-01-01T00:00:00Z h a: b')?.at).toBe(NOW);
  expect(parse('2030-01-01T00:00:00Z h a: b')?.at).toBe(NOW);
  const january = new Date(2027, 0, 1, 0, 5).getTime();
  const line = parseSyslogLine('Dec 31 23:59:00 h a: b', '/x', january);
  expect(line?.at).toBe(new Date(2026, 11, 31, 23, 59).getTime());
});

test('what attackers write is made visible and bounded', () => {
  const line = parse(`2026-11-27T12:00:00Z h sshd: a\u001b[2J\u202e${'x'.repeat(20_000)}`);
  expect(line?.message).toContain(String.raw`a\u{1b}[2J\u{202e}`);
  expect(line?.message.length).toBeLessThanOrEqual(8_192);
});

test('lines come whole over pieces, also within a character, and never grow', () => {
  const splitter = createLineSplitter(10);
  const bytes = Buffer.from('größe\nab');
  expect(splitter.push(bytes.subarray(0, 3))).toEqual([]);
  expect(splitter.push(bytes.subarray(3))).toEqual(['größe']);
  expect(splitter.push(Buffer.from('c\n'))).toEqual(['abc']);
  for (let turn = 0; turn < 1_000; turn += 1) splitter.push(Buffer.alloc(1_000, 'x'));
  expect(splitter.push(Buffer.from('\nnext\n'))).toEqual(['xxxxxxxxxx', 'next']);
});

test('entries of the journal are lines, whatever their fields hold', () => {
  const entry = (fields: object) => parseJournalEntry(JSON.stringify(fields), NOW);
  expect(
    entry({
      __CURSOR: 's=1',
      __REALTIME_TIMESTAMP: String((NOW - 5) * 1_000),
      SYSLOG_IDENTIFIER: 'sshd',
      _PID: '12',
      MESSAGE: [97, 255, 98],
    }),
  ).toEqual({
    cursor: 's=1',
    line: { at: NOW - 5, service: 'sshd', pid: 12, message: 'a\ufffdb', path: 'journal' },
  });
  expect(entry({ __CURSOR: 's=2', MESSAGE: null })).toEqual({ cursor: 's=2', line: null });
  expect(entry({ __CURSOR: 'x'.repeat(9_999), MESSAGE: 'a', _COMM: 'b' })?.cursor).toBeNull();
  expect(parseJournalEntry('{"cut', NOW)).toBeNull();
  expect(parseJournalEntry('null', NOW)).toBeNull();
});
