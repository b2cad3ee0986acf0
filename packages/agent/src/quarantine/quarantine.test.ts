import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { FLAG_APPEND, FLAG_IMMUTABLE, writeXattr } from '../platform/linux/inode.ts';
import { chattr, createSite, NO_REASON, portraitOf, sealPath, type Site } from './testing.ts';

const HOUR_MS = 3_600_000;
const BYTES = Buffer.from('malicious content, harmless in a test\n');

let site: Site;
beforeEach(() => void (site = createSite()));
afterEach(() => site.remove());

const inAnHour = (): number => Date.now() + HOUR_MS;

async function sealAndRestore(path: string): Promise<void> {
  const { file } = await site.seal(path);
  expect(existsSync(path)).toBe(false);
  await site.quarantine.restore(file.id, inAnHour());
}

describe('a sealed file', () => {
  test('is gone from its place and cannot be read in the store', async () => {
    const path = site.write('plain', BYTES);
    const { file, isHarmless } = await site.seal(path);
    expect(isHarmless).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(file).toMatchObject({ state: 'sealed', path, sizeBytes: BYTES.length, note: null });
    expect(site.told).toEqual([file]);
    for (const name of readdirSync(site.store)) {
      expect(readFileSync(join(site.store, name)).includes('malicious content')).toBe(false);
      expect(statSync(join(site.store, name)).mode & 0o777).toBe(0o600);
    }
    expect(statSync(site.store).mode & 0o777).toBe(0o700);
  });

  test('comes back byte for byte with everything it had', async () => {
    const path = site.write('rich', BYTES);
    chownSync(path, 1_234, 2_345);
    chmodSync(path, 0o4751);
    const fd = openSync(path, 'r');
    // An access list for user 65534, as setfacl(1) writes it; its mask is the mode's group bits.
    const list = Buffer.from(
      '0200000001000700ffffffff02000400feff000004000500ffffffff10000500ffffffff20000100ffffffff',
      'hex',
    );
    const xattrs = { 'user.note': Buffer.from([0, 255, 10]), 'system.posix_acl_access': list };
    for (const [name, value] of Object.entries(xattrs)) {
      expect(writeXattr(fd, { name: Buffer.from(name), value })).toBe(null);
    }
    closeSync(fd);
    utimesSync(path, 1_500_000_000.123, 1_400_000_000.987);
    const before = portraitOf(path);
    expect(before['xattrs']).toHaveLength(2);
    await sealAndRestore(path);
    expect(portraitOf(path)).toEqual(before);
    expect(site.quarantine.list()).toEqual([]);
    expect(readdirSync(site.store).filter((name) => name.endsWith('.sealed'))).toEqual([]);
  });

  test.each([
    ['immutable', FLAG_IMMUTABLE],
    ['append-only', FLAG_APPEND],
  ])('that was %s is sealed and is so again', async (name, flags) => {
    const path = site.write(name, BYTES);
    chattr(path, flags);
    const before = portraitOf(path);
    try {
      await sealAndRestore(path);
      expect(portraitOf(path)).toEqual(before);
    } finally {
      chattr(path, 0);
    }
  });

  test('keeps its holes', async () => {
    const path = site.write('sparse', '');
    const fd = openSync(path, 'r+');
    writeSync(fd, BYTES, 0, BYTES.length, 40 * 1_048_576);
    ftruncateSync(fd, 100 * 1_048_576);
    closeSync(fd);
    const before = portraitOf(path);
    await sealAndRestore(path);
    expect(portraitOf(path)).toEqual(before);
  });

  test('may be a terabyte of hole: it is sealed at once, and its hash says what it leaves out', async () => {
    const path = site.write('huge', BYTES);
    const fd = openSync(path, 'r+');
    ftruncateSync(fd, 2 ** 40);
    closeSync(fd);
    const { file } = await site.seal(path);
    expect(file.sizeBytes).toBe(2 ** 40);
    expect(file.note).toContain('leaves the holes out');
    await site.quarantine.restore(file.id, inAnHour());
    expect(statSync(path)).toMatchObject({ size: 2 ** 40 });
    expect(statSync(path).blocks).toBeLessThan(64);
  });

  test('is larger than a frame and comes back whole', async () => {
    const path = site.write('large', Buffer.alloc(5 * 1_048_576 + 17, 'wardgrid'));
    const before = portraitOf(path);
    await sealAndRestore(path);
    expect(portraitOf(path)).toEqual(before);
  });

  test.each([
    ['a new line', Buffer.from('new\nline')],
    ['bytes that are no UTF-8', Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x5c])],
    ['the words of the kernel for a deleted file', Buffer.from('name (deleted)')],
  ])('may have a name with %s', async (_, name) => {
    site.write(name, BYTES);
    const path = Buffer.concat([Buffer.from(`${site.files}/`), name]);
    const { file } = await sealPath(site.quarantine, path);
    expect(existsSync(path)).toBe(false);
    expect(file.path).toMatch(/new\\u\{a\}line$|f\\xff\\xfe\.\\$|name \(deleted\)$/);
    await site.quarantine.restore(file.id, inAnHour());
    expect(readFileSync(path)).toEqual(BYTES);
  });

  test('that was deleted while open is kept all the same', async () => {
    const path = site.write('deleted', BYTES);
    const fd = openSync(path, 'r');
    rmSync(path);
    const { file, isHarmless } = await site.quarantine.seal(fd, NO_REASON);
    closeSync(fd);
    expect(isHarmless).toBe(true);
    expect(file).toMatchObject({ state: 'sealed', sizeBytes: BYTES.length });
  });

  test('leaves its other hard links empty and without permissions until it is back', async () => {
    const path = site.write('first', BYTES);
    const other = join(site.files, 'other');
    linkSync(path, other);
    const { mode } = statSync(path);
    const { file } = await site.seal(path);
    expect(existsSync(path)).toBe(false);
    expect(statSync(other)).toMatchObject({ size: 0 });
    expect(statSync(other).mode & 0o7777).toBe(0);
    expect(file.note).toContain('hard links were emptied');
    const back = await site.quarantine.restore(file.id, inAnHour());
    expect(readFileSync(path)).toEqual(BYTES);
    expect(readFileSync(other)).toEqual(BYTES);
    expect(statSync(other)).toMatchObject({ ino: statSync(path).ino, mode, nlink: 2 });
    expect(back.note).toContain('hard links have its content again');
    const { dev, ino, birthtimeNs: bornNs } = statSync(other, { bigint: true });
    const inode = { device: dev, inode: ino, bornNs };
    expect(site.quarantine.isExcepted(file.sha256, other, inode)).toBe(true);
    expect(site.quarantine.isExcepted(file.sha256, other)).toBe(false);
    expect(readdirSync(site.files).toSorted()).toEqual(['first', 'other']);
  });

  test('leaves another hard link alone that somebody wrote since', async () => {
    const path = site.write('first', BYTES);
    const other = join(site.files, 'other');
    linkSync(path, other);
    const { file } = await site.seal(path);
    writeFileSync(other, 'mine');
    const back = await site.quarantine.restore(file.id, inAnHour());
    expect(readFileSync(path)).toEqual(BYTES);
    expect(readFileSync(other, 'utf8')).toBe('mine');
    expect(back.note).toContain('hard links were left as they are');
  });

  test('that cannot be put back leaves its other hard links empty', async () => {
    const path = site.write('first', BYTES);
    const other = join(site.files, 'other');
    linkSync(path, other);
    const { file } = await site.seal(path);
    const [sealed = ''] = readdirSync(site.store).filter((name) => name.endsWith('.sealed'));
    const bytes = readFileSync(join(site.store, sealed));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(join(site.store, sealed), bytes);
    await expect(site.quarantine.restore(file.id, inAnHour())).rejects.toMatchObject({
      code: 'seal-broken',
    });
    expect(statSync(other)).toMatchObject({ size: 0, nlink: 1 });
    expect(readdirSync(site.files)).toEqual(['other']);
  });

  test('that runs is ended first', async () => {
    const path = join(site.files, 'runs');
    copyFileSync('/bin/sleep', path);
    chmodSync(path, 0o755);
    linkSync(path, join(site.files, 'runs-too'));
    const child = spawn(path, ['60'], { stdio: 'ignore' });
    const ended = new Promise<string | null>((resolve) => {
      child.once('exit', (_, signal) => resolve(signal));
    });
    await systemClock.sleep(50);
    const { isHarmless, file } = await site.seal(path);
    expect(isHarmless).toBe(true);
    expect(await ended).toBe('SIGKILL');
    expect(file.note).toContain('processes that ran it were ended');
    expect(statSync(join(site.files, 'runs-too')).size).toBe(0);
  });
});

