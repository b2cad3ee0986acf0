import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way over which a controller is reached, which can be cut. */
export interface Gate {
  readonly url: string;
  /** Where the way leads. */
  readonly leadTo: (url: string) => void;
  /** Nothing comes through any more; what is under way ends. */
  readonly cut: () => void;
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

/** Opens a way on loopback; it leads nowhere before it is told where. */
export async function openGate(): Promise<Gate> {
  const sockets = new Set<Socket>();
  let target: number | null = null;
  let isCut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    keep(near);
    if (isCut || target === null) {
      near.destroy();
      return;
    }
    const far = connect({ host: '127.0.0.1', port: target });
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo(url) {
      target = Number(new URL(url).port);
    },
    cut() {
      isCut = true;
      cutAll();
    },
    heal() {
      isCut = false;
    },
    async close() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
