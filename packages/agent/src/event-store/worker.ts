/* The thread that holds the events: SQLite waits for the disk here, and nobody else does. */
import { parentPort, workerData } from 'node:worker_threads';
import { openEventTable } from './event-table.ts';
import type { StoreAnswer, StoreOrder, StoreRequest } from './event-store.ts';

const { file } = workerData as StoreOrder;
const table = openEventTable(file);
const port = parentPort;

function answer({ id, ...request }: StoreRequest): StoreAnswer {
  switch (request.kind) {
    case 'add': {
      const kept = table.add(request.events);
      table.trim(request.nowMs, request.limits);
      return { id, kept, state: table.state(), events: [] };
    }
    case 'find':
      return { id, kept: 0, state: table.state(), events: table.find(request.query) };
    case 'close':
      table.close();
      return { id, kept: 0, state: { events: 0, sizeBytes: 0 }, events: [] };
  }
}

port?.on('message', (request: StoreRequest) => {
  port.postMessage(answer(request));
  if (request.kind === 'close') port.close();
});
