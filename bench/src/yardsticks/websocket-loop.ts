/* The least that a fan-out can do: `ws` and one loop that sends the same text to every socket, when
   told by a POST whose body is the text. */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { announcePort } from './announcement.ts';

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString('utf8');
    for (const socket of sockets.clients) socket.send(text);
    response.end(String(sockets.clients.size));
  });
});
server.on('upgrade', (request, stream, head) => {
  sockets.handleUpgrade(request, stream, head, (socket) => {
    socket.on('error', () => socket.terminate());
  });
});
announcePort(server);
