import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { FAN, FAN_INFO } from '../../../platform/linux/fanotify.ts';
import { isOverflow, movesFolders, readChanges } from './change-record.ts';

function infoRecord(type: number, name: Buffer): Buffer {
  const handle = Buffer.from([4, 0, 0, 0, 1, 0, 0, 0, 0xaa, 0xbb, 0xcc, 0xdd]);
  const body = Buffer.concat([Buffer.from('fsid-of8'), handle, name, Buffer.alloc(1)]);
  const head = Buffer.from([type, 0, 0, 0]);
  head.writeUInt16LE(head.length + body.length, 2);
  return Buffer.concat([head, body]);
}

function event(mask: number, records: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(24);
  const body = Buffer.concat(records);
  head.writeUInt32LE(head.length + body.length, 0);
  head.writeUInt32LE(mask, 8);
  head.writeInt32LE(-1, 16);
  head.writeInt32LE(77, 20);
  return Buffer.concat([head, body]);
}

test('a rename tells where the file was and is, and what it is', () => {
  const odd = Buffer.from([0xff, 0x0a]);
  const bytes = event(FAN.RENAME, [
    infoRecord(FAN_INFO.OLD_DFID_NAME, Buffer.from('before')),
    infoRecord(FAN_INFO.NEW_DFID_NAME, odd),
    infoRecord(FAN_INFO.FID, Buffer.alloc(0)),
  ]);
  const [record] = [...readChanges(Buffer.concat([bytes, event(FAN.CREATE, [])]))];
  expect(record).toMatchObject({ mask: FAN.RENAME, pid: 77 });
  expect(record?.from?.name.toString()).toBe('before');
  expect(record?.at?.name).toEqual(odd);
  expect(record?.target?.handle).toHaveLength(12);
  expect(record?.target?.filesystem).toBe(Buffer.from('fsid-of8').toString('hex'));
});

test('an overflow and a moved folder are seen as such', () => {
  const [lost, moved] = [
    ...readChanges(Buffer.concat([event(FAN.Q_OVERFLOW, []), event(FAN.RENAME | FAN.ONDIR, [])])),
  ];
  expect(lost && isOverflow(lost)).toBe(true);
  expect(moved && movesFolders(moved)).toBe(true);
  expect(lost && movesFolders(lost)).toBe(false);
});

test('whatever the bytes, reading ends', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      try {
        expect([...readChanges(Buffer.from(bytes))].length).toBeLessThan(20);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
  );
});
