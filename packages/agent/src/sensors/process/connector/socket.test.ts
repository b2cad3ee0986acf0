import { expect, test } from 'vitest';
import { parseEvent } from './socket.ts';

function datagram(what: number, ...words: number[]): Buffer {
  const bytes = Buffer.alloc(80);
  bytes.writeUInt32LE(what, 36);
  bytes.writeBigUInt64LE(2_000_000_000n, 44);
  for (const [place, word] of words.entries()) bytes.writeUInt32LE(word, 52 + 4 * place);
  return bytes;
}

test('events of processes are told, those of threads are not', () => {
  expect(parseEvent(datagram(1, 10, 10, 11, 11), 500)).toEqual({
    kind: 'fork',
    at: 2_500,
    pid: 11,
    parentPid: 10,
  });
  expect(parseEvent(datagram(1, 10, 10, 12, 10), 0)).toBeNull();
  expect(parseEvent(datagram(2, 12, 10), 0)).toMatchObject({ kind: 'exec', pid: 10 });
  expect(parseEvent(datagram(0x8000_0000, 10, 10, 0x100), 0)).toMatchObject({
    kind: 'exit',
    pid: 10,
    status: 0x100,
  });
  expect(parseEvent(datagram(0x8000_0000, 12, 10, 0), 0)).toBeNull();
  expect(parseEvent(datagram(0x200, 12, 10), 0)).toBeNull();
});
