import { containsIp, parseCidr } from '@wardgrid/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  choosePrimary,
  createKindOf,
  NO_NETWORK,
  type InterfaceRow,
  type InterfaceTables,
  type LinkKind,
  type RouteRow,
} from './index.ts';

interface RowOptions {
  readonly addresses?: string;
  readonly master?: string;
  readonly lower?: string;
  readonly isUp?: boolean;
}

/** Interfaces are numbered in the order of the table, from one. */
function row(name: string, linkKind: LinkKind, options: RowOptions = {}): InterfaceRow {
  return {
    name,
    index: 0,
    macAddress: linkKind === 'tunnel' ? null : '02:00:00:00:00:01',
    mtu: 1500,
    isUp: options.isUp ?? true,
    linkKind,
    masterName: options.master ?? null,
    lowerNames: options.lower?.split(' ') ?? [],
    addresses: (options.addresses?.split(' ') ?? []).map((text) => {
      const [ip = '', prefix] = text.split('/');
      return { ip, prefix: Number(prefix) };
    }),
  };
}

/** A route as `ip route` prints it: `default via 10.0.0.1 dev eth0 metric 100`. */
function route(text: string): RouteRow {
  const words = text.split(' ');
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  const isVersion6 = text.includes(':');
  const [first = ''] = words;
  const everywhere = isVersion6 ? '::/0' : '0.0.0.0/0';
  return {
    destination: first === 'default' ? everywhere : first,
    gateway: after('via') ?? null,
    interfaceName: after('dev') ?? '',
    metric: Number(after('metric') ?? 0),
  };
}

function tables(
  interfaces: readonly InterfaceRow[],
  routes: readonly string[] = [],
  neighbours: InterfaceTables['neighbours'] = [],
): InterfaceTables {
  const lo = row('lo', 'loopback', { addresses: '127.0.0.1/8 ::1/128' });
  return {
    interfaces: [lo, ...interfaces].map((entry, position) => ({ ...entry, index: position + 1 })),
    routes: routes.map(route),
    neighbours,
  };
}

/** What matters of the answer in one line: interface, address, network, gateway. */
function answer(...input: Parameters<typeof tables>): string {
  const view = choosePrimary(tables(...input));
  return [view.interfaceName, view.localIp, view.primaryCidr, view.gatewayIp].join(' ');
}

const WIFI = row('wlp3s0', 'hardware', { addresses: '192.168.1.23/24' });
const DOCKER = row('docker0', 'bridge', { addresses: '172.17.0.1/16', lower: 'veth1a2b3c4' });
const DOCKER_LINK = row('veth1a2b3c4', 'veth', { master: 'docker0' });
const WIREGUARD = row('wg0', 'tunnel', { addresses: '10.8.0.2/24' });
const WIFI_ANSWER = 'wlp3s0 192.168.1.23 192.168.1.0/24 192.168.1.1';
const NOTHING = '   ';

