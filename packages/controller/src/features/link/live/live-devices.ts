import type { LiveDevices } from '../../jobs/index.ts';
import { sendOrders, type Connection } from './connection.ts';

/** The short way of new orders: from the commit that made them to their connections. */
export function createLiveDevices(
  id: string,
  connections: ReadonlyMap<string, Connection>,
): LiveDevices {
  return {
    id,
    holds: (deviceId) => connections.get(deviceId)?.isCaughtUp === true,
    hand(orders) {
      for (const { deviceId, sequence, envelope } of orders) {
        const connection = connections.get(deviceId);
        if (connection) sendOrders(connection, { envelopes: [envelope], lastSequence: sequence });
      }
    },
  };
}
