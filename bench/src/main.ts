import { parseArgs } from 'node:util';
import { messageOf } from '@wardgrid/base';
import { measureContention } from './contention.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';

type Loader = () => Promise<{ readonly bench: Bench }>;

/** The benches of `docs/performance.md`, loaded when asked for. */
const BENCHES: Readonly<Record<string, Loader>> = {
  exchange: () => import('./exchange.ts'),
  enrol: () => import('./enrol.ts'),
  fanout: () => import('./fanout.ts'),
  scan: () => import('./scan.ts'),
  detect: () => import('./detect.ts'),
  'scan-files': () => import('./scan-files.ts'),
  'console-list': () => import('./console-list.ts'),
  'first-load': () => import('./first-load.ts'),
  'agent-idle': () => import('./agent-idle.ts'),
  'exec-latency': () => import('./exec-latency.ts'),
  'on-access': () => import('./on-access.ts'),
  'sync-bulk': () => import('./sync-bulk.ts'),
  'sync-idle': () => import('./sync-idle.ts'),
  'sync-memory': () => import('./sync-memory.ts'),
  'sync-whole': () => import('./sync-whole.ts'),
};

const USAGE = `usage: npm run bench -- NAME [--json] [--quick]\nbenches: ${Object.keys(BENCHES).join(', ')}\n`;

/** Runs a bench; exit 0 when it was measured, whatever the value. */
export async function main(argv: readonly string[]): Promise<number> {
  const request = readRequest(argv);
  if (!request) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { bench } = await request.load();
  const figures = await measure(bench, request);
  for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`);
  return 0;
}

function readRequest(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
      allowPositionals: true,
    });
    const load = BENCHES[positionals[0] ?? ''];
    if (!load || positionals.length !== 1) return undefined;
    return { load, isJson: values.json === true, isQuick: values.quick === true };
  } catch (error) {
    process.stderr.write(`wardgrid bench: ${messageOf(error)}\n`);
    return undefined;
  }
}

async function measure(
  bench: Bench,
  request: { readonly isJson: boolean; readonly isQuick: boolean },
): Promise<readonly Figure[]> {
  const closers: (() => Promise<void> | void)[] = [];
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => stopping.abort(new Error('interrupted')));
  }
  const context: BenchContext = {
    isQuick: request.isQuick,
    say: (line) => void (request.isJson || process.stderr.write(`${line}\n`)),
    defer: (close) => void closers.push(close),
    signal: stopping.signal,
  };
  try {
    const before = measureContention();
    const figures = await bench.run(context);
    const given = {
      bench: bench.name,
      figure: 'contention',
      unit: 'wall s a CPU s',
      goal: '–',
    };
    return [...figures, figureOf(given, [before, measureContention()])];
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
