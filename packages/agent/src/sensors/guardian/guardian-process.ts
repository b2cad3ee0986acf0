/*
 * The guardian: a process that ends the agent when it stands still, so that the kernel lets go whom it
 * held. It opens all that it needs at its start, while the agent answers; later an open of its own
 * could be held by the very agent that it must end.
 */
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { systemClock } from '@wardgrid/base/system';
import { systemCalls, type SystemCalls } from '../../platform/linux/system-calls.ts';
import { HEARTBEAT_FD, parseOrder, type GuardianOrder } from './order.ts';
import { Heartbeat } from './heartbeat.ts';
import { writeLoss, type SensorLoss } from './loss.ts';
import { createWatch } from './watch.ts';

const SIGKILL = 9;
const POLLIN = 1;
/** How long a killed process may take to be gone. */
const END_MS_MAX = 5_000;
/** The machine should rather lose almost anything else when memory runs out. */
const OOM_SCORE = '-900';

class Guardian {
  readonly #calls: SystemCalls;
  readonly #order: GuardianOrder;
  readonly #heartbeat: Heartbeat;
  readonly #pidfd: number;
  readonly #statusFd: number;
  readonly #bytes = Buffer.alloc(512);
  #hasReported = false;

  constructor(calls: SystemCalls, order: GuardianOrder) {
    this.#calls = calls;
    this.#order = order;
    this.#heartbeat = Heartbeat.open(calls, HEARTBEAT_FD);
    this.#pidfd = calls.check('pidfd_open', calls.pidfdOpen(order.agentPid));
    this.#statusFd = openSync(`/proc/${order.agentPid}/stat`, 'r');
  }

  /** Looks until the agent is gone. */
  async run(): Promise<void> {
    const look = createWatch(this.#order.limits);
    while (!this.#hasEnded(0)) {
      const atMs = systemClock.monotonic();
      const end = look({ atMs, state: this.#readState(), beat: this.#heartbeat.agentBeat });
      if (end && !this.#heartbeat.isStopping) this.#kill(end);
      this.#heartbeat.beatGuardian();
      await systemClock.sleep(this.#order.limits.lookMs);
    }
    this.reportEnd();
    closeSync(this.#statusFd);
  }

  /** Tells of an agent that is gone without having said that it would go. */
  reportEnd(): void {
    if (this.#hasEnded(0) && !this.#heartbeat.isStopping) this.#report('ended');
  }

  #kill(reason: SensorLoss['reason']): void {
    this.#calls.pidfdSendSignal(this.#pidfd, SIGKILL);
    this.#hasEnded(END_MS_MAX);
    this.#report(reason);
  }

  #report(reason: SensorLoss['reason']): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    writeLoss(this.#order.folder, { reason, at: systemClock.now() });
  }

  #hasEnded(waitMs: number): boolean {
    return this.#calls.poll(Int32Array.of(this.#pidfd, POLLIN), 1, waitMs) > 0;
  }

  /** The state stands after the name in brackets, which may hold anything. */
  #readState(): string | null {
    try {
      const length = readSync(this.#statusFd, this.#bytes, 0, this.#bytes.length, 0);
      const text = this.#bytes.toString('latin1', 0, length);
      return text[text.lastIndexOf(')') + 2] ?? null;
    } catch {
      return null;
    }
  }
}

function stayAlive(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', OOM_SCORE);
  } catch {
    /* Only some may lower it. */
  }
}

stayAlive();
const guardian = new Guardian(systemCalls(), parseOrder(process.argv.slice(2)));
/* The service manager ends what is left of a service: the last word is said before. */
process.on('SIGTERM', () => {
  guardian.reportEnd();
  process.exit(0);
});
await guardian.run();