describe('the local network of a real machine', () => {
  test('a server with one card', () => {
    const eth0 = row('eth0', 'hardware', { addresses: '10.1.2.3/24' });
    const view = choosePrimary(
      tables(
        [eth0],
        ['default via 10.1.2.1 dev eth0 metric 100'],
        [{ ip: '10.1.2.1', macAddress: '02:00:00:00:00:fe', interfaceName: 'eth0' }],
      ),
    );
    expect(view).toEqual({
      localIp: '10.1.2.3',
      primaryCidr: '10.1.2.0/24',
      interfaceName: 'eth0',
      macAddress: '02:00:00:00:00:01',
      gatewayIp: '10.1.2.1',
      gatewayMac: '02:00:00:00:00:fe',
    });
  });

  test('a neighbour with the same address on another link is not the gateway', () => {
    const eth0 = row('eth0', 'hardware', { addresses: '10.1.2.3/24' });
    const stranger = { ip: '10.1.2.1', macAddress: '02:00:00:00:00:fe', interfaceName: 'docker0' };
    const view = choosePrimary(tables([eth0], ['default via 10.1.2.1 dev eth0'], [stranger]));
    expect(view.gatewayMac).toBeNull();
  });

  test('a laptop with wireless, containers and a split tunnel', () => {
    const routes = [
      'default via 192.168.1.1 dev wlp3s0 metric 600',
      '10.8.0.0/24 dev wg0',
      '172.17.0.0/16 dev docker0',
    ];
    expect(answer([DOCKER, DOCKER_LINK, WIREGUARD, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('a full tunnel that wrote two halves does not hide the local network', () => {
    const tunnel = row('tun0', 'tunnel', { addresses: '10.9.0.6/24' });
    const routes = [
      '0.0.0.0/1 via 10.9.0.5 dev tun0',
      '128.0.0.0/1 via 10.9.0.5 dev tun0',
      'default via 192.168.1.1 dev wlp3s0 metric 600',
    ];
    expect(answer([tunnel, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('a full tunnel that took the default route leaves the gateway to be found', () => {
    const tunnel = row('tun0', 'tunnel', { addresses: '10.9.0.6/24' });
    const routes = [
      'default via 10.9.0.5 dev tun0',
      '203.0.113.9/32 via 192.168.1.1 dev wlp3s0',
      '192.168.1.0/24 dev wlp3s0 metric 600',
    ];
    expect(answer([tunnel, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('a full tunnel beside two networks: the one whose gateway carries it', () => {
    const lab = row('eth9', 'hardware', { addresses: '10.77.0.5/24' });
    const routes = [
      'default dev wg0',
      '10.77.0.0/24 dev eth9',
      '203.0.113.9/32 via 192.168.1.1 dev wlp3s0',
    ];
    expect(answer([lab, WIFI, WIREGUARD], routes)).toBe(WIFI_ANSWER);
  });

  test('VPN clients of every make are passed by', () => {
    for (const name of [
      'tailscale0',
      'ztabcdef12',
      'nordlynx',
      'utun3',
      'ppp0',
      'ipsec0',
      'gpd0',
    ]) {
      const vpn = row(name, 'unknown', { addresses: '100.90.1.2/24' });
      const routes = [`default dev ${name}`, 'default via 192.168.1.1 dev wlp3s0 metric 600'];
      expect(answer([vpn, WIFI], routes), name).toBe(WIFI_ANSWER);
    }
  });

  test('a tunnel under a harmless name is known by its driver', () => {
    const vpn = row('office', 'tunnel', { addresses: '10.8.0.2/24' });
    const routes = ['default dev office', 'default via 192.168.1.1 dev wlp3s0 metric 600'];
    expect(answer([vpn, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('a hypervisor whose bridge owns the card', () => {
    const rows = [
      row('eno1', 'hardware', { master: 'br0' }),
      row('br0', 'bridge', { addresses: '10.0.5.10/24', lower: 'eno1 vnet0' }),
      row('vnet0', 'tunnel', { master: 'br0' }),
      row('virbr0', 'bridge', { addresses: '192.168.122.1/24' }),
    ];
    expect(answer(rows, ['default via 10.0.5.1 dev br0'])).toBe(
      'br0 10.0.5.10 10.0.5.0/24 10.0.5.1',
    );
  });

  test('a bridge over a card counts even under a name that Docker would give', () => {
    const rows = [
      row('enp1s0', 'hardware', { master: 'br-lan' }),
      row('br-lan', 'bridge', { addresses: '10.0.6.1/24', lower: 'enp1s0' }),
    ];
    expect(answer(rows)).toBe('br-lan 10.0.6.1 10.0.6.0/24 ');
  });

  test('an Open vSwitch bridge over a card', () => {
    const rows = [
      row('enp1s0', 'hardware', { master: 'ovs-system' }),
      row('ovs-system', 'software', { isUp: false }),
      row('br-ex', 'software', { addresses: '10.0.7.4/24' }),
    ];
    const routes = ['default via 10.0.7.1 dev br-ex'];
    expect(answer(rows, routes)).toBe('br-ex 10.0.7.4 10.0.7.0/24 10.0.7.1');
  });

  test('a Kubernetes node with an overlay and pods', () => {
    const rows = [
      row('ens5', 'hardware', { addresses: '10.240.0.4/20' }),
      row('flannel.1', 'overlay', { addresses: '10.244.1.0/32' }),
      row('cni0', 'bridge', { addresses: '10.244.1.1/24', lower: 'veth8' }),
      row('veth8', 'veth', { master: 'cni0' }),
      row('cali0ab', 'veth', { addresses: '169.254.1.1/32' }),
      row('kube-ipvs0', 'software', { addresses: '10.96.0.1/32 10.96.0.10/32' }),
      row('nodelocaldns', 'software', { addresses: '169.254.20.10/32' }),
    ];
    const routes = ['default via 10.240.0.1 dev ens5 metric 100', '10.244.1.0/24 dev cni0'];
    expect(answer(rows, routes)).toBe('ens5 10.240.0.4 10.240.0.0/20 10.240.0.1');
  });

  test('a VLAN on a bond of two cards', () => {
    const rows = [
      row('eno1', 'hardware', { master: 'bond0' }),
      row('eno2', 'hardware', { master: 'bond0' }),
      row('bond0', 'bond', { lower: 'eno1 eno2' }),
      row('bond0.42', 'vlan', { addresses: '10.42.0.9/22', lower: 'bond0' }),
    ];
    const routes = ['default via 10.42.0.1 dev bond0.42 metric 400'];
    expect(answer(rows, routes)).toBe('bond0.42 10.42.0.9 10.42.0.0/22 10.42.0.1');
  });

  test('a member of a bond is never asked, whatever address it kept', () => {
    const rows = [
      row('eno1', 'hardware', { master: 'bond0', addresses: '10.1.1.1/24' }),
      row('bond0', 'bond', { lower: 'eno1', addresses: '10.2.2.2/24' }),
    ];
    const routes = ['default via 10.1.1.254 dev eno1', 'default via 10.2.2.254 dev bond0 metric 5'];
    expect(answer(rows, routes)).toBe('bond0 10.2.2.2 10.2.2.0/24 10.2.2.254');
  });

  test('a VLAN on a container bridge is no local network', () => {
    const vlan = row('docker0.5', 'vlan', { addresses: '10.5.0.1/24', lower: 'docker0' });
    const routes = ['default dev docker0.5', 'default via 192.168.1.1 dev wlp3s0 metric 600'];
    expect(answer([DOCKER, vlan, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('a cloud machine with a host address and a gateway on the link', () => {
    const rows = [row('ens4', 'hardware', { addresses: '10.128.0.2/32' })];
    const routes = ['default via 10.128.0.1 dev ens4 metric 100', '10.128.0.1/32 dev ens4'];
    expect(answer(rows, routes)).toBe('ens4 10.128.0.2  10.128.0.1');
    expect(answer(rows, [...routes, '10.128.0.0/20 dev ens4', '10.0.0.0/8 dev ens4'])).toBe(
      'ens4 10.128.0.2 10.128.0.0/20 10.128.0.1',
    );
  });

  test('a floating service address does not speak for its host', () => {
    const rows = [row('eth0', 'hardware', { addresses: '10.3.0.100/32 10.3.0.7/24' })];
    expect(answer(rows, ['default via 10.3.0.1 dev eth0'])).toBe(
      'eth0 10.3.0.7 10.3.0.0/24 10.3.0.1',
    );
  });

  test('of two networks on one link the gateway decides', () => {
    const rows = [row('eth0', 'hardware', { addresses: '10.3.0.7/24 192.168.9.7/24' })];
    const routes = ['default via 192.168.9.1 dev eth0'];
    expect(answer(rows, routes)).toBe('eth0 192.168.9.7 192.168.9.0/24 192.168.9.1');
  });

  test('two default routes: the lower metric, then the older interface', () => {
    const cable = row('enp0s31f6', 'hardware', { addresses: '10.20.0.8/24' });
    const wifi = 'default via 192.168.1.1 dev wlp3s0 metric';
    const routes = ['default via 10.20.0.1 dev enp0s31f6 metric 100', `${wifi} 600`];
    expect(answer([WIFI, cable], routes)).toBe('enp0s31f6 10.20.0.8 10.20.0.0/24 10.20.0.1');
    expect(answer([WIFI, cable], [routes[0] ?? '', `${wifi} 100`])).toBe(WIFI_ANSWER);
  });

  test('an unplugged cable with the better metric does not count', () => {
    const cable = row('enp0s31f6', 'hardware', { addresses: '10.20.0.8/24', isUp: false });
    const routes = [
      'default via 10.20.0.1 dev enp0s31f6 metric 100',
      'default via 192.168.1.1 dev wlp3s0 metric 600',
    ];
    expect(answer([cable, WIFI], routes)).toBe(WIFI_ANSWER);
  });

  test('several cards and one way out', () => {
    const rows = [
      row('eth0', 'hardware', { addresses: '10.10.0.2/24' }),
      row('eth1', 'hardware', { addresses: '10.11.0.2/24' }),
      row('eth2', 'hardware', { addresses: '198.51.100.2/24' }),
    ];
    const routes = ['10.10.0.0/24 dev eth0', 'default via 198.51.100.1 dev eth2'];
    expect(answer(rows, routes)).toBe('eth2 198.51.100.2 198.51.100.0/24 198.51.100.1');
  });

  test('an isolated network without a way out', () => {
    const rows = [DOCKER, row('eth0', 'hardware', { addresses: '172.20.1.5/16' })];
    expect(answer(rows, ['172.20.0.0/16 dev eth0'])).toBe('eth0 172.20.1.5 172.20.0.0/16 ');
  });

  test('without a way out a private network goes before a public one, then metric and age', () => {
    const rows = [
      row('eth0', 'hardware', { addresses: '198.51.100.2/24' }),
      row('eth1', 'hardware', { addresses: '10.11.0.2/24' }),
      row('eth2', 'hardware', { addresses: '10.12.0.2/24' }),
    ];
    expect(answer(rows)).toBe('eth1 10.11.0.2 10.11.0.0/24 ');
    const routes = ['10.11.0.0/24 dev eth1 metric 9', '10.12.0.0/24 dev eth2 metric 3'];
    expect(answer(rows, routes)).toBe('eth2 10.12.0.2 10.12.0.0/24 ');
  });

  test('a machine that got no address has no network', () => {
    const rows = [row('eth0', 'hardware', { addresses: '169.254.7.8/16 fe80::1/64' }), DOCKER];
    expect(answer(rows, ['169.254.0.0/16 dev eth0'])).toBe(NOTHING);
    expect(choosePrimary(tables([]))).toEqual(NO_NETWORK);
  });

  test('a tethered phone and a modem card are cards like others', () => {
    for (const name of ['usb0', 'wwan0', 'enx02aabbccddee']) {
      const card = row(name, 'hardware', { addresses: '192.168.42.10/24' });
      const routes = [`default via 192.168.42.129 dev ${name}`];
      expect(answer([card], routes)).toBe(`${name} 192.168.42.10 192.168.42.0/24 192.168.42.129`);
    }
  });

  test('a link of two addresses is a network', () => {
    const rows = [row('eth0', 'hardware', { addresses: '10.0.0.0/31' })];
    expect(answer(rows, ['default via 10.0.0.1 dev eth0'])).toBe(
      'eth0 10.0.0.0 10.0.0.0/31 10.0.0.1',
    );
  });

  test('a host with IPv6 alone', () => {
    const rows = [row('eth0', 'hardware', { addresses: 'fe80::5/64 2001:db8:1:2::5/64' })];
    const routes = ['default via fe80::1 dev eth0 metric 1024'];
    expect(answer(rows, routes)).toBe('eth0 2001:db8:1:2::5 2001:db8:1:2::/64 fe80::1');
  });

  test('an IPv6 host address tells no network unless a route does', () => {
    const rows = [row('eth0', 'hardware', { addresses: '2001:db8:1:2::5/128' })];
    const routes = ['default via fe80::1 dev eth0', '2000::/3 dev eth0'];
    expect(answer(rows, routes)).toBe('eth0 2001:db8:1:2::5  fe80::1');
    expect(answer(rows, [...routes, '2001:db8:1:2::/64 dev eth0'])).toBe(
      'eth0 2001:db8:1:2::5 2001:db8:1:2::/64 fe80::1',
    );
  });

  test('IPv4 goes before IPv6', () => {
    const rows = [
      row('eth0', 'hardware', { addresses: '2001:db8:1:2::5/64' }),
      row('eth1', 'hardware', { addresses: '10.4.0.2/24' }),
    ];
    const routes = ['default via fe80::1 dev eth0', 'default via 10.4.0.1 dev eth1 metric 900'];
    expect(answer(rows, routes)).toBe('eth1 10.4.0.2 10.4.0.0/24 10.4.0.1');
  });
});

describe('the network of a container or namespace', () => {
  test('the veth of a container is its card', () => {
    const rows = [row('eth0', 'veth', { addresses: '172.17.0.2/16' })];
    const routes = ['default via 172.17.0.1 dev eth0', '172.17.0.0/16 dev eth0'];
    expect(answer(rows, routes)).toBe('eth0 172.17.0.2 172.17.0.0/16 172.17.0.1');
  });

  test('a namespace with nothing but a veth and no route', () => {
    for (const linkKind of ['veth', 'unknown'] as const) {
      const rows = [row('veth1', linkKind, { addresses: '10.99.0.2/24' })];
      expect(answer(rows, ['10.99.0.0/24 dev veth1'])).toBe('veth1 10.99.0.2 10.99.0.0/24 ');
    }
  });

  test('containers inside a container do not hide its veth', () => {
    const rows = [DOCKER, DOCKER_LINK, row('eth0', 'veth', { addresses: '172.18.0.2/16' })];
    const routes = ['default via 172.18.0.1 dev eth0', '172.17.0.0/16 dev docker0'];
    expect(answer(rows, routes)).toBe('eth0 172.18.0.2 172.18.0.0/16 172.18.0.1');
  });

  test('a bridge of a namespace that joins only veths is its network', () => {
    const rows = [
      row('br0', 'bridge', { addresses: '10.50.0.1/24', lower: 'veth2' }),
      row('veth2', 'veth', { master: 'br0' }),
    ];
    expect(answer(rows)).toBe('br0 10.50.0.1 10.50.0.0/24 ');
  });

  test('two veths without a route leave nothing to choose by', () => {
    const rows = [
      row('veth1', 'veth', { addresses: '10.99.0.2/24' }),
      row('veth2', 'veth', { addresses: '10.98.0.2/24' }),
    ];
    expect(answer(rows)).toBe(NOTHING);
    expect(answer(rows, ['default via 10.98.0.1 dev veth2'])).toBe(
      'veth2 10.98.0.2 10.98.0.0/24 10.98.0.1',
    );
  });

  test('with the card unplugged, the host end of a container link is no network', () => {
    const rows = [
      row('eth0', 'hardware', { isUp: false }),
      row('veth9', 'veth', { addresses: '10.200.1.1/24' }),
    ];
    expect(answer(rows, ['10.200.1.0/24 dev veth9'])).toBe(NOTHING);
  });
});

describe('for any tables', () => {
  const names = fc.constantFrom(
    ...'eth0 eth1 wlan0 br0 docker0 veth0 wg0 tun0 cni0 bond0 virbr0 dummy0 eth0.5'.split(' '),
  );
  const linkKinds = fc.constantFrom<LinkKind>(
    ...(['hardware', 'hardware', 'bridge', 'bond', 'vlan', 'macvlan'] as const),
    ...(['veth', 'tunnel', 'overlay', 'software', 'unknown'] as const),
  );
  const address = fc.oneof(
    fc.constantFrom({ ip: '10.1.2.3', prefix: 24 }, { ip: '192.168.1.9', prefix: 16 }),
    fc.record({ ip: fc.ipV4(), prefix: fc.integer({ min: 0, max: 32 }) }),
    fc.record({ ip: fc.ipV6(), prefix: fc.integer({ min: 0, max: 128 }) }),
  );
  const interfaceRow: fc.Arbitrary<InterfaceRow> = fc.record({
    name: names,
    index: fc.integer({ min: 1, max: 99 }),
    macAddress: fc.constantFrom(null, '02:00:00:00:00:09'),
    mtu: fc.constant(1500),
    isUp: fc.boolean(),
    linkKind: linkKinds,
    masterName: fc.oneof(fc.constant(null), fc.constant(null), names),
    lowerNames: fc.array(names, { maxLength: 3 }),
    addresses: fc.array(address, { maxLength: 3 }),
  });
  const anyTables: fc.Arbitrary<InterfaceTables> = fc.record({
    interfaces: fc.uniqueArray(interfaceRow, {
      selector: (entry) => entry.name,
      minLength: 2,
      maxLength: 8,
    }),
    routes: fc.array(
      fc.record({
        destination: fc.constantFrom('0.0.0.0/0', '::/0', '0.0.0.0/1', '10.0.0.0/8', 'nonsense'),
        gateway: fc.option(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())),
        interfaceName: names,
        metric: fc.nat(),
      }),
      { maxLength: 8 },
    ),
    neighbours: fc.constant([]),
  });

  test('an ignored interface never speaks while a physical one is up', () => {
    let spokenCount = 0;
    fc.assert(
      fc.property(anyTables, (input) => {
        const view = choosePrimary(input);
        const kindOf = createKindOf(input);
        const isMember = (entry: InterfaceRow): boolean => entry.masterName !== null;
        const hasPhysical = input.interfaces.some(
          (entry) => entry.isUp && kindOf(entry) === 'physical' && !isMember(entry),
        );
        const speaker = input.interfaces.find((entry) => entry.name === view.interfaceName);
        if (!hasPhysical || !speaker) return;
        spokenCount += 1;
        expect(kindOf(speaker)).toBe('physical');
      }),
      { numRuns: 2_000 },
    );
    expect(spokenCount).toBeGreaterThan(100);
  });

  test('the network contains the address, which its interface has', () => {
    fc.assert(
      fc.property(anyTables, (input) => {
        const view = choosePrimary(input);
        if (view.localIp === null) {
          expect(view).toEqual(NO_NETWORK);
          return;
        }
        const speaker = input.interfaces.find((entry) => entry.name === view.interfaceName);
        expect(speaker?.isUp).toBe(true);
        expect(speaker?.addresses.some(({ ip }) => ip === view.localIp)).toBe(true);
        const cidr = view.primaryCidr === null ? undefined : parseCidr(view.primaryCidr);
        if (view.primaryCidr !== null) {
          expect(cidr && containsIp(cidr, view.localIp)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('the order of the tables does not matter when metrics and numbers differ', () => {
    const distinct = anyTables.map((input) => ({
      ...input,
      interfaces: input.interfaces.map((entry, index) => ({ ...entry, index })),
      routes: input.routes.map((entry, metric) => ({ ...entry, metric })),
    }));
    fc.assert(
      fc.property(distinct, (input) => {
        const reversed = {
          interfaces: input.interfaces.toReversed(),
          routes: input.routes.toReversed(),
          neighbours: [],
        };
        expect(choosePrimary(reversed).localIp).toBe(choosePrimary(input).localIp);
      }),
    );
  });
});
