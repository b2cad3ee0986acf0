/* A program that writes as an attacker would. It says `refused` when its file may not be read. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { systemCalls } from '../../../platform/linux/system-calls.ts';
import { EICAR } from './eicar.ts';

const PAGE_BYTES = 4_096;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** Eighteen of the longest names make a path beyond PATH_MAX. */
const [DEPTH, NAME_LENGTH] = [18, 250];

const say = (isRefused: boolean): void => {
  process.stdout.write(isRefused ? 'refused\n' : 'read\n');
};

/** Writes through a mapping whose descriptor is closed, lets another look before, and reads. */
function writeMapped(path: string): void {
  const calls = systemCalls();
  const fd = openSync(path, 'r+');
  const address = calls.mmap(null, BigInt(PAGE_BYTES), PROT_READ_WRITE, MAP_SHARED, fd, 0n);
  closeSync(fd);
  spawnSync('cat', [path]);
  Buffer.from(calls.view(address, PAGE_BYTES)).write(EICAR);
  say(spawnSync('cat', [path]).status !== 0);
  calls.munmap(address, BigInt(PAGE_BYTES));
}

/** Writes files whose names break lines and encodings, and one whose path is too long to be told. */
function writeNames(folder: string): void {
  const odd = Buffer.from('line\n\u202Ebreak');
  const broken = Buffer.from([0xff, 0x80]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), odd, broken]), EICAR);
  process.chdir(folder);
  for (let depth = 0; depth < DEPTH; depth += 1) {
    mkdirSync('d'.repeat(NAME_LENGTH));
    process.chdir('d'.repeat(NAME_LENGTH));
  }
  writeFileSync('deep', EICAR);
  try {
    readFileSync('deep');
    say(false);
  } catch {
    say(true);
  }
}

const [action, path = ''] = process.argv.slice(2);
if (action === 'map') writeMapped(path);
else writeNames(path);
