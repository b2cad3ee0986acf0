import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import type { ProtectionPolicy } from '@wardgrid/wire';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import type { FileScanner } from '../../protect/parts.ts';
import type { SignatureScanner } from '../../signatures/index.ts';
import { Examiner } from './examiner.ts';
import type { ScannerMessage } from './file-report.ts';
import { ScanLoop } from './scan-loop.ts';
import { ScanSigns } from './scan-signs.ts';
import { SCANNER_CELLS, SCANNER_INTS, type SharedState } from './shared-state.ts';

/** What a scanner thread is started with. */
export interface ScannerOrder {
  readonly state: SharedState;
  readonly group: number;
  readonly index: number;
  readonly policy: ProtectionPolicy;
  readonly content: unknown;
  readonly poison: ReadonlySet<string>;
}

/**
 * Makes the signature engines from their content; it may take its time, once. While they look at a file
 * they call `onStep` before each step with what it is expected to take: who says nothing for long is
 * believed to hang.
 */
type CreateFileScanner = (
  content: unknown,
  onStep: (expectedMs: number) => void,
) => ThreadScanner | Promise<ThreadScanner>;

/** The engines of a thread, which may tell how they are. */
type ThreadScanner = FileScanner &
  Partial<Pick<SignatureScanner, 'engines' | 'glance' | 'asksOthers'>>;

/** Works as a scanner thread until told to end. The module of the thread calls it, and does nothing else. */
export async function runScannerThread(createFileScanner: CreateFileScanner): Promise<void> {
  const port = parentPort;
  assert(port !== null, 'the file scanner runs as a worker thread');
  const order = workerData as ScannerOrder;
  const { state, group, index, policy, poison } = order;
  const signs = new ScanSigns(state, index);
  const scanner = await createFileScanner(order.content, (expectedMs) => signs.give(expectedMs));
  const calls = systemCalls();
  const examiner = new Examiner({
    calls,
    group,
    policy,
    scanner,
    poison,
    enter: (status) => signs.enter(status),
    now: systemClock.now,
  });
  const send = (message: ScannerMessage): void => port.postMessage(message);
  const noteOthers = (): void => {
    const at = index * SCANNER_INTS + SCANNER_CELLS.asksOthers;
    Atomics.store(state.scanners, at, scanner.asksOthers?.() === true ? 1 : 0);
  };
  noteOthers();
  const glance = scanner.glance?.() ?? null;
  send({ kind: 'engines', engines: scanner.engines?.() ?? [], glance });
  send({ kind: 'ready' });
  const onScanned = noteOthers;
  new ScanLoop({ calls, state, group, index, examiner, signs, send, onScanned }).run();
  scanner.close();
}
