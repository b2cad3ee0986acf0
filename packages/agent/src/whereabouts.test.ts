import { expect, test } from 'vitest';
import { systemClock as clock } from '@wardgrid/base/system';
import type { InterfaceTables } from './network-view/index.ts';
import { readWhereabouts } from './whereabouts.ts';

/** A gateway that is this machine: what is sent to it leaves no trace. */
const GATEWAY = '127.0.0.1';
const MAC = '02:00:00:00:00:fe';

function tablesOf(gateway: string | null, neighbourMac: string | null): InterfaceTables {
  const network = { index: 1, mtu: 1500, isUp: true, masterName: null, lowerNames: [] };
  const eth0 = { ...network, name: 'eth0', linkKind: 'hardware', macAddress: '02:00:00:00:00:01' };
  return {
    interfaces: [{ ...eth0, linkKind: 'hardware', addresses: [{ ip: '10.4.0.9', prefix: 24 }] }],
    routes: [{ destination: '0.0.0.0/0', gateway, interfaceName: 'eth0', metric: 0 }],
    neighbours:
      gateway === null || neighbourMac === null
        ? []
        : [{ ip: gateway, macAddress: neighbourMac, interfaceName: 'eth0' }],
  };
}

/** Looks, with tables that know the gateway from the given look on. */
async function lookWith(gateway: string | null, knownFrom: number) {
  let looks = 0;
  const networkTables = (): InterfaceTables => {
    looks += 1;
    return tablesOf(gateway, looks >= knownFrom ? MAC : null);
  };
  const { signal } = new AbortController();
  const { view } = await readWhereabouts({ platform: { networkTables }, clock, signal });
  return { view, looks };
}

test('a gateway that the kernel knows is taken at the first look', async () => {
  expect(await lookWith(GATEWAY, 1)).toMatchObject({ looks: 1, view: { gatewayMac: MAC } });
});

test('a gateway that the kernel has forgotten is asked for before the network is told', async () => {
  expect(await lookWith(GATEWAY, 3)).toMatchObject({ looks: 3, view: { gatewayMac: MAC } });
});

test('a network without a gateway, or with a silent one, is told as it is', async () => {
  expect(await lookWith(null, 1)).toMatchObject({ looks: 1, view: { gatewayMac: null } });
  const { view } = await lookWith(GATEWAY, Number.POSITIVE_INFINITY);
  expect(view).toMatchObject({ gatewayIp: GATEWAY, gatewayMac: null, localIp: '10.4.0.9' });
});
