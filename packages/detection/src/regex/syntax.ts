import type { UnitSet } from './unit-set.ts';

/** What must hold between two characters. */
export type Assertion = 'start' | 'end' | 'line-start' | 'line-end' | 'word' | 'no-word';

/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: UnitSet }
  | { readonly kind: 'cat' | 'alt'; readonly of: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly of: RegexNode;
      readonly min: number;
      /** Null: without end. */
      readonly max: number | null;
    }
  | { readonly kind: 'assert'; readonly assertion: Assertion };

/** Why a pattern is refused. */
export type RegexFaultCode = 'regex-invalid' | 'regex-unsupported' | 'regex-too-large';

/** A pattern that is refused: `at` is the offset within it. */
export class RegexFault extends Error {
  readonly code: RegexFaultCode;
  readonly at: number;

  constructor(code: RegexFaultCode, at: number, message: string) {
    super(message);
    this.code = code;
    this.at = at;
  }
}

export interface RegexFlags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** Where the parser stands. */
export interface Cursor {
  readonly pattern: string;
  at: number;
  flags: RegexFlags;
  depth: number;
}
