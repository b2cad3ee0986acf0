import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { LIVE_LINK_PATH } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';
import { requireClaims } from '../routes.ts';
import type { DeviceClaims, DeviceTokens } from '../token.ts';
import type { LiveSocket } from './connection.ts';

/** Devices only listen: a longer message is an attack. */
const INBOUND_BYTES_MAX = 1_024;

/** Opens WebSockets (RFC 6455) for devices with a session; `accept` says whether there is room. */
export function mountUpgrade(
  platform: Platform,
  tokens: DeviceTokens,
  given: {
    readonly hasRoom: () => boolean;
    readonly accept: (socket: LiveSocket, claims: DeviceClaims) => void;
  },
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: INBOUND_BYTES_MAX,
    perMessageDeflate: false,
  });
  const { server } = platform.http.app;
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // A peer that goes away while it is refused is nobody's failure.
    stream.on('error', () => stream.destroy());
    if (request.url !== LIVE_LINK_PATH) {
      if (server.listenerCount('upgrade') === 1) refuse(stream, '404 Not Found');
      return;
    }
    const claims = claimsOf(tokens, request);
    if (!claims) refuse(stream, '401 Unauthorized');
    else if (!given.hasRoom()) refuse(stream, '503 Service Unavailable');
    else {
      sockets.handleUpgrade(request, stream, head, (socket) => given.accept(socket, claims));
    }
  });
}

function claimsOf(tokens: DeviceTokens, request: IncomingMessage): DeviceClaims | undefined {
  try {
    return requireClaims(tokens, request);
  } catch {
    return undefined;
  }
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
