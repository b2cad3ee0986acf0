import { expect, test } from 'vitest';
import { meaningful, parseCpu, readHardware } from './hardware.ts';
import { parseKeyValues } from './key-values.ts';
import { parseMounts } from './mounts.ts';
import { findFqdn, hashMachineId, readSystem } from './system.ts';
import { createMachine, createSource, NEVER } from './testdata/machine.ts';
import { readVirtualization } from './virtualization.ts';

const MACHINE_ID = '0123456789abcdef0123456789abcdef';

test('a system is read from its files, and its machine id never leaves it', () => {
  const system = readSystem(
    createSource({
      'etc/os-release': 'NAME="Ubuntu"\nVERSION_ID="24.04"\nPRETTY_NAME=\'x\'\n',
      'proc/sys/kernel/hostname': 'web1\n',
      'proc/sys/kernel/osrelease': '6.8.0-45-generic\n',
      'proc/sys/kernel/random/boot_id': 'c76fab56-4300-49c2-af0c-4b257f6f27ee\n',
      'proc/uptime': '1800.55 3000.00\n',
      'etc/hosts': '127.0.1.1 web1.example.org web1 # me\n',
      'etc/machine-id': `${MACHINE_ID}\n`,
      'etc/localtime': '-> /usr/share/zoneinfo/Europe/Vienna',
    }),
  );
  expect(system).toEqual({
    section: 'system',
    hostname: 'web1',
    fqdn: 'web1.example.org',
    osName: 'Ubuntu',
    osVersion: '24.04',
    osFamily: 'linux',
    kernel: '6.8.0-45-generic',
    architecture: process.arch,
    bootId: 'c76fab56-4300-49c2-af0c-4b257f6f27ee',
    machineIdHash: hashMachineId(MACHINE_ID),
    timeZone: 'Europe/Vienna',
    virtualization: null,
    uptimeSeconds: 1_800,
  });
  expect(JSON.stringify(system)).not.toContain(MACHINE_ID);
  expect(system.machineIdHash).toMatch(/^[0-9a-f]{64}$/);
});

test('an empty machine is still a system', () => {
  const system = readSystem(createSource({}));
  expect(system).toMatchObject({ osName: 'Linux', osVersion: '', uptimeSeconds: 0, fqdn: null });
});

test('the full name of a host comes from itself or its hosts file', () => {
  expect(findFqdn('a.example.org', '')).toBe('a.example.org');
  expect(findFqdn('a', '10.0.0.1 b.example.org b\n10.0.0.2 a a.example.org')).toBe('a.example.org');
  expect(findFqdn('a', '# 10.0.0.2 a.example.org a')).toBeNull();
  expect(findFqdn('localhost', '127.0.0.1 localhost.localdomain localhost')).toBeNull();
});

test('quoted values are unquoted, other lines left out', () => {
  const values = parseKeyValues('A="x \\"y\\""\nB=\n# C=1\nD E=2\n__proto__=z\n');
  expect([...values]).toEqual([
    ['A', 'x "y"'],
    ['B', ''],
    ['__proto__', 'z'],
  ]);
});

test('hypervisors and containers are known by their traces', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string | null])[] = [
    [{}, null],
    [{ 'proc/cpuinfo': 'flags\t\t: fpu vme hypervisor lahf\n' }, 'vm'],
    [{ 'sys/class/dmi/id/sys_vendor': 'QEMU\n' }, 'kvm'],
    [{ 'sys/class/dmi/id/product_name': 'VMware Virtual Platform\n' }, 'vmware'],
    [{ 'sys/class/dmi/id/product_name': 'Virtual Machine\n' }, 'hyperv'],
    [{ 'sys/class/dmi/id/sys_vendor': 'Amazon EC2' }, 'kvm'],
    [
      {
        'sys/class/dmi/id/sys_vendor': 'Amazon EC2',
        'sys/class/dmi/id/product_name': 'm7i.metal-24xl',
      },
      null,
    ],
    [{ 'sys/class/dmi/id/sys_vendor': 'Dell Inc.' }, null],
    [{ 'sys/hypervisor/type': 'xen' }, 'xen'],
    [{ '.dockerenv': '', 'sys/class/dmi/id/sys_vendor': 'QEMU' }, 'docker'],
    [{ 'run/.containerenv': '' }, 'podman'],
    [{ 'proc/1/environ': 'A=1\0container=lxc\0' }, 'lxc'],
    [{ 'run/systemd/container': 'Evil Engine; rm\n' }, null],
    [{ 'proc/1/cgroup': '0::/kubepods/burstable/pod1/abc\n' }, 'kubernetes'],
    [{ 'proc/sys/kernel/osrelease': '5.15.167.4-microsoft-standard-WSL2' }, 'wsl'],
  ];
  for (const [files, expected] of cases) {
    expect(readVirtualization(createMachine(files)), JSON.stringify(files)).toBe(expected);
  }
});

test('local file systems are listed once, at their shortest path, with escapes undone', () => {
  const text = `22 27 0:21 / /proc rw - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 254:0 /x /var/lib/bind rw - ext4 /dev/vda rw
41 27 8:17 / /mnt/my\\040disk rw master:2 - xfs /dev/sdb1 rw
42 27 0:55 / /mnt/share rw - nfs4 nas:/export rw
43 27 7:1 / /snap/core/1 ro - squashfs /dev/loop1 ro
nonsense
44 27 8:18 / - vfat
`;
  expect(parseMounts(text)).toEqual([
    { mountPoint: '/', device: '/dev/vda', type: 'ext4' },
    { mountPoint: '/mnt/my disk', device: '/dev/sdb1', type: 'xfs' },
  ]);
  expect(parseMounts('1 0 0:5 / / rw - overlay overlay rw')).toHaveLength(1);
});

test('hardware is read without what makers forgot to fill in', async () => {
  const hardware = await readHardware(
    createSource({
      'sys/class/dmi/id/sys_vendor': 'LENOVO\n',
      'sys/class/dmi/id/product_name': '20XW\n',
      'sys/class/dmi/id/product_serial': 'To be filled by O.E.M.\n',
      'proc/meminfo': 'MemTotal: 2048 kB\n',
      'proc/cpuinfo': 'processor\t: 0\nmodel name\t: Some CPU @ 3GHz\n\nprocessor\t: 1\n',
      'sys/block/sda/size': '1000\n',
      'sys/block/sda/device/model': 'FAST SSD\n',
      'sys/block/sda/queue/rotational': '0\n',
      'sys/block/sda/removable': '0\n',
      'sys/block/loop0/size': '8\n',
      'sys/block/sr0/size': '8\n',
      'sys/block/sr0/device/model': 'DVD\n',
      'sys/block/sdb/size': '0\n',
      'sys/block/sdb/device/model': 'Card reader\n',
    }),
    NEVER,
  );
  expect(hardware).toEqual({
    section: 'hardware',
    vendor: 'LENOVO',
    model: '20XW',
    serialNumber: null,
    biosVersion: null,
    cpuModel: 'Some CPU @ 3GHz',
    cpuCores: 2,
    memoryBytes: 2_097_152,
    disks: [
      {
        name: 'sda',
        model: 'FAST SSD',
        sizeBytes: 512_000,
        isRotational: false,
        isRemovable: false,
      },
    ],
    filesystems: [],
  });
  expect(meaningful('0000000')).toBeNull();
  expect(parseCpu('x'.repeat(100_000))).toEqual({ model: null, cores: 0 });
});
