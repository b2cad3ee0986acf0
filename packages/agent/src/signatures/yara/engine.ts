/** Something wrong with a source, where it is, and what to do. */
export interface YaraIssue {
  /**
   * `yara-syntax`: the compiler refuses it; `yara-duplicate`: its name is taken; `yara-global`,
   * `yara-include`: refused by us; `yara-too-large`: the source is beyond its bound.
   */
  readonly code:
    | 'yara-syntax'
    | 'yara-duplicate'
    | 'yara-global'
    | 'yara-include'
    | 'yara-too-large';
  /** The source's name as it was given. */
  readonly source: string;
  /** The rule that is left out; null when no rule could be told. */
  readonly rule: string | null;
  /** From 1. */
  readonly line: number;
  /** What is wrong, in the compiler's or our words. */
  readonly message: string;
  /** What to do about it. */
  readonly help: string;
}

/** An error of a compiler, by line of the text it was given. */
export interface CompilerError {
  readonly line: number;
  readonly message: string;
}

/** A rule that matched. */
export interface YaraMatch {
  readonly rule: string;
  /** `$a at 0x1f0`; empty when the engine cannot say. */
  readonly places: readonly string[];
}

/** How a scan ended. What is not `done` was not looked at by every rule. */
export type YaraOutcome =
  | { readonly kind: 'done'; readonly matches: readonly YaraMatch[] }
  | { readonly kind: 'stopped'; readonly reason: 'deadline' | 'engine-failed' };

/** Rules in the form that an engine scans with. Lives in one thread. */
export interface CompiledYara {
  /**
   * Scans the bytes as one file. `timeoutMs` is a backstop where the engine has one, in its own grain
   * (libyara: whole seconds): the caller bounds the bytes.
   */
  readonly scan: (bytes: Uint8Array, timeoutMs: number) => YaraOutcome;
  readonly close: () => void;
}

/** What is compiled: one text, and the rules in it in their order. */
export interface RulesSource {
  readonly text: string;
  readonly rules: readonly RuleSource[];
}

/** One rule of a set. */
export interface RuleSource {
  readonly name: string;
  readonly text: string;
  readonly isPrivate: boolean;
}

/** A YARA compiler and scanner. */
export interface YaraEngine {
  readonly name: 'libyara' | 'yara-x';
  /** All errors it can find in one go, or the compiled rules. */
  readonly compile: (
    source: RulesSource,
  ) =>
    | { readonly kind: 'compiled'; readonly rules: CompiledYara }
    | { readonly kind: 'refused'; readonly errors: readonly CompilerError[] };
}

/** Most places told of one match: people read the first few. */
export const PLACES_MAX = 8;
