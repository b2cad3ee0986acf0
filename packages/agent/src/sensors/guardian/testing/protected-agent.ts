/* An agent of file protection and its guardian alone, as a process that a test can stop and kill. */
import { silentLog } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { DEFAULT_PROTECTION } from '@wardgrid/wire';
import { createFileProtection } from '../../files/index.ts';
import { createGuardian } from '../index.ts';

const [mountPoint = '', folder = ''] = process.argv.slice(2);
const say = (what: object): void => {
  process.stdout.write(`${JSON.stringify(what)}\n`);
};

const protection = createFileProtection({
  clock: systemClock,
  log: silentLog,
  policy: { ...DEFAULT_PROTECTION, mode: 'strict' },
  content: {},
  scannerThread: new URL('../../files/testing/eicar-scanner-worker.ts', import.meta.url),
  mountPoints: [mountPoint],
  canaryFolders: [],
  onEvents: () => {},
  onVerdict: (file) => file.close(),
});
const guardian = createGuardian({
  clock: systemClock,
  log: silentLog,
  folder,
  onStarted: (pid) => say({ guardian: pid, isExempt: protection.exempt(pid) }),
  limits: { lookMs: 100, stallMs: 1_500 },
});
await protection.start();
say({ ready: true, loss: guardian.start() });

process.stdin.on('data', (bytes) => {
  if (bytes.toString() === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
process.on('SIGTERM', () => {
  guardian.stop();
  void protection.stop().then(() => process.exit(0));
});
