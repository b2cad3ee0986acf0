import { expect, test } from 'vitest';
import { createAuditEvents } from './events.ts';
import { argumentsIn, parseAuditRecord, untrustedText } from './records.ts';

function record(values: string) {
  const parsed = parseAuditRecord(`audit(1700000000.250:77): ${values}`);
  if (parsed === null) throw new Error('no record');
  return parsed;
}

test('a record has its moment, its event and its values', () => {
  const { at, serial, values } = record('argc=2 a0="ls" a1=2D6C tty=(none) a2[1]="b c"');
  expect({ at, serial }).toEqual({ at: 1_700_000_000_250, serial: '77' });
  expect([...values]).toEqual([
    ['argc', '2'],
    ['a0', '"ls"'],
    ['a1', '2D6C'],
    ['tty', '(none)'],
    ['a2[1]', '"b c"'],
  ]);
  expect(parseAuditRecord('audit(x:1): a=b')).toBeNull();
  expect(parseAuditRecord('')).toBeNull();
});

test('untrusted values are quoted, hexadecimal or nothing', () => {
  expect(untrustedText('"a b"')).toBe('a b');
  expect(untrustedText('610A62')).toBe('a\nb');
  expect(untrustedText('(null)')).toBeNull();
  expect(untrustedText(undefined)).toBeNull();
  expect(untrustedText('"cut off')).toBe('cut off');
});

test('arguments are put together over records, and what is not there is a cut', () => {
  const records = [record('argc=3 a0="sh" a1_len=8 a1[0]=6162'), record('a1[1]=6364 a2="x"')];
  expect(argumentsIn(records)).toEqual({ args: ['sh', 'abcd', 'x'], isCut: false });
  expect(argumentsIn([record('argc=3 a0="sh"')])).toEqual({ args: ['sh'], isCut: true });
  expect(argumentsIn([record('argc=9999999 a0="sh"')]).args).toEqual(['sh']);
});

const CALL =
  'arch=c000003e syscall=59 success=yes exit=0 ppid=5 pid=6 auid=4294967295 uid=0 euid=0 tty=(none) exe="/bin/ls"';

test('records of an event make a start when it ends', () => {
  const events = createAuditEvents();
  expect(events.take(1_300, record(process.arch === 'arm64' ? arm(CALL) : CALL))).toBeNull();
  expect(events.take(1_309, record('argc=1 a0="ls"'))).toBeNull();
  expect(events.take(1_307, record('cwd="/tmp"'))).toBeNull();
  expect(events.take(1_302, record('item=0 name="/bin/ls" inode=42'))).toBeNull();
  expect(events.take(1_320, record(''))).toMatchObject({
    pid: 6,
    parentPid: 5,
    loginUid: null,
    executable: '/bin/ls',
    args: ['ls'],
    folder: '/tmp',
    inode: 42n,
    script: null,
  });
});

test('other calls and failed ones make none, and events that never end are bounded', () => {
  const events = createAuditEvents();
  events.take(1_300, record(CALL.replace('=yes', '=no')));
  expect(events.take(1_320, record(''))).toBeNull();
  for (let serial = 0; serial < 1_000; serial += 1) {
    const text = process.arch === 'arm64' ? arm(CALL) : CALL;
    const parsed = parseAuditRecord(`audit(1700000000.250:${serial}): ${text}`);
    if (parsed !== null) events.take(1_300, parsed);
  }
  expect(events.dropped()).toBe(1_000 - 256);
});

function arm(text: string): string {
  return text.replace('syscall=59', 'syscall=221');
}
