import type { NetworkInterfaceInfo } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choosePrimary, createKindOf, type LinkKind } from '../../network-view/index.ts';
import { parseDeviceNames, parseLessWanted, readNetworkTables } from './network-tables.ts';
import { parseArpTable, parseIpv6RouteTable, parseRouteTable } from './route-tables.ts';
import { createMachine } from './testdata/machine.ts';

const ROUTES = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlp3s0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
wlp3s0	0001A8C0	00000000	0001	0	0	600	00FFFFFF	0	0	0
*	0000FEA9	00000000	0200	0	0	0	0000FFFF	0	0	0
`;

const IPV6_ROUTES = `20010db8000100020000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000258 00000001 00000000 00000001   wlp3s0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000258 00000001 00000000 00000003   wlp3s0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000003 00000000 00000001   wlp3s0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         AA:BB:CC:DD:EE:01     *        wlp3s0
192.168.1.77     0x1         0x0         00:00:00:00:00:00     *        wlp3s0
172.17.0.2       0x1         0x2         02:42:ac:11:00:02     *        docker0
`;

describe('the tables of the kernel', () => {
  test('IPv4 routes are read in the byte order of the machine, rejected ones left out', () => {
    expect(parseRouteTable(ROUTES, 'LE')).toEqual([
      { destination: '0.0.0.0/0', gateway: '192.168.1.1', interfaceName: 'wlp3s0', metric: 600 },
      { destination: '172.17.0.0/16', gateway: null, interfaceName: 'docker0', metric: 0 },
      { destination: '192.168.1.0/24', gateway: null, interfaceName: 'wlp3s0', metric: 600 },
    ]);
    const big = 'head\neth0\t0A010200\t00000000\t0001\t0\t0\t5\tFFFFFF00\t0\t0\t0\n';
    expect(parseRouteTable(big, 'BE')[0]?.destination).toBe('10.1.2.0/24');
  });

  test('IPv6 routes are read without local, multicast and rejected ones', () => {
    expect(parseIpv6RouteTable(IPV6_ROUTES)).toEqual([
      {
        destination: '2001:db8:1:2::/64',
        gateway: null,
        interfaceName: 'wlp3s0',
        metric: 600,
      },
      { destination: '::/0', gateway: 'fe80::1', interfaceName: 'wlp3s0', metric: 600 },
    ]);
  });

  test('only neighbours that answered are known', () => {
    expect(parseArpTable(ARP)).toEqual([
      { ip: '192.168.1.1', macAddress: 'aa:bb:cc:dd:ee:01', interfaceName: 'wlp3s0' },
      { ip: '172.17.0.2', macAddress: '02:42:ac:11:00:02', interfaceName: 'docker0' },
    ]);
  });

  test('names of interfaces survive colons and never leave their folder', () => {
    const text = `Inter-|   Receive\n face |bytes\n    lo: 1 2\n  eth0:1: 3 4\n../../x: 5\n   ..: 6\n`;
    expect(parseDeviceNames(text)).toEqual(['lo', 'eth0:1']);
  });

  test('temporary and deprecated addresses are known by their flags', () => {
    const text = [
      '20010db8000100020000000000000005 02 40 00 80     eth0',
      '20010db8000100020000000000000006 02 40 00 01     eth0',
      '20010db8000100020000000000000007 02 40 00 20     eth0',
    ].join('\n');
    expect([...parseLessWanted(text)]).toEqual(['2001:db8:1:2::6', '2001:db8:1:2::7']);
  });

  test('no text makes a parser throw or give what is no address', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom(...ROUTES.split('\n'), ...ARP.split('\n')));
    const damaged = fc.array(line).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(damaged, (text) => {
        for (const route of [...parseRouteTable(text, 'LE'), ...parseIpv6RouteTable(text)]) {
          expect(route.destination).toMatch(/^[0-9a-f.:]+\/\d+$/);
        }
        parseArpTable(text);
        parseLessWanted(text);
        parseDeviceNames(text);
      }),
    );
  });
});

function info(cidr: string, mac: string): NetworkInterfaceInfo {
  const address = cidr.split('/')[0] ?? '';
  return { address, netmask: '', mac, cidr, family: 'IPv4', internal: cidr.startsWith('127.') };
}

/** The files of one interface; `entries` are names that only have to be there. */
function link(name: string, uevent: string, files: Record<string, string>): Record<string, string> {
  const all: Record<string, string> = {
    uevent,
    type: '1',
    flags: '0x1003',
    carrier: '1',
    ...files,
  };
  return Object.fromEntries(
    Object.entries(all).map(([file, content]) => [`sys/class/net/${name}/${file}`, content]),
  );
}

const NET_DEVICES = 'lo wlp3s0 docker0 veth1a wg0 tap0 eno1 bond0 bond0.5 team0 dummy0 sit0 mac0';

const LAPTOP = {
  'proc/net/route': ROUTES,
  'proc/net/ipv6_route': IPV6_ROUTES,
  'proc/net/arp': ARP,
  'proc/net/dev': `a\nb\n${NET_DEVICES.split(' ')
    .map((name) => `  ${name}: 0 0\n`)
    .join('')}`,
  ...link('lo', 'INTERFACE=lo\nIFINDEX=1\n', { type: '772' }),
  ...link('wlp3s0', 'DEVTYPE=wlan\nIFINDEX=3\n', {
    'device/vendor': '',
    phy80211: '',
    mtu: '1492',
  }),
  ...link('docker0', 'DEVTYPE=bridge\nIFINDEX=4\n', { 'bridge/stp': '', lower_veth1a: '' }),
  ...link('veth1a', 'IFINDEX=6\n', { iflink: '5', master: '-> ../../virtual/net/docker0' }),
  ...link('wg0', 'DEVTYPE=wireguard\nIFINDEX=7\n', { type: '65534' }),
  ...link('tap0', 'IFINDEX=8\n', { tun_flags: '0x1002' }),
  ...link('eno1', 'IFINDEX=9\n', {
    'device/vendor': '',
    master: '-> ../bond0',
    address: 'AA:00:00:00:00:09',
  }),
  ...link('bond0', 'DEVTYPE=bond\nIFINDEX=10\n', { lower_eno1: '' }),
  ...link('bond0.5', 'DEVTYPE=vlan\nIFINDEX=11\n', { lower_bond0: '', carrier: '0' }),
  ...link('team0', 'IFINDEX=12\n', { lower_eno1: '', iflink: '12' }),
  ...link('dummy0', 'IFINDEX=13\n', { iflink: '13' }),
  ...link('sit0', 'IFINDEX=14\n', { type: '776' }),
  ...link('mac0', 'IFINDEX=15\n', { lower_eno1: '', iflink: '9' }),
};

const ADDRESSES = {
  lo: [info('127.0.0.1/8', '00:00:00:00:00:00')],
  wlp3s0: [info('192.168.1.23/24', 'aa:00:00:00:00:03')],
  'wlp3s0:1': [info('192.168.1.24/24', 'aa:00:00:00:00:03')],
  docker0: [info('172.17.0.1/16', '02:42:00:00:00:04')],
  wg0: [info('10.8.0.2/24', '00:00:00:00:00:00')],
};

describe('the interfaces of a machine', () => {
  test('drivers are told apart by what sysfs shows of them', () => {
    const rootPath = createMachine(LAPTOP);
    const tables = readNetworkTables({ rootPath, isComplete: true, interfaces: () => ADDRESSES });
    const linkKinds = tables.interfaces.map((row) => [row.name, row.linkKind]);
    const expected: Record<string, LinkKind> = {
      lo: 'loopback',
      wlp3s0: 'hardware',
      docker0: 'bridge',
      veth1a: 'veth',
      wg0: 'tunnel',
      tap0: 'tunnel',
      eno1: 'hardware',
      bond0: 'bond',
      'bond0.5': 'vlan',
      team0: 'bond',
      dummy0: 'software',
      sit0: 'tunnel',
      mac0: 'macvlan',
    };
    expect(Object.fromEntries(linkKinds)).toEqual(expected);
    expect(Object.fromEntries(tables.interfaces.map((row) => [row.name, row.isUp]))).toMatchObject({
      eno1: true,
      'bond0.5': false,
    });
    const eno1 = tables.interfaces.find((row) => row.name === 'eno1');
    expect(eno1).toMatchObject({ masterName: 'bond0', macAddress: 'aa:00:00:00:00:09', index: 9 });
    const kindOf = createKindOf(tables);
    expect(
      tables.interfaces.filter((row) => kindOf(row) === 'physical').map((row) => row.name),
    ).toEqual(['wlp3s0', 'eno1', 'bond0', 'bond0.5', 'team0']);
  });

  test('the network view of a laptop comes out of its files', () => {
    const rootPath = createMachine(LAPTOP);
    const tables = readNetworkTables({ rootPath, isComplete: false, interfaces: () => ADDRESSES });
    expect(choosePrimary(tables)).toEqual({
      localIp: '192.168.1.23',
      primaryCidr: '192.168.1.0/24',
      interfaceName: 'wlp3s0',
      macAddress: 'aa:00:00:00:00:03',
      gatewayIp: '192.168.1.1',
      gatewayMac: 'aa:bb:cc:dd:ee:01',
    });
    const wifi = tables.interfaces.find((row) => row.name === 'wlp3s0');
    expect(wifi?.addresses.map((address) => address.ip)).toEqual(['192.168.1.23', '192.168.1.24']);
  });

  test('a machine that shows no files still gives what Node knows', () => {
    const rootPath = createMachine({});
    const tables = readNetworkTables({ rootPath, isComplete: true, interfaces: () => ADDRESSES });
    expect(choosePrimary(tables).localIp).toBe('192.168.1.23');
  });
});
