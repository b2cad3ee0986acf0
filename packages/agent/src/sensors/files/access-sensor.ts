import { availableParallelism } from 'node:os';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { ProtectionPolicy, SensorHealth } from '@wardgrid/wire';
import { FAN } from '../../platform/linux/fanotify.ts';
import { systemCalls, type SystemCalls } from '../../platform/linux/system-calls.ts';
import type { EngineState } from '../../signatures/index.ts';
import { accessHealth } from './access-health.ts';
import { Breaker, SensorWatch } from './breaker.ts';
import { descriptorLimit } from './descriptor-limit.ts';
import type { FileReport, ScannerMessage } from './file-report.ts';
import { DeniedFiles, type FileIdentity } from './denied-files.ts';
import { ExemptProcesses } from './exempt-processes.ts';
import type { ThreadModules } from './file-threads.ts';
import { readFilesystems } from './filesystems.ts';
import { cacheMaskOf, levelOf } from './levels.ts';
import { PermissionGroup } from './permission-group.ts';
import { Releases } from './releases.ts';
import { ScannerSet } from './scanner-set.ts';
import { SensorThread } from './sensor-thread.ts';
import { CELLS, createSharedState, HELD_SLOTS } from './shared-state.ts';

/** What the sensor is made of. */
export interface AccessSensorOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Only filesystems at these mount points; null for all local ones. */
  readonly mountPoints: readonly string[] | null;
  readonly onReport: (report: FileReport) => void;
  readonly threads: ThreadModules;
  /** Loses events when the kernel's queue of 16,384 is full, instead of letting it grow. */
  readonly isQueueBounded: boolean;
}

/** What decides about files. */
export interface AccessRules {
  readonly policy: ProtectionPolicy;
  readonly content: unknown;
}

/** More scanners than two would take the machine from its owner. */
const SCANNER_COUNT = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)));

/** How long a trouble that is over is told. */
const TROUBLE_MS = 600_000;
/** How long a thread may take to end when all ends. */
const STOP_MS_MAX = 1_000;
/** How long scanners that are followed by others have for what they hold: the longest deadline. */
const RETIRE_MS_MAX = 6_000;

/** Everything that lives while the group is open. */
interface Running {
  readonly group: PermissionGroup;
  readonly releases: Releases;
  readonly thread: SensorThread;
  readonly watch: SensorWatch;
  scanners: ScannerSet;
  readonly breaker: Breaker;
}

/** The sensor `file-access`: holds opens and starts of programs until their files are judged. */
export class AccessSensor {
  readonly denied: DeniedFiles;
  readonly exempt: ExemptProcesses;
  readonly #options: AccessSensorOptions;
  readonly #calls: SystemCalls;
  readonly #state = createSharedState();
  #rules: AccessRules;
  #running: Running | null = null;
  #isRecovering = false;
  #offReason: string | null = 'not started';
  #trouble: { readonly reason: string; readonly at: number } | null = null;
  #blindMs = 0;
  #blindSince: number | null = null;
  #engines: readonly EngineState[] = [];

