/**
 * The guardian of the agent: a tiny process of its own that ends an agent which stands still, so that
 * the kernel lets go of everybody whom it held, and leaves word for the next start. It owns the shared
 * heartbeat and that word. It must never make things worse: it knows the agent by a process descriptor
 * alone, does not count time in which it was itself held up, and when it dies or stands still the agent
 * starts another.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock, Log } from '@wardgrid/base';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { Heartbeat } from './heartbeat.ts';
import { takeLoss } from './last-loss.ts';
import type { SensorLoss } from './loss.ts';
import { wordsOf } from './order.ts';
import type { WatchLimits } from './watch.ts';

export type { SensorLoss } from './loss.ts';

/** What a guardian is made of. */
export interface GuardianOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** A folder of the agent's own that exists: where word is left. */
  readonly folder: string;
  /** A guardian works, under this number: nothing may hold it. Called again for each that follows. */
  readonly onStarted: (pid: number) => void;
  readonly limits?: WatchLimits;
}

/** The guardian as the agent sees it. */
export interface Guardian {
  /** Starts it; gives the word that was left when protection was lost the last time. */
  readonly start: () => SensorLoss | null;
  /** The number of its process; null while there is none. */
  readonly pid: () => number | null;
  /** Says that the agent ends by itself, and lets the guardian go. */
  readonly stop: () => void;
}

/** Two looks see that an agent is stopped: nobody is held by one for half a second. */
const LIMITS: WatchLimits = { lookMs: 150, stallMs: 10_000 };
/** How often the agent beats: often enough that `stallMs` is many beats. */
const BEAT_MS = 500;
/** Beats of the agent without one of the guardian, after which another is started. */
const SILENT_BEATS_MAX = 10;
const RESTART_PAUSE_MS = 1_000;
const PROGRAM = fileURLToPath(new URL('./guardian-process.ts', import.meta.url));
/** A small heap: it keeps nothing. */
const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=1',
  '--v8-pool-size=1',
];

/** Makes the guardian, not yet started. @throws SystemCallError where system calls cannot be made. */
export function createGuardian(options: GuardianOptions): Guardian {
  return new AgentGuardian(options);
}

class AgentGuardian implements Guardian {
  readonly #options: GuardianOptions;
  readonly #heartbeat: Heartbeat;
  readonly #fd: number;
  #child: ChildProcess | null = null;
  #cancelBeat: () => void = () => {};
  #lastBeat = 0;
  #silentBeats = 0;
  #isStopped = false;

  constructor(options: GuardianOptions) {
    const { heartbeat, fd } = Heartbeat.create(systemCalls());
    this.#options = options;
    this.#heartbeat = heartbeat;
    this.#fd = fd;
  }

  start(): SensorLoss | null {
    const loss = takeLoss(this.#options.folder);
    this.#spawn();
    this.#beat();
    return loss;
  }

  pid(): number | null {
    return this.#child?.pid ?? null;
  }

  stop(): void {
    this.#isStopped = true;
    this.#heartbeat.sayStopping();
    this.#cancelBeat();
    this.#child?.kill();
    this.#child = null;
    closeSync(this.#fd);
  }

  #spawn(): void {
    const { folder, limits = LIMITS } = this.#options;
    const words = wordsOf({ agentPid: process.pid, folder, limits });
    /* A session of its own: what is sent to the agent's terminal is not sent to it. */
    const child = spawn(process.execPath, [...NODE_FLAGS, PROGRAM, ...words], {
      stdio: ['ignore', 'ignore', 'ignore', this.#fd],
      detached: true,
    });
    this.#child = child;
    this.#silentBeats = 0;
    child.unref();
    child.on('error', () => this.#ended(child));
    child.on('exit', () => this.#ended(child));
    if (child.pid !== undefined) this.#options.onStarted(child.pid);
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    this.#options.log.warn('the guardian ended');
    this.#options.clock.after(RESTART_PAUSE_MS, () => {
      if (!this.#isStopped && this.#child === null) this.#spawn();
    });
  }

  #beat(): void {
    this.#cancelBeat = this.#options.clock.after(BEAT_MS, () => this.#beat());
    this.#heartbeat.beatAgent();
    const beat = this.#heartbeat.guardianBeat;
    this.#silentBeats = beat === this.#lastBeat ? this.#silentBeats + 1 : 0;
    this.#lastBeat = beat;
    if (this.#silentBeats < SILENT_BEATS_MAX || !this.#child) return;
    /* It is stopped or hangs: it can be of no use, and another takes its place when it is gone. */
    this.#child.kill('SIGKILL');
  }
}
