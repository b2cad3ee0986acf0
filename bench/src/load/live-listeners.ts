/* Half a fleet of simulated agents on the live link, in a process of its own: opens connections when told
   and notes when the first awaited message came down each. Speaks with its parent by messages. */
import { openLiveSocket, type LiveSocket } from './live-socket.ts';
import { machineMs, type ListenerOrder, type ListenerReport } from './live-listener-messages.ts';

/** Connections opened at once: a listening socket's queue is short. */
const OPENING_MAX = 64;

const sockets: LiveSocket[] = [];
/** When each connection got its message, in the time of the whole machine; 0 not yet. */
let receivedAtMs = new Float64Array(0);
let missing = 0;
let awaited = Buffer.alloc(0);
let sizeBytes = 0;

process.on('message', (order: ListenerOrder) => {
  void handle(order).catch((error: unknown) => report({ kind: 'failed', reason: String(error) }));
});
process.on('disconnect', () => process.exit(0));

async function handle(order: ListenerOrder): Promise<void> {
  switch (order.kind) {
    case 'connect': {
      await connectAll(order);
      report({ kind: 'done' });
      return;
    }
    case 'await': {
      awaited = Buffer.from(order.opening);
      receivedAtMs = new Float64Array(sockets.length);
      missing = sockets.length;
      report({ kind: 'done' });
      return;
    }
    case 'disconnect': {
      for (const socket of sockets.splice(0)) socket.close();
      report({ kind: 'done' });
    }
  }
}

async function connectAll(order: Extract<ListenerOrder, { kind: 'connect' }>): Promise<void> {
  const waiting = [...order.authorizations];
  while (waiting.length > 0) {
    await Promise.all(waiting.splice(0, OPENING_MAX).map((each) => connectOne(order, each)));
  }
}

async function connectOne(
  { port, path }: Extract<ListenerOrder, { kind: 'connect' }>,
  authorization: string,
): Promise<void> {
  const place = { index: -1 };
  const socket = await openLiveSocket({ port, path, authorization }, (payload) =>
    note(place.index, payload),
  );
  place.index = sockets.push(socket) - 1;
}

function note(index: number, payload: Buffer): void {
  if (missing === 0 || receivedAtMs[index] !== 0) return;
  if (payload.compare(awaited, 0, awaited.length, 0, awaited.length) !== 0) return;
  receivedAtMs[index] = machineMs();
  sizeBytes = payload.length;
  missing -= 1;
  if (missing === 0) report({ kind: 'received', atMs: [...receivedAtMs], sizeBytes });
}

function report(message: ListenerReport): void {
  process.send?.(message);
}