  /** @throws SystemCallError where system calls cannot be made. */
  constructor(options: AccessSensorOptions, rules: AccessRules) {
    this.#options = options;
    this.#rules = rules;
    this.#calls = systemCalls();
    this.denied = new DeniedFiles(this.#state.denied, this.#state.cells);
    this.exempt = new ExemptProcesses(this.#calls, this.#state.cells);
  }

  /** Attaches; `health` says why not when it cannot. */
  async start(): Promise<void> {
    if (this.#running) return;
    if (levelOf(this.#rules.policy) === null) {
      this.#offReason = 'switched off by the policy';
      return;
    }
    try {
      await this.#attach();
      this.#offReason = null;
    } catch (error) {
      this.#offReason = messageOf(error);
      await this.stop();
    }
  }

  /** Takes rules for the next start. */
  configure(rules: AccessRules): void {
    this.#rules = rules;
  }

  /**
   * Takes new rules. What is held meanwhile is judged by the ones before, which stay when the new ones
   * cannot be used. @throws Error in that case.
   */
  async update(rules: AccessRules): Promise<void> {
    const running = this.#running;
    if (!running || levelOf(rules.policy) === null) {
      this.#rules = rules;
      return running ? this.stop('switched off by the policy') : this.start();
    }
    const before = running.scanners;
    const next = this.#createScanners(running, { rules, poison: before.poison });
    await this.#startScanners(next);
    running.scanners = next;
    this.#rules = rules;
    await this.#teach(running);
    this.markFilesystems();
    await before.retire(RETIRE_MS_MAX);
    running.group.flushVerdicts();
  }

  /** Looks again which filesystems there are. */
  markFilesystems(): void {
    const running = this.#running;
    if (!running || this.#isRecovering) return;
    running.group.mark(readFilesystems(this.#options.mountPoints), this.#rules.policy);
  }

  /** Lets the sensor pass over files by the rules that count now, and by no others. */
  #teach({ thread, scanners }: Running): Promise<void> {
    const { policy } = this.#rules;
    const order = {
      rules: scanners.glance,
      cacheMask: cacheMaskOf(policy),
      judgesPlaces: policy.denyExecFromWorldWritable,
    };
    return thread.teach(order, STOP_MS_MAX, this.#options.clock);
  }

  async #startScanners(scanners: ScannerSet): Promise<void> {
    try {
      await scanners.start();
    } catch (error) {
      await scanners.retire(STOP_MS_MAX);
      throw error;
    }
  }

  /** Detaches: nobody is held from the first step on. */
  async stop(reason = 'stopped'): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = null;
    this.#offReason ??= reason;
    running.breaker.stop();
    running.group.unmark();
    running.releases.releaseLate(() => true, true);
    await running.thread.stop(STOP_MS_MAX, this.#options.clock.after);
    running.releases.releaseInHand();
    running.releases.releaseRead();
    running.releases.releaseQueue();
    running.releases.releaseLate(() => true, true);
    await running.scanners.retire(STOP_MS_MAX);
    running.group.close();
  }

  /** The receiver of a report has closed its descriptor. */
  closeFile(fd: number): void {
    Atomics.sub(this.#state.cells, CELLS.openHits, 1);
    this.#calls.close(fd);
  }

  /** How the engines of the scanners are, as the last one that started said. */
  get engines(): readonly EngineState[] {
    return this.#engines;
  }

  health(): SensorHealth {
    const { clock } = this.#options;
    const since = this.#blindSince;
    return accessHealth({
      cells: this.#state.cells,
      policy: this.#rules.policy,
      offReason: this.#offReason,
      trouble: this.#isRecovering ? 'the sensor is being started again' : this.#recentTrouble(),
      blindMs: this.#blindMs + (since === null ? 0 : clock.monotonic() - since),
      refused: this.#running?.group.refused ?? new Map(),
    });
  }

  async #attach(): Promise<void> {
    const { threads, isQueueBounded } = this.#options;
    const group = new PermissionGroup(this.#calls, { isQueueUnlimited: !isQueueBounded });
    const [calls, state] = [this.#calls, this.#state];
    const heldMax = Math.min(HELD_SLOTS, descriptorLimit());
    const reader = { state, group: group.fd, ownPid: process.pid, heldMax };
    const thread = new SensorThread(calls, { module: threads.sensor, reader }, (reason) => {
      void this.#recover(`the sensor ended: ${reason}`, 0);
    });
    const releases = new Releases(calls, group.fd, state);
    const scanners = this.#createScanners({ group, releases }, { rules: this.#rules });
    const watch = new SensorWatch(calls, state);
    const breaker = new Breaker(state, this.#options.clock.after, () => this.#look());
    this.#running = { group, releases, thread, watch, scanners, breaker };
    await Promise.all([scanners.start(), thread.start()]);
    await this.#teach(this.#running);
    this.markFilesystems();
    breaker.start();
  }

  #createScanners(
    { group, releases }: Pick<Running, 'group' | 'releases'>,
    { rules, poison }: { readonly rules: AccessRules; readonly poison?: Set<string> },
  ): ScannerSet {
    const { clock, threads } = this.#options;
    const options = {
      calls: this.#calls,
      state: this.#state,
      group: group.fd,
      releases,
      module: threads.scanner,
      count: SCANNER_COUNT,
      after: clock.after,
      onMessage: (message: ScannerMessage) => this.#hear(message),
      onLost: (reason: string) => this.#note(reason),
    };
    return new ScannerSet(options, rules, poison);
  }

  #hear(message: ScannerMessage): void {
    if (message.kind === 'engines') this.#engines = message.engines;
    if (message.kind === 'cleaned') this.denied.remove(message.file);
    if (message.kind !== 'report') return;
    const { report } = message;
    const isKept = this.#rules.policy.malwareAction !== 'report';
    if (report.isDecisive && isKept) this.deny(report);
    this.#options.onReport(report);
  }

  /** Refuses the file from now on, also where the kernel keeps that it was clean. */
  deny(file: FileIdentity): void {
    this.denied.add(file);
  }

  /** The breaker: the main thread sees that everybody who is held is answered. */
  #look(): void {
    const running = this.#running;
    if (!running) return;
    this.exempt.forgetEnded();
    const isLet = (mask: number): boolean => !this.#isTimeoutRefused(mask);
    running.scanners.relieveSilent(isLet);
    running.scanners.replaceHung();
    running.releases.releaseLate(isLet, !running.scanners.isAlive);
    const stalledMs = this.#isRecovering ? 0 : running.watch.stalledMs();
    if (stalledMs > 0) void this.#recover('the sensor stood still', stalledMs);
  }

  #isTimeoutRefused(mask: number): boolean {
    const { policy } = this.#rules;
    const isExec = (mask & FAN.OPEN_EXEC_PERM) !== 0;
    return isExec && policy.denyOnTimeout && levelOf(policy) === 'strict';
  }

  /** Lets everybody go, and starts the sensor again. Until it works nothing is watched or held. */
  async #recover(reason: string, stalledMs: number): Promise<void> {
    const running = this.#running;
    if (!running || this.#isRecovering) return;
    this.#isRecovering = true;
    this.#blindSince = this.#options.clock.monotonic() - stalledMs;
    this.#note(reason);
    try {
      running.group.unmark();
      running.releases.releaseRead();
      running.releases.releaseQueue();
      await running.thread.abandon();
      running.releases.releaseInHand();
      running.releases.releaseRead();
      running.releases.releaseQueue();
      await running.thread.start();
    } catch (error) {
      this.#offReason = `the sensor could not be started again: ${messageOf(error)}`;
      await this.stop();
    }
    this.#isRecovering = false;
    this.markFilesystems();
    running.group.flushVerdicts();
    this.#blindMs += this.#options.clock.monotonic() - (this.#blindSince ?? 0);
    this.#blindSince = null;
  }

  #recentTrouble(): string | null {
    const { reason = null, at = 0 } = this.#trouble ?? {};
    return this.#options.clock.monotonic() - at < TROUBLE_MS ? reason : null;
  }

  #note(reason: string): void {
    this.#trouble = { reason, at: this.#options.clock.monotonic() };
    this.#options.log.warn('file protection was interrupted', { reason });
  }
}
