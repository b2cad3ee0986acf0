/* The shapes by which the parts of protection meet: sensors, engines and actions know only these. */
import type {
  DeviceEvent,
  FindingEngine,
  SensorHealth,
  SensorName,
  Severity,
} from '@wardgrid/wire';

/** An event before it has an id and an order: what a sensor makes. */
export type SensedEvent = Omit<DeviceEvent, 'id' | 'order'>;

/** Takes what a sensor saw, in the order it happened. Must return quickly and never throws. */
export type OnEvents = (events: readonly SensedEvent[]) => void;

/** One sensor. It is made stopped, and degrades in words instead of throwing when it cannot work. */
export interface Sensor {
  readonly name: SensorName;
  /** Attaches. Resolves when it works or when it is known that it cannot; `health` says which. */
  readonly start: (onEvents: OnEvents) => Promise<void>;
  readonly health: () => SensorHealth;
  /** Detaches and frees everything; the sensor may be started again. */
  readonly stop: () => Promise<void>;
}

/** A file as an engine gets it: an open descriptor and what `fstat` said. Never a name to act by. */
export interface ScannedFile {
  /** Readable, positioned anywhere; the engine uses positional reads and does not close it. */
  readonly fd: number;
  readonly sizeBytes: number;
  readonly device: bigint;
  readonly inode: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** For people and file-type hints only. */
  readonly path: string;
}

/** What one engine found in a file. */
export interface FileHit {
  readonly engine: Extract<FindingEngine, 'yara' | 'hash' | 'clamav'>;
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** 0–100. */
  readonly confidence: number;
  readonly techniques: readonly string[];
  readonly author: string | null;
  /** What matched where, for people: `$a at 0x1f0`, `member inner.zip/eicar.com`. */
  readonly matches: readonly string[];
}

/** What all engines say of a file. `incomplete` is never "clean": something was not looked at. */
export interface FileVerdict {
  readonly kind: 'clean' | 'malicious' | 'incomplete';
  readonly hits: readonly FileHit[];
  /** Hexadecimal; null of a clean file, and when the file was not read whole. */
  readonly sha256: string | null;
  /** Why it is incomplete: `deadline`, `size`, `archive-depth`, `encrypted`, `clamav-limit`, … */
  readonly reason: string | null;
}

/**
 * All signature engines together, inside one worker thread. Synchronous: a held process waits for the
 * answer, and a thread of its own is what it may block.
 */
export interface FileScanner {
  /** Looks at a file for at most `budgetMs`. Does not throw for anything about the file. */
  readonly scan: (file: ScannedFile, budgetMs: number) => FileVerdict;
  /** Looks at bytes of memory. */
  readonly scanBytes: (bytes: Uint8Array, budgetMs: number) => FileVerdict;
  readonly close: () => void;
}
