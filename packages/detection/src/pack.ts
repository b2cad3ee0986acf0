import { sha256 } from '@noble/hashes/sha2.js';
import * as z from 'zod';
import { encodeHex, encodeUtf8 } from '@wardgrid/base';
import { CONTENT_PART_BYTES_MAX } from '@wardgrid/wire';
import { DetectionError } from './errors.ts';
import { EXPRESSION_DEPTH_MAX, Rule, RULES_MAX } from './rule.ts';

/** Raised when packs of older engines cannot be read any more. */
const PACK_FORMAT = 1;

const PackDocument = z.strictObject({
  format: z.literal(PACK_FORMAT),
  rules: z.array(Rule).max(RULES_MAX),
});

/** Compiled rules as engines take them. */
export interface Pack {
  /** SHA-256 of the text, in hexadecimal: what findings name. */
  readonly digest: string;
  readonly rules: readonly Rule[];
}

/** A pack as it travels: a `rules` part of the content. */
export interface BuiltPack {
  readonly text: string;
  readonly digest: string;
}

/** The pack of rules. Equal rules make equal bytes, in whatever order they were read. */
export function buildPack(rules: readonly Rule[]): BuiltPack {
  const sorted = rules.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const text = stableJson({ format: PACK_FORMAT, rules: sorted });
  return { text, digest: digestOf(text) };
}

/**
 * JSON with its keys in order. Not the canonical JSON of signatures, which refuses lone surrogates: a
 * rule may look for one, and here it is written as an escape.
 */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    const entries = Object.entries(member);
    return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
  });
}

/** Reads a pack. @throws DetectionError `pack-too-large`, `pack-invalid`. */
export function loadPack(text: string): Pack {
  if (text.length > CONTENT_PART_BYTES_MAX) {
    throw new DetectionError(
      'pack-too-large',
      `a pack has at most ${CONTENT_PART_BYTES_MAX} bytes`,
    );
  }
  if (nestingOf(text) > NESTING_MAX) {
    throw new DetectionError('pack-invalid', `the pack is nested deeper than ${NESTING_MAX}`);
  }
  const parsed = PackDocument.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') ?? '';
    throw new DetectionError('pack-invalid', `the pack does not fit at '${where}'`, {
      cause: parsed.error,
    });
  }
  return { digest: digestOf(text), rules: parsed.data.rules };
}

/** An expression takes an object and a list a level; around it stand the rule and the pack. */
const NESTING_MAX = EXPRESSION_DEPTH_MAX * 2 + 32;

/** How deep the brackets of JSON text go. Looked at first: what reads it recurses. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isText = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (isText) {
      if (unit === BACKSLASH) at += 1;
      else if (unit === QUOTE) isText = false;
    } else if (unit === QUOTE) isText = true;
    else if (OPENING.has(unit)) depth += 1;
    else if (CLOSING.has(unit)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DetectionError('pack-invalid', 'the pack is no JSON', { cause: error });
  }
}

function digestOf(text: string): string {
  return encodeHex(sha256(encodeUtf8(text)));
}
