import { connect } from 'node:net';
import type { Clock } from '@wardgrid/base';
import { ipv4Text } from '../address.ts';
import { napUnlessStopped } from '../control.ts';
import { createPace } from '../pace.ts';
import type { SweepCounts, SweepEvents, SweepPlan } from './plan.ts';
import { createSchedule, type Outcome, type Timing } from './schedule.ts';

/** More sockets at once only lengthen Node's event loop turns. */
const WORKERS_MAX = 512;

/** One retry, as in the native engine. */
const ATTEMPTS_MAX = 2;

/** How long a worker rests when every host's window is full or the pace is used up. */
const REST_MS = 2;

/** Runs the plan with `node:net` in this thread: where system calls cannot be made directly. */
export async function sweepPortably(
  plan: SweepPlan,
  control: { readonly signal: AbortSignal; readonly clock: Clock },
  events: SweepEvents,
): Promise<SweepCounts> {
  const { clock, signal } = control;
  const schedule = createSchedule(plan);
  const pace = createPace(plan.packetsPerSecond, clock.monotonic());
  const isSettled = new Uint8Array(plan.hosts.length);
  const tally = { done: 0, open: 0, closed: 0, filtered: 0 };

  async function attemptPort(hostIndex: number, port: number): Promise<void> {
    const host = plan.hosts[hostIndex] ?? 0;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const beganMs = clock.monotonic();
      const timeoutMs = schedule.timeoutMs(hostIndex);
      const outcome = await connectOnce({ host: ipv4Text(host), port, timeoutMs, clock, signal });
      if (signal.aborted) return;
      if (outcome === 'silent' && attempt < ATTEMPTS_MAX && isSettled[hostIndex] === 0) continue;
      settle(hostIndex, port, { outcome, attempt, rttMs: clock.monotonic() - beganMs });
      return;
    }
  }

  function settle(
    hostIndex: number,
    port: number,
    { outcome, ...timing }: Timing & { readonly outcome: Outcome },
  ): void {
    schedule.settle(hostIndex, outcome, timing);
    count(outcome);
    const isOpen = outcome === 'open';
    const isLife = plan.mode === 'life' && isSettled[hostIndex] === 0;
    if (isOpen ? isLife || plan.mode === 'ports' : isLife && outcome === 'refused') {
      events.onAnswer({ host: plan.hosts[hostIndex] ?? 0, port, isOpen, rttMs: timing.rttMs });
    }
    if (plan.mode === 'life' && outcome !== 'silent') settleHost(hostIndex);
  }

  function settleHost(hostIndex: number): void {
    if (isSettled[hostIndex] === 1) return;
    isSettled[hostIndex] = 1;
    tally.done += schedule.leave(hostIndex);
  }

  function count(outcome: Outcome): void {
    tally.done += 1;
    if (outcome === 'open') tally.open += 1;
    else if (outcome === 'refused') tally.closed += 1;
    else tally.filtered += 1;
    events.onCounts({ ...tally });
  }

  async function worker(): Promise<void> {
    while (!signal.aborted && !schedule.isExhausted()) {
      const hostIndex = pace.take(1, clock.monotonic()) === 1 ? schedule.nextHost() : -1;
      if (hostIndex >= 0) await attemptPort(hostIndex, schedule.takePort(hostIndex));
      else if (!(await napUnlessStopped(clock, REST_MS, signal))) return;
    }
  }

  const workerCount = Math.min(WORKERS_MAX, plan.connectionsMax);
  await Promise.all(Array.from({ length: workerCount }, worker));
  return { ...tally };
}

interface ConnectTask {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** One connection, ended by a reset as soon as it stands. */
function connectOnce(task: ConnectTask): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: task.host, port: task.port, allowHalfOpen: true });
    const settle = (outcome: Outcome): void => {
      cancel();
      task.signal.removeEventListener('abort', abort);
      socket.resetAndDestroy();
      resolve(outcome);
    };
    const abort = (): void => settle('silent');
    const cancel = task.clock.after(task.timeoutMs, abort);
    task.signal.addEventListener('abort', abort, { once: true });
    socket.on('connect', () => {
      const isOwnEcho =
        socket.localPort === task.port && socket.localAddress === socket.remoteAddress;
      settle(isOwnEcho ? 'refused' : 'open');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      settle(error.code === 'ECONNREFUSED' ? 'refused' : 'unreachable');
    });
  });
}
