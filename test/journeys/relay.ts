/* Carries bytes from a socket file, which every network namespace sees, to an address inside this one:
   `node relay.ts FILE HOST PORT`. So a test reaches what only its lab can reach. */
import { connect, createServer } from 'node:net';

const [file = '', host = '', port = ''] = process.argv.slice(2);

createServer((near) => {
  const far = connect({ host, port: Number(port) });
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
}).listen(file, () => process.stdout.write('ready\n'));
