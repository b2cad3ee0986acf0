import type { Connection } from './connection.ts';
import type { ExitCode } from './errors.ts';
import type { Machine } from './machine.ts';
import type { NamedNoun } from './names.ts';
import type { Options } from './options.ts';
import type { Output } from './output.ts';

/** One option of a command, and what becomes of its value. */
export interface OptionSpec {
  /** As commander reads it: `--name <name>`; without a value it is a switch. */
  readonly flags: string;
  readonly summary: string;
  /** How the value is read; `text` unless told. A `list` may be repeated or hold commas. */
  readonly kind?: 'text' | 'integer' | 'yes-no' | 'list' | 'network';
  readonly choices?: readonly string[];
  readonly isRequired?: boolean;
  /** The member of the request's body that takes the value; dots descend. */
  readonly field?: string;
  /** The value names a thing of this noun; its id is sent. */
  readonly noun?: NamedNoun;
  /** `none` (or nothing) clears the member. */
  readonly isNullable?: boolean;
  /** What is sent when the option is not given. */
  readonly fallback?: string | readonly string[];
}

/** One argument: `<id>`, `<ids...>` or `[section]`. */
export interface ArgumentSpec {
  readonly syntax: string;
  readonly summary: string;
  readonly choices?: readonly string[];
}

/** A command, or a group of them. The tree of these is what help and completion are made from. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly aliases?: readonly string[];
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Runs when its group is called without a command. */
  readonly isDefault?: boolean;
  readonly commands?: readonly CommandSpec[];
  /** Does the work; answers the exit code, or nothing for success. */
  readonly run?: (invocation: Invocation) => Promise<ExitCode | void>;
}

/** One call of a command. */
export interface Invocation {
  readonly machine: Machine;
  readonly output: Output;
  readonly options: Options;
  /** The arguments in order; what may repeat comes last and flat. */
  readonly operands: readonly string[];
  /** The talk with the controller as the signed-in caller, opened once. */
  readonly connect: () => Promise<Connection>;
}

/** A top-level command: its words are known at once, its tree is loaded when it is called. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandSpec>;
}

/** Options of every command. */
export const COMMON_OPTIONS: readonly OptionSpec[] = [
  { flags: '--json', summary: 'print one JSON document' },
  { flags: '--jsonl', summary: 'print one JSON line for each row or step' },
  { flags: '--profile <name>', summary: 'the profile to use (WARDGRID_PROFILE)' },
  { flags: '--controller <url>', summary: 'the controller to talk to (WARDGRID_CONTROLLER)' },
  { flags: '--ca-file <path>', summary: 'trust this CA (PEM) instead of the system’s' },
  {
    flags: '--ca-fingerprint <sha256>',
    summary: 'trust the controller’s own CA when it has this fingerprint',
  },
];
