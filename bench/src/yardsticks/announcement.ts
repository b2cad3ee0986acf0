import type { Server } from 'node:http';

/** Listens on any port of loopback and says which on standard output. */
export function announcePort(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    process.stdout.write(`${port}\n`);
  });
}
