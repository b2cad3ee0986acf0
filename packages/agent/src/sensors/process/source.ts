import type { EventFieldName } from '@wardgrid/wire';

/** A process as sources name one: its number may be used again, with the start it is unique. */
export interface ProcessKey {
  readonly pid: number;
  /** Clock ticks after boot; null when it ended before it could be read. */
  readonly startTicks: number | null;
}

/** What a standard descriptor is connected to. */
export type StdioType = 'socket' | 'pipe' | 'file' | 'tty' | 'device' | 'none';

/** A program that was started, or that already ran when the sensor began. Null is "not seen". */
export interface ExecFact {
  readonly kind: 'exec';
  /** Epoch milliseconds, with a fraction where the kernel gives one. */
  readonly at: number;
  readonly process: ProcessKey;
  readonly parent: ProcessKey | null;
  readonly args: readonly string[] | null;
  readonly executable: string | null;
  /** What was asked to run: the script itself where `executable` is its interpreter. */
  readonly filename: string | null;
  readonly folder: string | null;
  readonly uid: number | null;
  readonly euid: number | null;
  /** The account that signed in, whatever it became since; null when nobody did. */
  readonly loginUid: number | null;
  readonly tty: string | null;
  readonly stdio: readonly StdioType[] | null;
  /** Variables that attackers use, as `NAME=value`; null when none could be read. */
  readonly env: readonly string[] | null;
  readonly cgroup: string | null;
  readonly inode: bigint | null;
  /** As `stat` gives it. */
  readonly device: bigint | null;
  readonly isDeleted: boolean | null;
  readonly isMemfd: boolean | null;
  readonly isScript: boolean | null;
  /** Killed by the deny list before its first instruction. */
  readonly isDenied: boolean;
  /** Fields that are there but not whole. */
  readonly cut: readonly EventFieldName[];
}

/** A process that made another one. */
export interface ForkFact {
  readonly kind: 'fork';
  readonly at: number;
  readonly process: ProcessKey;
  readonly parent: ProcessKey;
}

/** A process that ended. */
export interface ExitFact {
  readonly kind: 'exit';
  readonly at: number;
  readonly process: ProcessKey;
  /** As `wait` gives it: signal in the low seven bits, status above the low byte; null when unseen. */
  readonly status: number | null;
}

export type ProcessFact = ExecFact | ForkFact | ExitFact;

/** Where a source tells what it sees. */
export interface SourceSink {
  /** Epoch milliseconds at which the machine booted. */
  readonly bootedAt: () => number;
  /** Facts of one turn, in their order. Does not throw. */
  readonly onFacts: (facts: readonly ProcessFact[]) => void;
}

/** Names of the sources, best first. */
export type ProcessSourceName = 'bpf' | 'audit' | 'proc-connector';

/** One way to see processes. */
export interface ProcessSource {
  readonly name: ProcessSourceName;
  /** Attaches. @throws Error that says why it cannot work here; nothing is left behind then. */
  readonly start: (sink: SourceSink) => Promise<void>;
  /** Events that the kernel had and we never got. */
  readonly dropped: () => number;
  /** What it cannot see, in words for people, with what it missed so far. */
  readonly blindSpots: () => readonly string[];
  /** Kills whoever starts one of these files from now on; absent where the source cannot. */
  readonly deny?: (files: readonly DeniedFile[]) => void;
  readonly stop: () => Promise<void>;
}

/** A file that must not run, by identity and never by name. */
export interface DeniedFile {
  /** As `stat` gives it. */
  readonly device: bigint;
  readonly inode: bigint;
}

/** Variables that attackers use, by their whole names. */
const CHOSEN_VARIABLES: ReadonlySet<string> = new Set([
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'HISTFILE',
  'HISTFILESIZE',
  'GCONV_PATH',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
]);

/** Those of the variables that are told. */
export function chosenVariables(variables: readonly string[]): string[] {
  return variables.filter((text) => CHOSEN_VARIABLES.has(text.slice(0, text.indexOf('='))));
}
