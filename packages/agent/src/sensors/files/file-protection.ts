import type { Clock, Log } from '@wardgrid/base';
import type { Exclusion, ProtectionPolicy, SensorHealth } from '@wardgrid/wire';
import type { OnEvents } from '../../protect/parts.ts';
import type { EngineState } from '../../signatures/index.ts';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { AccessSensor } from './access-sensor.ts';
import type { FileIdentity } from './denied-files.ts';
import type { FileReport } from './file-report.ts';
import { Canaries, homeFolders } from './canaries.ts';
import { ChangeSensor } from './changes/change-sensor.ts';
import { levelOf } from './levels.ts';
import { eventOf } from './report-event.ts';

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
  /** Folders that get decoys when the policy wants them; the homes of people unless given. */
  readonly canaryFolders?: readonly string[];
  readonly onEvents: OnEvents;
  /** Changes were missed: whoever keeps a picture of the files must look again. */
  readonly onChangesLost?: () => void;
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

/** Both sensors of files and what they share: the rules, the exceptions and the decoys. */
export class LinuxFileProtection implements FileProtection {
  readonly #options: FileProtectionOptions;
  readonly #access: AccessSensor;
  readonly #changes: ChangeSensor;
  readonly #canaries: Canaries;
  readonly #exceptions: FileException[] = [];
  #rules: FileRules;
  #hasStarted = false;
  /** Changes of state, one at a time. */
  #turn: Promise<void> = Promise.resolve();

  /** @throws SystemCallError where system calls cannot be made. */
  constructor(options: FileProtectionOptions) {
    const { clock, log, mountPoints, onChangesLost, isQueueBounded = false } = options;
    const { sensorThread = SENSOR_THREAD, scannerThread = SCANNER_THREAD } = options;
    this.#options = options;
    this.#rules = { policy: options.policy, content: options.content };
    this.#canaries = new Canaries(systemCalls(), options.canaryFolders ?? homeFolders());
    const common = { clock, log, mountPoints, isQueueBounded };
    this.#access = new AccessSensor(
      {
        ...common,
        threads: { sensor: sensorThread, scanner: scannerThread },
        onReport: (report) => this.#tell(report),
      },
      this.#rules,
    );
    this.#changes = new ChangeSensor({
      ...common,
      canaries: () => this.#canaries.paths,
      onMountsChanged: () => this.#access.markFilesystems(),
      onLost: () => onChangesLost?.(),
    });
  }

  start(): Promise<void> {
    return this.#inTurn(async () => {
      this.#hasStarted = true;
      this.#setCanaries();
      await this.#access.start();
      await this.#setChanges();
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      this.#hasStarted = false;
      await this.#access.stop();
      await this.#changes.stop();
    });
  }

  health(): readonly SensorHealth[] {
    return [this.#access.health(), this.#changes.health()];
  }

  engines(): readonly EngineState[] {
    return this.#access.engines;
  }

  update(rules: FileRules): Promise<void> {
    return this.#inTurn(async () => {
      this.#rules = rules;
      if (!this.#hasStarted) return this.#access.configure(this.#withExceptions());
      const before = this.#canaries.paths.join();
      this.#setCanaries();
      await this.#access.update(this.#withExceptions());
      await this.#setChanges();
      if (this.#canaries.paths.join() !== before) await this.#changes.restart();
    });
  }

  deny(file: FileIdentity): void {
    this.#access.denied.add(file);
  }

  allow(file: FileIdentity): void {
    this.#access.denied.remove(file);
  }

  except(exception: FileException): Promise<void> {
    return this.#inTurn(async () => {
      this.#exceptions.push(exception);
      if (this.#exceptions.length > EXCEPTIONS_MAX) this.#exceptions.shift();
      if (!this.#hasStarted) return this.#access.configure(this.#withExceptions());
      await this.#access.update(this.#withExceptions());
    });
  }

  exempt(pid: number): boolean {
    return this.#access.exempt.add(pid);
  }

  #setCanaries(): void {
    const { policy } = this.#rules;
    if (policy.canaries && levelOf(policy) !== null) this.#canaries.plant();
    else this.#canaries.remove();
  }

  #setChanges(): Promise<void> {
    const isWanted = levelOf(this.#rules.policy) !== null;
    return isWanted ? this.#changes.start(this.#options.onEvents) : this.#changes.stop();
  }

  #withExceptions(): FileRules {
    const { policy, content } = this.#rules;
    const exclusions = this.#exceptions.map(({ sha256, id, reason, expiresAt }): Exclusion => ({
      id,
      reason,
      expiresAt,
      kind: 'hash',
      value: sha256,
    }));
    return { content, policy: { ...policy, exclusions: [...policy.exclusions, ...exclusions] } };
  }

  #tell(report: FileReport): void {
    const { fd } = report;
    this.#options.onEvents([eventOf(report, this.#options.clock.now())]);
    const close = once(() => {
      if (fd !== null) this.#access.closeFile(fd);
    });
    this.#options.onVerdict({ ...report, close });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function once(task: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) task();
    isDone = true;
  };
}
