import { fold } from './fold.ts';
import type { GlobPart } from './rule.ts';
import { newWork, spend, type Work } from './work.ts';

/** A wildcard pattern that is matched against whole values. */
export interface Glob {
  /** Undefined when the work would exceed what one match may take. */
  readonly matches: (text: string, work?: Work) => boolean | undefined;
  /** Texts that stand in every match, folded. */
  readonly required: readonly string[];
}

/** What stands between two `*`: units, with -1 for one that may be anything. */
type Segment = readonly number[];

const ANY_UNIT = -1;

/** Makes a pattern ready. `cased`: case matters. */
export function compileGlob(parts: readonly GlobPart[], cased: boolean): Glob {
  const segments = segmentsOf(parts, cased);
  const required = parts.filter((part) => typeof part === 'string').map((part) => fold(part));
  return {
    required,
    matches: (text, work = newWork()) =>
      spend(work, (share) => matchSegments(segments, cased ? text : fold(text), share)),
  };
}

function segmentsOf(parts: readonly GlobPart[], cased: boolean): readonly Segment[] {
  const segments: number[][] = [[]];
  for (const part of parts) {
    if (part === 1) segments.push([]);
    else if (part === 0) segments.at(-1)?.push(ANY_UNIT);
    else segments.at(-1)?.push(...unitsOf(cased ? part : fold(part)));
  }
  return segments;
}

function unitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

/** The first must begin the text, the last end it, the others are found from left to right. */
function matchSegments(segments: readonly Segment[], text: string, work: Work): boolean {
  const [first = []] = segments;
  const isWhole = fits(first, text, 0) === first.length;
  if (segments.length === 1) return isWhole && first.length === text.length;
  const last = segments.at(-1) ?? [];
  const end = text.length - last.length;
  if (!isWhole || end < first.length || fits(last, text, end) !== last.length) return false;
  work.left -= text.length >> 3;
  let at = first.length;
  for (const segment of segments.slice(1, -1)) {
    const found = find(segment, { text, at, end }, work);
    if (found === -1) return false;
    at = found + segment.length;
  }
  return true;
}

interface Range {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/** Where the segment stands first within the range; -1 when nowhere, or when the work is used up. */
function find(segment: Segment, { text, at, end }: Range, work: Work): number {
  for (let place = at; place + segment.length <= end; place += 1) {
    const fitting = fits(segment, text, place);
    if (fitting === segment.length) return place;
    work.left -= fitting + 1;
    if (work.left < 0) return -1;
  }
  return -1;
}

/** How many units of the segment fit the text from a place on. */
function fits(segment: Segment, text: string, at: number): number {
  let count = 0;
  while (count < segment.length) {
    const unit = segment[count];
    if (at + count >= text.length) break;
    if (unit !== ANY_UNIT && unit !== text.charCodeAt(at + count)) break;
    count += 1;
  }
  return count;
}
