import { expect, test } from 'vitest';
import { questionName } from './dns-record.ts';
import { createPortOwners } from './port-owners.ts';
import { parseRow } from './socket-table.ts';
import { ipOf, type SocketFact } from './sockets.ts';

function question(...labels: string[]): Buffer {
  const parts = labels.map((label) =>
    Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]),
  );
  return Buffer.concat([Buffer.of(1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0), ...parts, Buffer.alloc(5)]);
}

test('the name of a question is read in lower case, whatever its labels hold', () => {
  expect(questionName(question('WWW', 'Example', 'com'))).toBe('www.example.com');
  expect(questionName(question('a\u001b[2J', 'x'))).toBe(String.raw`a\u{1b}[2j.x`);
  expect(questionName(question())).toBe('');
});

test('what is no whole question has no name', () => {
  const whole = question('example', 'com');
  for (let length = 0; length < whole.length - 5; length += 1) {
    expect(questionName(whole.subarray(0, length))).toBeNull();
  }
  const response = Buffer.from(whole);
  response[2] = 0x81;
  expect(questionName(response)).toBeNull();
  const pointer = Buffer.from(whole);
  pointer[12] = 0xc0;
  expect(questionName(pointer)).toBeNull();
  expect(questionName(question(...Array.from({ length: 40 }, () => 'abcdefgh')))).toBeNull();
});

test('an address of IPv4 inside IPv6 is told as IPv4', () => {
  const mapped = Buffer.from('00000000000000000000ffffc0000207', 'hex');
  expect(ipOf(10, mapped)).toBe('192.0.2.7');
  expect(ipOf(10, Buffer.from('20010db8000000000000000000000001', 'hex'))).toBe('2001:db8::1');
  expect(ipOf(2, Buffer.from('c0000207', 'hex'))).toBe('192.0.2.7');
});

test('an answer of the kernel that is too short is none', () => {
  expect(parseRow(Buffer.alloc(71), 'tcp')).toBeNull();
  expect(parseRow(Buffer.alloc(72), 'tcp')?.isListening).toBe(false);
});

test('a taken connection belongs to whoever listens at its port, as far as that is known', () => {
  const fact = (act: SocketFact['act'], port: number, pid: number | null): SocketFact => ({
    act,
    at: 0,
    transport: 'tcp',
    local: { ip: '::', port },
    remote: null,
    pid,
    startTicks: 5,
    uid: 0,
    isOld: false,
  });
  const { own } = createPortOwners();
  own(fact('listen', 22, 7));
  expect(own(fact('accept', 22, null)).pid).toBe(7);
  expect(own(fact('accept', 23, null)).pid).toBeNull();
  expect(own(fact('connect', 22, null)).pid).toBeNull();
  for (let port = 0; port < 10_000; port += 1) own(fact('listen', port + 100, port));
  expect(own(fact('accept', 22, null)).pid).toBeNull();
});
