import type { DeviceEvent } from '@wardgrid/wire';
import { PROCESS_TREE, readerOf } from './fields.ts';
import { listOf } from './single-test.ts';

/** Longest text of a group's key: it is kept for each group. */
const KEY_LENGTH_MAX = 512;

/** Reads what an event has in common with others of its group; undefined when it lacks a part of it. */
export type KeyReader = (event: DeviceEvent) => string | undefined;

/** Reads the first value of a field, or the tree an event belongs to. */
export function firstValueReader(field: string, treeOf: TreeOf): KeyReader {
  if (field === PROCESS_TREE) return treeOf;
  const { read } = readerOf(field);
  return (event) => listOf(read(event))[0];
}

/** The tree an event belongs to. */
export type TreeOf = (event: DeviceEvent) => string | undefined;

/** The reader of a key made of fields; no field at all makes one group of everything. */
export function keyReaderOf(fields: readonly string[], treeOf: TreeOf): KeyReader {
  const readers = fields.map((field) => firstValueReader(field, treeOf));
  return (event) => {
    let key = '';
    for (const read of readers) {
      const part = read(event);
      if (part === undefined) return undefined;
      key += key === '' ? part : `\u0000${part}`;
    }
    return key.slice(0, KEY_LENGTH_MAX);
  };
}
