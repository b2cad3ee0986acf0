import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { FileStatus } from './file-status.ts';
import {
  AT_FDCWD,
  callError,
  ERRNO,
  errnoName,
  pathBytes,
  RENAME_NOREPLACE,
  RESOLVE,
  systemCalls,
} from './system-calls.ts';

const folder = mkdtempSync(join(tmpdir(), 'wardgrid-calls-'));
const calls = systemCalls();
const POLLIN = 1;
const F_SETLEASE = 1_024;
const [F_RDLCK, F_UNLCK] = [0n, 2n];
const O_CLOEXEC = 0o2000000;

afterAll(() => rmSync(folder, { recursive: true }));

function inFolder(name: string, content = 'content'): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs with a file open and closes it. */
function withOpen<T>(path: string, use: (fd: number) => T, flags = constants.O_RDONLY): T {
  const fd = openSync(path, flags);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

function isReadable(fd: number, timeoutMs: number): boolean {
  const wanted = Buffer.alloc(8);
  wanted.writeInt32LE(fd, 0);
  wanted.writeInt16LE(POLLIN, 4);
  return calls.poll(wanted, 1, timeoutMs) === 1;
}

test('a failed call names its reason, and a good one gives its result back', () => {
  const buffer = Buffer.alloc(8);
  expect(calls.write(-1, buffer, 8)).toBe(-1);
  expect(calls.errno()).toBe(ERRNO.EBADF);
  expect(() => calls.check('write', calls.write(-1, buffer, 8))).toThrow('write: EBADF');
  expect(calls.check('getpid', 7)).toBe(7);
  expect(callError('open', ERRNO.ENOENT).code).toBe('system-call-failed');
  expect([errnoName(ERRNO.ESTALE), errnoName(4_000)]).toEqual(['ESTALE', 'errno 4000']);
});

test('an event descriptor wakes a poll, also from shared memory', () => {
  const fd = calls.check('eventfd', calls.eventfd(0, O_CLOEXEC));
  expect(isReadable(fd, 0)).toBe(false);
  const one = new Uint8Array(new SharedArrayBuffer(8));
  one[0] = 5;
  expect(calls.write(fd, one, 8)).toBe(8);
  expect(isReadable(fd, 0)).toBe(true);
  const got = Buffer.alloc(8);
  expect(calls.read(fd, got, 8)).toBe(8);
  expect(got.readUInt32LE(0)).toBe(5);
  calls.close(fd);
});

test('a read lease is granted only while nobody writes', () => {
  const path = inFolder('leased');
  withOpen(path, (fd) => {
    expect(calls.fcntl(fd, F_SETLEASE, F_RDLCK)).toBe(0);
    expect(calls.fcntl(fd, F_SETLEASE, F_UNLCK)).toBe(0);
    const refused = (): void => {
      expect(calls.fcntl(fd, F_SETLEASE, F_RDLCK)).toBe(-1);
      expect(calls.errno()).toBe(ERRNO.EAGAIN);
    };
    withOpen(path, refused, constants.O_RDWR);
  });
});

test('reads at an offset beyond four gigabytes', () => {
  const path = inFolder('sparse', '');
  const far = 5_000_000_000;
  truncateSync(path, far);
  appendFileSync(path, 'far');
  withOpen(path, (fd) => {
    const bytes = Buffer.alloc(8);
    expect(calls.pread(fd, bytes, 8, BigInt(far))).toBe(3);
    expect(bytes.toString('utf8', 0, 3)).toBe('far');
    const status = new FileStatus(calls);
    expect(status.read(fd)).toBe(true);
    expect(status.sizeBytes).toBe(far + 3);
  });
});

test('the status of a descriptor is that of Node', () => {
  const path = inFolder('status');
  linkSync(path, `${path}-link`);
  const expected = statSync(path, { bigint: true });
  const status = new FileStatus(calls);
  expect(withOpen(path, (fd) => status.read(fd))).toBe(true);
  expect({
    device: status.device,
    inode: status.inode,
    size: BigInt(status.sizeBytes),
    mode: BigInt(status.mode),
    mtimeNs: status.mtimeNs,
    ctimeNs: status.ctimeNs,
    links: status.linkCount,
    uid: status.uid,
    gid: status.gid,
    isRegular: status.isRegular,
  }).toEqual({
    device: expected.dev,
    inode: expected.ino,
    size: expected.size,
    mode: expected.mode,
    mtimeNs: expected.mtimeNs,
    ctimeNs: expected.ctimeNs,
    links: 2,
    uid: Number(expected.uid),
    gid: Number(expected.gid),
    isRegular: true,
  });
  expect(withOpen(folder, (fd) => status.read(fd) && status.isRegular)).toBe(false);
  expect(status.read(-1)).toBe(false);
});

test('opens beneath a folder and refuses symbolic links', () => {
  inFolder('plain');
  mkdirSync(join(folder, 'inner'));
  symlinkSync('plain', join(folder, 'linked'));
  const how = { flags: constants.O_RDONLY | O_CLOEXEC, resolve: RESOLVE.NO_SYMLINKS };
  withOpen(folder, (fd) => {
    const opened = calls.check('openat2', calls.openat2(fd, 'plain', how));
    expect(readFileSync(opened, 'utf8')).toBe('content');
    calls.close(opened);
    expect(calls.openat2(fd, 'linked', how)).toBe(-1);
    expect(errnoName(calls.errno())).toBe('ELOOP');
    const beneath = { ...how, resolve: RESOLVE.BENEATH };
    expect(calls.openat2(fd, '../', beneath)).toBe(-1);
    expect(errnoName(calls.errno())).toBe('EXDEV');
  });
});

test('renames without replacing, also names that are no UTF-8', () => {
  const odd = pathBytes(Buffer.from([0xff, 0x0a, 0x80]));
  inFolder('moved', 'moved');
  inFolder('stays', 'stays');
  withOpen(folder, (fd) => {
    const to = (name: string | Uint8Array) => ({ folder: fd, name });
    expect(calls.renameat2(to('moved'), to('stays'), RENAME_NOREPLACE)).toBe(-1);
    expect(calls.errno()).toBe(ERRNO.EEXIST);
    expect(calls.renameat2(to('moved'), to(odd), RENAME_NOREPLACE)).toBe(0);
    const opened = calls.openat(fd, odd, constants.O_RDONLY, 0);
    expect(readFileSync(opened, 'utf8')).toBe('moved');
    calls.close(opened);
    expect(calls.unlinkat(fd, odd, 0)).toBe(0);
  });
  const absolute = { folder: AT_FDCWD, name: join(folder, 'stays') };
  const renamed = { folder: AT_FDCWD, name: join(folder, 'renamed') };
  expect(calls.renameat2(absolute, renamed, 0)).toBe(0);
  expect(existsSync(renamed.name)).toBe(true);
});

test('extended attributes are set, listed, read and removed by descriptor', () => {
  withOpen(inFolder('attributes'), (fd) => {
    const value = Buffer.from('value');
    calls.check('fsetxattr', calls.fsetxattr(fd, 'user.wardgrid', value, value.length, 0));
    const list = Buffer.alloc(256);
    const length = calls.flistxattr(fd, list, list.length);
    expect(list.toString('utf8', 0, length).split('\0')).toContain('user.wardgrid');
    expect(calls.fgetxattr(fd, 'user.wardgrid', null, 0)).toBe(5);
    const got = Buffer.alloc(5);
    expect(calls.fgetxattr(fd, 'user.wardgrid', got, 5)).toBe(5);
    expect(got).toEqual(value);
    expect(calls.fremovexattr(fd, 'user.wardgrid')).toBe(0);
    expect(calls.fgetxattr(fd, 'user.wardgrid', got, 5)).toBe(-1);
    expect(calls.errno()).toBe(ERRNO.ENODATA);
  });
});

test('a process descriptor tells the end of its process and carries the signal', async () => {
  const child = spawn('sleep', ['60']);
  const pidfd = calls.check('pidfd_open', calls.pidfdOpen(present(child.pid, 'a process id')));
  const ended = once(child, 'exit');
  expect(isReadable(pidfd, 0)).toBe(false);
  expect(calls.pidfdSendSignal(pidfd, 9)).toBe(0);
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(isReadable(pidfd, 0)).toBe(true);
  expect(calls.pidfdSendSignal(pidfd, 9)).toBe(-1);
  expect(calls.errno()).toBe(ERRNO.ESRCH);
  calls.close(pidfd);
});

test('reads the memory of a process, here its own, through a mapping', () => {
  const page = 4_096;
  const address = calls.mmap(null, BigInt(page), 3, 0x22, -1, 0n);
  const mapped = Buffer.from(calls.view(address, page));
  mapped.write('mapped');
  const into = Buffer.alloc(6);
  const target = calls.mmap(null, BigInt(page), 3, 0x22, -1, 0n);
  const vector = (at: bigint): BigUint64Array => BigUint64Array.of(at, 6n);
  const read = calls.process_vm_readv(process.pid, vector(target), 1, vector(address), 1, 0);
  expect(read).toBe(6);
  Buffer.from(calls.view(target, 6)).copy(into);
  expect(into.toString()).toBe('mapped');
  expect(calls.munmap(target, BigInt(page))).toBe(0);
});

test('a netlink socket of routes is made, bound and asked', () => {
  const [AF_NETLINK, SOCK_RAW, NETLINK_ROUTE] = [16, 3, 0];
  const fd = calls.check('socket', calls.socket(AF_NETLINK, SOCK_RAW | O_CLOEXEC, NETLINK_ROUTE));
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  expect(calls.bind(fd, address, address.length)).toBe(0);
  /* RTM_GETLINK as a dump request, with an empty `struct ifinfomsg`. */
  const request = Buffer.alloc(32);
  request.writeUInt32LE(request.length, 0);
  request.writeUInt16LE(18, 4);
  request.writeUInt16LE(0x301, 6);
  expect(calls.send(fd, request, request.length, 0)).toBe(request.length);
  const reply = Buffer.alloc(8_192);
  expect(calls.recv(fd, reply, reply.length, 0)).toBeGreaterThan(32);
  expect(reply.readUInt16LE(4)).toBe(16);
  calls.close(fd);
});

test('a handle names a file without its path', () => {
  const path = inFolder('handled');
  const handle = Buffer.alloc(8 + 128);
  handle.writeUInt32LE(128, 0);
  const mountId = Buffer.alloc(4);
  expect(calls.name_to_handle_at(AT_FDCWD, path, handle, mountId, 0)).toBe(0);
  expect(handle.readUInt32LE(0)).toBeGreaterThan(0);
  expect(mountId.readInt32LE(0)).toBeGreaterThan(0);
});
