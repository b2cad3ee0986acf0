import { expect, test } from 'vitest';
import { createMachine } from '../../platform/linux/testdata/machine.ts';
import { moduleFile, parseModules } from './kernel-code.ts';
import { runtimeOf, suspiciousRegions } from './regions.ts';

const MAPS = `\
00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/dbus-daemon
00651000-00652000 r--p 00051000 08:02 173521 /usr/bin/dbus-daemon
7f0000000000-7f0000021000 rwxp 00000000 00:00 0
7f0000100000-7f0000200000 rwxp 00000000 00:00 0
7f0800000000-7f0800001000 rwxs 00000000 00:01 7 /dev/zero (deleted)
7f1000000000-7f1000001000 r-xp 00000000 00:00 0
7f2000000000-7f2000001000 r-xp 00000000 00:05 99 /memfd:x y (deleted)
7f3000000000-7f3000001000 r-xp 00000000 08:02 98 /usr/lib/old.so (deleted)
7f3000002000-7f3000003000 r--p 00000000 08:02 98 /usr/lib/old.so (deleted)
7f4000000000-7f4000001000 rw-p 00000000 00:00 0 [heap]
7fff00000000-7fff00002000 rwxp 00000000 00:00 0 [stack]
7ffd00000000-7ffd00002000 r-xp 00000000 00:00 0 [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]
`;

test('regions that should not run are told, alike ones together', () => {
  expect(suspiciousRegions(MAPS)).toEqual([
    {
      kind: 'writable-executable',
      address: '0x7f0000100000',
      sizeBytes: 0x12_1000,
      count: 2,
      protection: 'rwx',
      mapping: '',
    },
    expect.objectContaining({
      kind: 'writable-executable',
      mapping: '/dev/zero (deleted)',
    }),
    expect.objectContaining({ kind: 'anonymous-executable', address: '0x7f1000000000' }),
    expect.objectContaining({ kind: 'memfd-executable', mapping: '/memfd:x y (deleted)' }),
    expect.objectContaining({ kind: 'deleted-executable', sizeBytes: 4_096 }),
    expect.objectContaining({ kind: 'writable-executable', mapping: '[stack]' }),
  ]);
  expect(suspiciousRegions('')).toEqual([]);
  expect(suspiciousRegions('nonsense\n1-2 rwxp')).toEqual([]);
});

test('a process with endless kinds of regions is told in part', () => {
  const line = (index: number): string => `1000-2000 r-xp 00000000 00:05 1 /memfd:${index}\n`;
  const maps = Array.from({ length: 10_000 }, (_, index) => line(index)).join('');
  expect(suspiciousRegions(maps)).toHaveLength(64);
});

test.each([
  ['/opt/jdk/lib/server/libjvm.so', 'jvm'],
  ['/usr/bin/node', 'v8'],
  ['/usr/lib/firefox/libxul.so', 'spidermonkey'],
  ['/usr/bin/node (deleted)', 'v8'],
  ['/tmp/notnode', null],
  ['/usr/lib/libc.so.6', null],
])('%s is of %s', (path, runtime) => {
  expect(runtimeOf(`1000-2000 r-xp 00000000 08:02 1    ${path}\n`)).toBe(runtime);
});

test('modules are told with the doubts of the kernel', () => {
  const text = `\
nf_tables 303104 0 - Live 0xffffffffc0a00000
evil 16384 0 - Live 0xffffffffc0b00000 (OE)
cut off
`;
  expect(parseModules(text)).toEqual([
    { key: 'module nf_tables 303104', name: 'nf_tables', kind: 'module', detail: null, uid: null },
    { key: 'module evil 16384', name: 'evil', kind: 'module', detail: 'OE', uid: null },
  ]);
});

test('the file of a module is found among those of the kernel, or said to be unknown', () => {
  const rootPath = createMachine({
    'proc/sys/kernel/osrelease': '6.1.0-1\n',
    'lib/modules/6.1.0-1/modules.dep': 'kernel/net/nf-tables.ko.xz: kernel/a.ko\nkernel/b.ko:\n',
  });
  const folder = '/lib/modules/6.1.0-1/kernel';
  expect(moduleFile(rootPath, 'nf_tables')).toBe(`${folder}/net/nf-tables.ko.xz`);
  expect(moduleFile(rootPath, 'b')).toBe(`${folder}/b.ko`);
  expect(moduleFile(rootPath, 'evil')).toBeNull();
});