describe('somebody who plays with names', () => {
  test('and puts a link in its place loses nothing of what the link leads to', async () => {
    const innocent = site.write('innocent', 'good');
    const path = site.write('bad', BYTES);
    const fd = openSync(path, 'r');
    renameSync(path, join(site.files, 'moved'));
    symlinkSync(innocent, path);
    await site.quarantine.seal(fd, NO_REASON);
    closeSync(fd);
    expect(readFileSync(innocent, 'utf8')).toBe('good');
    expect(readdirSync(site.files).toSorted()).toEqual(['bad', 'innocent']);
  });

  test('all the time never makes another file go, and the content is gone in the end', async () => {
    const path = site.write('bad', BYTES);
    const names = ['bad', 'b', 'c'].map((name) => join(site.files, name));
    const code = `const fs = require('node:fs'); const names = ${JSON.stringify(names)};
      for (;;) { try { fs.renameSync(names[0], names[1]); fs.writeFileSync(names[0], 'good');
      fs.renameSync(names[0], names[2]); fs.renameSync(names[1], names[0]); } catch {} }`;
    const player = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
    try {
      await systemClock.sleep(300);
      let fd: number | undefined;
      while (fd === undefined || fstatSync(fd).size !== BYTES.length) {
        if (fd !== undefined) closeSync(fd);
        fd = names.flatMap((name) => openQuietly(name) ?? [])[0];
      }
      await site.quarantine.seal(fd, NO_REASON);
      const { nlink, size } = fstatSync(fd);
      expect(nlink === 0 || size === 0).toBe(true);
      closeSync(fd);
    } finally {
      player.kill('SIGKILL');
    }
    for (const name of readdirSync(site.files)) {
      expect(['good', '']).toContain(readFileSync(join(site.files, name), 'utf8'));
    }
    expect(path).toBe(names[0]);
  });

  test('and links a folder on the way gets nothing restored into his own', async () => {
    const folder = join(site.files, 'folder');
    mkdirSync(folder);
    const path = join(folder, 'bad');
    writeFileSync(path, BYTES);
    const { file } = await site.seal(path);
    renameSync(folder, `${folder}-away`);
    symlinkSync(site.path, folder);
    await expect(site.quarantine.restore(file.id, inAnHour())).rejects.toMatchObject({
      code: 'folder-linked',
    });
    rmSync(folder);
    await expect(site.quarantine.restore(file.id, inAnHour())).rejects.toMatchObject({
      code: 'folder-gone',
    });
    renameSync(`${folder}-away`, folder);
    await site.quarantine.restore(file.id, inAnHour());
    expect(readFileSync(path)).toEqual(BYTES);
  });

  test('and takes the path is never overwritten', async () => {
    const path = site.write('bad', BYTES);
    const { file } = await site.seal(path);
    writeFileSync(path, 'somebody needs this');
    await expect(site.quarantine.restore(file.id, inAnHour())).rejects.toMatchObject({
      code: 'path-occupied',
    });
    expect(readFileSync(path, 'utf8')).toBe('somebody needs this');
    expect(readdirSync(site.files)).toEqual(['bad']);
    expect(site.quarantine.isExcepted(file.sha256, path)).toBe(false);
  });
});

