import { createSocket } from 'node:dgram';
import { parseIp, type Clock } from '@wardgrid/base';
import type { Whereabouts } from './jobs/index.ts';
import { choosePrimary } from './network-view/index.ts';
import type { Platform } from './platform/platform.ts';

/** What looking around needs. */
export interface LookOptions {
  readonly platform: Pick<Platform, 'networkTables'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** RFC 863: a gateway that listens here throws the datagram away. */
const DISCARD_PORT = 9;
/** A gateway answers ARP in milliseconds, over a poor radio link in some hundred; then we do without. */
const ANSWER_MS = 500;
const LOOK_MS = 20;

/**
 * Where the device is now, with its gateway's hardware address. The kernel forgets that address after
 * a start, when its table is full and when a scan flushes it: then the network would look like
 * another one, so the kernel is made to ask. @throws when the tables cannot be read.
 */
export async function readWhereabouts(options: LookOptions): Promise<Whereabouts> {
  const { platform, clock, signal } = options;
  let found = look(platform);
  if (!isGatewayForgotten(found)) return found;
  nudge(found.view.gatewayIp ?? '');
  const untilMs = clock.monotonic() + ANSWER_MS;
  while (isGatewayForgotten(found) && clock.monotonic() < untilMs && !signal.aborted) {
    await clock.sleep(LOOK_MS, signal).catch(() => undefined);
    found = look(platform);
  }
  return found;
}

function look(platform: Pick<Platform, 'networkTables'>): Whereabouts {
  const tables = platform.networkTables();
  return { tables, view: choosePrimary(tables) };
}

function isGatewayForgotten({ view }: Whereabouts): boolean {
  const { gatewayIp, gatewayMac } = view;
  return gatewayIp !== null && gatewayMac === null && parseIp(gatewayIp)?.version === 4;
}

/** One byte to the gateway; whether it arrives does not matter, the kernel must ask who that is. */
function nudge(gatewayIp: string): void {
  const socket = createSocket('udp4');
  /* A datagram that cannot be sent is reported here, and to nobody else. */
  socket.send(Buffer.of(0), DISCARD_PORT, gatewayIp, () => void socket.close());
}
