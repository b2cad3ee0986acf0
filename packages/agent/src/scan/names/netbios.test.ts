import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeNodeStatusQuery, parseNodeStatus } from './netbios.ts';

function nodeStatus(rows: readonly (readonly [string, number, number])[]): Buffer {
  const body = rows.map(([name, suffix, flags]) =>
    Buffer.concat([Buffer.from(name.padEnd(15)), Buffer.of(suffix, flags, 0)]),
  );
  const head = encodeNodeStatusQuery(9).subarray(0, 46);
  head.writeUInt8(0x84, 2);
  const rest = Buffer.from('0021000100000000ffff', 'hex');
  return Buffer.concat([head, rest, Buffer.of(rows.length), ...body, Buffer.alloc(6)]);
}

test('the machine’s own NetBIOS name is taken, not a group’s', () => {
  const answer = nodeStatus([
    ['WORKGROUP', 0, 0x84],
    ['FILES', 0x20, 0x04],
  ]);
  expect(parseNodeStatus(answer, 9)).toBe('FILES');
  expect(parseNodeStatus(answer, 8)).toBeUndefined();
  expect(parseNodeStatus(answer.subarray(0, 70), 9)).toBeUndefined();
});

test('no bytes make the NetBIOS parser throw', () => {
  const start = nodeStatus([]).subarray(0, 12);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
      parseNodeStatus(Buffer.concat([start, random]), 9);
      parseNodeStatus(Buffer.from(random), 9);
    }),
    { numRuns: 1000 },
  );
});