describe('the store', () => {
  test('knows what a person put back, until its time is over', async () => {
    const clock = createFakeClock();
    const quarantine = site.reopen({ clock });
    const path = site.write('bad', BYTES);
    const { file } = await sealPath(quarantine, path);
    await quarantine.restore(file.id, clock.now() + HOUR_MS);
    expect(quarantine.isExcepted(file.sha256, path)).toBe(true);
    expect(quarantine.isExcepted(file.sha256, `${path}2`)).toBe(false);
    expect(site.reopen({ clock }).isExcepted(file.sha256, path)).toBe(true);
    await clock.advance(HOUR_MS);
    expect(quarantine.isExcepted(file.sha256, path)).toBe(false);
  });

  test('deletes a file for good, once', async () => {
    const { file } = await site.seal(site.write('bad', BYTES));
    expect(await site.quarantine.purge(file.id)).toMatchObject({ state: 'deleted' });
    await expect(site.quarantine.purge(file.id)).rejects.toMatchObject({ code: 'entry-unknown' });
    expect(readdirSync(site.store).toSorted()).toEqual(['store.key']);
  });

  test('lets the oldest go when there is no room, and says so', async () => {
    const quarantine = site.reopen({ limits: () => ({ bytesMax: 300_000, daysMax: 90 }) });
    const ids: string[] = [];
    for (let number = 0; number < 4; number += 1) {
      const path = site.write(`bad-${number}`, Buffer.alloc(100_000, number));
      ids.push((await sealPath(quarantine, path)).file.id);
      await systemClock.sleep(2);
    }
    const states = new Map(site.told.map(({ id, state }) => [id, state]));
    expect(ids.map((id) => states.get(id))).toEqual(['expired', 'expired', 'sealed', 'sealed']);
    expect(quarantine.count()).toBe(2);
  });

  test('leaves a file as it was when it is larger than everything', async () => {
    const quarantine = site.reopen({ limits: () => ({ bytesMax: 50_000, daysMax: 90 }) });
    const path = site.write('bad', Buffer.alloc(100_000, 1));
    chmodSync(path, 0o755);
    const before = portraitOf(path);
    await expect(sealPath(quarantine, path)).rejects.toMatchObject({ code: 'store-full' });
    expect(portraitOf(path)).toEqual(before);
    expect(quarantine.list()).toEqual([]);
  });

  test('lets go of what is too old', async () => {
    const clock = createFakeClock();
    const quarantine = site.reopen({ clock });
    await sealPath(quarantine, site.write('bad', BYTES));
    await clock.advance(91 * 24 * HOUR_MS);
    await quarantine.tidy();
    expect(quarantine.count()).toBe(0);
    expect(site.told.at(-1)).toMatchObject({ state: 'expired' });
  });

  test('tells again what could not be told', async () => {
    let isFull = true;
    const told: string[] = [];
    const onChange = ({ state }: { readonly state: string }): boolean =>
      !isFull && told.push(state) > 0;
    const quarantine = site.reopen({ onChange });
    await sealPath(quarantine, site.write('bad', BYTES));
    isFull = false;
    await site.reopen({ onChange }).recover();
    expect(told).toEqual(['sealed']);
    await site.reopen({ onChange }).recover();
    expect(told).toEqual(['sealed']);
  });

  test('believes no manifest that was changed', async () => {
    const { file } = await site.seal(site.write('bad', BYTES));
    const manifest = join(site.store, `${file.id}.json`);
    const text = readFileSync(manifest, 'utf8').replace(/\\"mode\\":\d+/, '\\"mode\\":2541');
    writeFileSync(manifest, text);
    expect(site.reopen().list()).toEqual([]);
    expect(existsSync(`${manifest}.broken`)).toBe(true);
  });

  test('notices that a sealed file was changed, and puts nothing back', async () => {
    const path = site.write('bad', BYTES);
    const { file } = await site.seal(path);
    const sealed = join(site.store, `${file.id}.sealed`);
    const bytes = readFileSync(sealed);
    for (const change of [(at: Buffer) => at.subarray(0, -40), flipped]) {
      writeFileSync(sealed, change(Buffer.from(bytes)));
      await expect(site.quarantine.restore(file.id, inAnHour())).rejects.toMatchObject({
        code: 'seal-broken',
      });
      expect(readdirSync(site.files)).toEqual([]);
    }
    writeFileSync(sealed, bytes);
    await site.quarantine.restore(file.id, inAnHour());
    expect(readFileSync(path)).toEqual(BYTES);
  });
});

function flipped(bytes: Buffer): Buffer {
  bytes[30] = (bytes[30] ?? 0) ^ 1;
  return bytes;
}

function openQuietly(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
