/* A program that writes a file through a shared mapping whose descriptor is closed already. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { dlopen, toArrayBuffer } from 'node:ffi';

const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

function main([path = '', text = '']: readonly string[]): void {
  const { functions } = dlopen(null, {
    mmap: { arguments: ['pointer', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'pointer' },
    munmap: { arguments: ['pointer', 'u64'], return: 'i32' },
  });
  const fd = openSync(path, 'w+', 0o644);
  ftruncateSync(fd, text.length);
  const size = BigInt(text.length);
  const address = functions.mmap(null, size, PROT_READ_WRITE, MAP_SHARED, fd, 0n);
  closeSync(fd);
  Buffer.from(toArrayBuffer(address, text.length, false)).write(text, 'latin1');
  functions.munmap(address, size);
}

main(process.argv.slice(2));
