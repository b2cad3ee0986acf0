/**
 * File protection of a Linux device: who opens, runs or writes a file waits, as far as the policy
 * says, until the signature engines have judged it. It owns the sensors `file-access` and
 * `file-change`. It must never hold anybody longer than the deadlines of `shared-state.ts` say, never
 * acts by a file's name, and decides nothing about what happens to a file beyond refusing it: whoever
 * made it is told, with an open descriptor of the file.
 */
import type { Clock, Log } from '@wardgrid/base';
import type { Exclusion, ProtectionPolicy, SensorHealth } from '@wardgrid/wire';
import type { OnEvents } from '../../protect/parts.ts';
import type { EngineState } from '../../signatures/index.ts';
import { AccessSensor } from './access-sensor.ts';
import type { FileIdentity } from './denied-files.ts';
import type { FileReport } from './file-report.ts';
import { eventOf } from './report-event.ts';

export type { FileIdentity } from './denied-files.ts';
export type { FileReport, ReportReason } from './file-report.ts';

/** A file that was judged. Its descriptor stays open until `close` is called, once, whatever happens. */
export interface JudgedFile extends FileReport {
  readonly close: () => void;
}

/** What decides about files. */
export interface FileRules {
  readonly policy: ProtectionPolicy;
  /** What the scanner threads are given: `SignatureContent`, or what a thread of a test wants. */
  readonly content: unknown;
}

/** What file protection is made of. */
export interface FileProtectionOptions extends FileRules {
  readonly clock: Clock;
  readonly log: Log;
  /** The module of the scanner threads: it calls `runScannerThread` with what makes the engines. */
  readonly scannerThread?: URL;
  /** The module of the sensor thread. */
  readonly sensorThread?: URL;
  /** Loses events when the kernel's queue of 16,384 is full, instead of letting it grow. */
  readonly isQueueBounded?: boolean;
  /** Only filesystems at these mount points; null for all local ones. */
  readonly mountPoints: readonly string[] | null;
  readonly onEvents: OnEvents;
  /** Told of every file that is not simply clean; must close it. */
  readonly onVerdict: (file: JudgedFile) => void;
}

/** A file that was given back to its owner, and is let alone until then. */
export type FileException = Pick<Exclusion, 'id' | 'reason' | 'expiresAt'> & {
  readonly sha256: string;
};

/** The protection of files on this device. */
export interface FileProtection {
  /** Attaches. Resolves when it works or cannot; `health` says which. */
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly health: () => readonly SensorHealth[];
  /** How the signature engines are. */
  readonly engines: () => readonly EngineState[];
  /** Takes a new policy or content without a gap: the rules before judge until the new ones can. */
  readonly update: (rules: FileRules) => Promise<void>;
  /** Refuses a file from now on. */
  readonly deny: (file: FileIdentity) => void;
  readonly allow: (file: FileIdentity) => void;
  /** Lets a file alone by its content; resolves when every scanner knows. */
  readonly except: (exception: FileException) => Promise<void>;
  /** Never holds the process with this number while it lives. */
  readonly exempt: (pid: number) => boolean;
}

const SCANNER_THREAD = new URL('./scanner-worker.ts', import.meta.url);
const SENSOR_THREAD = new URL('./sensor-worker.ts', import.meta.url);
/** Exceptions of restored files beside those of the policy: the oldest makes room. */
const EXCEPTIONS_MAX = 200;

/** Makes file protection, stopped. @throws SystemCallError where system calls cannot be made. */
export function createFileProtection(options: FileProtectionOptions): FileProtection {
  const { clock, log, mountPoints, onEvents, onVerdict } = options;
  let rules: FileRules = { policy: options.policy, content: options.content };
  const exceptions: FileException[] = [];
  let updates: Promise<void> = Promise.resolve();
  const { sensorThread = SENSOR_THREAD, scannerThread = SCANNER_THREAD } = options;
  const threads = { sensor: sensorThread, scanner: scannerThread };
  const isQueueBounded = options.isQueueBounded ?? false;
  const access = new AccessSensor(
    { clock, log, threads, mountPoints, isQueueBounded, onReport: (report) => tell(report) },
    withExceptions(),
  );

  function withExceptions(): FileRules {
    const exclusions = exceptions.map(({ sha256, id, reason, expiresAt }): Exclusion => ({
      id,
      reason,
      expiresAt,
      kind: 'hash',
      value: sha256,
    }));
    const { policy, content } = rules;
    return { content, policy: { ...policy, exclusions: [...policy.exclusions, ...exclusions] } };
  }

  function tell(report: FileReport): void {
    const { fd } = report;
    onEvents([eventOf(report, clock.now())]);
    onVerdict({ ...report, close: once(() => fd !== null && access.closeFile(fd)) });
  }

  /** One at a time: a second change begins when the first is done. */
  function apply(): Promise<void> {
    const next = updates.then(() => access.update(withExceptions()));
    updates = next.catch(() => {});
    return next;
  }

  return {
    start: () => access.start(),
    stop: () => updates.then(() => access.stop()),
    health: () => [access.health()],
    engines: () => access.engines,
    update(next) {
      rules = next;
      return apply();
    },
    deny: (file) => access.denied.add(file),
    allow: (file) => access.denied.remove(file),
    except(exception) {
      exceptions.push(exception);
      if (exceptions.length > EXCEPTIONS_MAX) exceptions.shift();
      return apply();
    },
    exempt: (pid) => access.exempt.add(pid),
  };
}

function once(task: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) task();
    isDone = true;
  };
}
