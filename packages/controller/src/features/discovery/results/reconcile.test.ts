import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reconcile, type FoundHost, type KnownAsset, type KnownDevice } from './reconcile.ts';

let made = 0;
const newId = (): string => `new-${(made += 1)}`;

function host(given: Partial<FoundHost> = {}): FoundHost {
  return { ip: '10.0.0.5', mac: null, names: [], isSelf: false, ...given };
}

function asset(given: Partial<KnownAsset> = {}): KnownAsset {
  return {
    id: 'known',
    ip: '10.0.0.5',
    mac: null,
    name: null,
    names: [],
    deviceId: null,
    isIgnored: false,
    ...given,
  };
}

function device(given: Partial<KnownDevice> = {}): KnownDevice {
  return { id: 'device', hostname: 'desk', mac: null, ip: null, ...given };
}

function run(hosts: FoundHost[], assets: KnownAsset[] = [], devices: KnownDevice[] = []) {
  return reconcile({ hosts, assets, devices, scannerId: 'scanner', newId });
}

const MAC = '02:00:00:00:00:05';
const OTHER_MAC = '02:00:00:00:00:06';

test('a hardware address says more than an address', () => {
  const { seen, unseen } = run(
    [host({ ip: '10.0.0.9', mac: MAC }), host({ mac: OTHER_MAC })],
    [asset({ mac: MAC })],
  );
  expect(seen.map(({ id, ip, isNew }) => [id, ip, isNew])).toMatchObject([
    ['known', '10.0.0.9', false],
    [expect.stringMatching(/^new-/), '10.0.0.5', true],
  ]);
  expect(unseen).toEqual([]);
});

test('a machine with several addresses on one hardware address keeps one asset an address', () => {
  const hosts = [host({ ip: '10.0.0.5', mac: MAC }), host({ ip: '10.0.0.6', mac: MAC })];
  const first = run(hosts).seen;
  const again = run(hosts.toReversed(), [...first]).seen;
  expect(again.map(({ id, ip }) => [id, ip]).toSorted()).toEqual(
    first.map(({ id, ip }) => [id, ip]).toSorted(),
  );
});

test('address and name hold when the network card was changed; the address alone does not', () => {
  const known = [asset({ mac: MAC, names: ['Printer.local'] })];
  const named = run([host({ mac: OTHER_MAC, names: ['PRINTER'] })], known);
  expect(named.seen[0]).toMatchObject({ id: 'known', mac: OTHER_MAC });
  const other = run([host({ mac: OTHER_MAC, names: ['camera'] })], known);
  expect(other.seen[0]?.isNew).toBe(true);
  expect(other.unseen.map(({ id }) => id)).toEqual(['known']);
});

test('a host without hardware address is what was at its address, and keeps what was known', () => {
  const known = asset({ mac: MAC, name: 'printer', names: ['printer'], isIgnored: true });
  expect(run([host()], [known]).seen).toEqual([{ ...known, isNew: false }]);
});

test('the scanning device is managed, others by hardware address or by address and name', () => {
  const devices = [
    device({ id: 'scanner', hostname: 'scanner' }),
    device({ id: 'by-mac', mac: MAC }),
    device({ id: 'by-name', ip: '10.0.0.8' }),
  ];
  const { seen } = run(
    [
      host({ ip: '10.0.0.2', isSelf: true }),
      host({ ip: '10.0.0.7', mac: MAC }),
      host({ ip: '10.0.0.8', names: ['DESK.example.com'] }),
      host({ ip: '10.0.0.9', names: ['desk'] }),
    ],
    [],
    devices,
  );
  expect(seen.map(({ deviceId }) => deviceId)).toEqual(['scanner', 'by-mac', 'by-name', null]);
});

test('copies that share a hardware address are told apart by address, or not at all', () => {
  const devices = [device({ id: 'a', mac: MAC, ip: '10.0.0.7' }), device({ id: 'b', mac: MAC })];
  const { seen } = run(
    [host({ ip: '10.0.0.7', mac: MAC }), host({ ip: '10.0.0.8', mac: MAC })],
    [],
    devices,
  );
  expect(seen.map(({ deviceId }) => deviceId)).toEqual(['a', null]);
});

test('an asset stays its device until the device is gone', () => {
  const known = [asset({ mac: MAC, deviceId: 'device' })];
  expect(run([host({ mac: MAC })], known, [device()]).seen[0]?.deviceId).toBe('device');
  expect(run([host({ mac: MAC })], known).seen[0]?.deviceId).toBeNull();
});

test('every host is one asset, no asset is two hosts, and none is lost', () => {
  const ip = fc.integer({ min: 1, max: 6 }).map((number) => `10.0.0.${number}`);
  const mac = fc.constantFrom(null, MAC, OTHER_MAC, '02:00:00:00:00:07');
  const names = fc.subarray(['a', 'b', 'A.local']);
  const found = fc.uniqueArray(fc.record({ ip, mac, names, isSelf: fc.boolean() }), {
    selector: (each) => each.ip,
  });
  const known = fc.array(fc.record({ ip, mac, names }));
  fc.assert(
    fc.property(found, known, (hosts, rows) => {
      const assets = rows.map((row, index) => asset({ ...row, id: `known-${index}` }));
      const { seen, unseen } = run(hosts, assets);
      expect(seen.map((each) => each.ip)).toEqual(hosts.map((each) => each.ip));
      expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
      const kept = seen.filter(({ isNew }) => !isNew).map(({ id }) => id);
      expect([...kept, ...unseen.map(({ id }) => id)].toSorted()).toEqual(
        assets.map(({ id }) => id).toSorted(),
      );
    }),
  );
});
