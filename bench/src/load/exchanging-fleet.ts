import type { ExchangeResponse } from '@wardgrid/wire';
import {
  createExchangingDevice,
  firstExchange,
  type ExchangingDevice,
} from './exchange-request.ts';
import { jsonOf, sendAll, type EnrolledDevice } from './fleet.ts';
import {
  CONNECTIONS,
  requireNoFailure,
  runClosedLoop,
  runOpenLoop,
  type LoadRequest,
  type LoadResult,
} from './load.ts';
import type { Reply } from './connection.ts';

/** Devices that exchange with one server, each in its own turn. */
export interface ExchangingFleet {
  /** As fast as the server goes. */
  readonly flood: (durationMs: number) => Promise<LoadResult>;
  /** At a rate that does not wait for the server. */
  readonly drip: (
    durationMs: number,
    perSecond: number,
  ) => Promise<LoadResult & { readonly lagMaxMs: number; readonly skipped: number }>;
}

/** A fleet after its first exchange with the controller on `port`. */
export async function openFleet(
  port: number,
  devices: readonly EnrolledDevice[],
): Promise<ExchangingFleet> {
  const exchanging: ExchangingDevice[] = [];
  const first = devices.map((device) => ({
    bytes: firstExchange(device),
    settle(reply: Reply) {
      if (reply.status !== 200) return;
      const { receipt, settings } = jsonOf(reply) as ExchangeResponse;
      const payload = JSON.parse(settings?.payload ?? '{}') as { version?: number };
      const settingsVersion = payload.version ?? 0;
      exchanging.push(createExchangingDevice(device, { receipt, settingsVersion }));
    },
  }));
  requireNoFailure(await sendAll(port, first));
  return fleetOf(port, exchanging);
}

/** The same load for a server that knows no devices. */
export function openPlainFleet(port: number, devices: readonly EnrolledDevice[]): ExchangingFleet {
  const state = { receipt: 'AAAAAAAAAAAAAAAAAAAAAA', settingsVersion: 1 };
  return fleetOf(
    port,
    devices.map((device) => createExchangingDevice(device, state)),
  );
}

function fleetOf(port: number, devices: readonly ExchangingDevice[]): ExchangingFleet {
  const connections = Math.min(CONNECTIONS, devices.length);
  const turns = new Uint32Array(connections);
  let turn = 0;
  /** A device stays on its connection, so that its requests never overtake each other. */
  function nextOn(connection: number): LoadRequest | undefined {
    const own = Math.ceil((devices.length - connection) / connections);
    const index = connection + ((turns[connection] ?? 0) % own) * connections;
    turns[connection] = (turns[connection] ?? 0) + 1;
    return devices[index]?.take();
  }
  function nextIdle(): LoadRequest | undefined {
    const device = devices[turn % devices.length];
    turn += 1;
    return device?.isBusy() === false ? device.take() : undefined;
  }
  return {
    flood: (durationMs) => runClosedLoop({ port, connections, durationMs, next: nextOn }),
    drip: (durationMs, perSecond) =>
      runOpenLoop({ port, connections, durationMs, perSecond, next: nextIdle }),
  };
}
