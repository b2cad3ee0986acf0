import type { Exclusion } from '@wardgrid/wire';

/** A pattern of segments: `*` fits within one, `**` any number of them. */
interface PathPattern {
  readonly segments: readonly string[];
  readonly expiresAt: number;
}

/** What protection leaves alone. */
export interface Exclusions {
  readonly hasPaths: boolean;
  readonly hasProcesses: boolean;
  readonly isPathExcluded: (path: string, nowMs: number) => boolean;
  readonly isProcessExcluded: (executable: string, nowMs: number) => boolean;
  readonly isHashExcluded: (sha256: string, nowMs: number) => boolean;
}

/** The exclusions of a policy, made ready. An expired one excludes nothing, whenever it expires. */
export function createExclusions(list: readonly Exclusion[]): Exclusions {
  const patternsOf = (kind: Exclusion['kind']): PathPattern[] =>
    list
      .filter((exclusion) => exclusion.kind === kind)
      .map(({ value, expiresAt }) => ({
        segments: value.split('/'),
        expiresAt: expiresAt ?? Number.POSITIVE_INFINITY,
      }));
  const [paths, processes] = [patternsOf('path'), patternsOf('process')];
  const hashes = new Map(
    patternsOf('hash').map(({ segments, expiresAt }) => [
      segments.join('/').toLowerCase(),
      expiresAt,
    ]),
  );
  const fits = (patterns: readonly PathPattern[], path: string, nowMs: number): boolean => {
    const segments = path.split('/');
    return patterns.some(
      (pattern) => nowMs < pattern.expiresAt && segmentsFit(pattern.segments, segments),
    );
  };
  return {
    hasPaths: paths.length > 0,
    hasProcesses: processes.length > 0,
    isPathExcluded: (path, nowMs) => fits(paths, path, nowMs),
    isProcessExcluded: (executable, nowMs) => fits(processes, executable, nowMs),
    isHashExcluded: (sha256, nowMs) => nowMs < (hashes.get(sha256) ?? 0),
  };
}

/** Whether the path is the folder or lies in it. */
export function liesIn(folder: string, path: string): boolean {
  const prefix = folder.endsWith('/') ? folder : `${folder}/`;
  return path === folder || path.startsWith(prefix);
}

/** Linear in pattern times path whatever the stars: a policy cannot slow its device down. */
function segmentsFit(pattern: readonly string[], path: readonly string[]): boolean {
  return starFit(pattern, path, { star: '**', fitsOne: segmentFits });
}

function segmentFits(pattern: string, segment: string): boolean {
  const fitsOne = (wanted: string, found: string): boolean => wanted === found;
  return starFit(pattern, segment, { star: '*', fitsOne });
}

interface StarRules {
  readonly star: string;
  readonly fitsOne: (wanted: string, found: string) => boolean;
}

/** Fits a sequence with stars: after a mismatch only the last star takes one more. */
function starFit(pattern: ArrayLike<string>, found: ArrayLike<string>, rules: StarRules): boolean {
  let [at, position, starAt, starPosition] = [0, 0, -1, 0];
  while (position < found.length) {
    const wanted = pattern[at];
    if (wanted === rules.star) {
      [starAt, starPosition] = [at, position];
      at += 1;
    } else if (wanted !== undefined && rules.fitsOne(wanted, found[position] ?? '')) {
      at += 1;
      position += 1;
    } else if (starAt >= 0) {
      at = starAt + 1;
      starPosition += 1;
      position = starPosition;
    } else return false;
  }
  while (pattern[at] === rules.star) at += 1;
  return at >= pattern.length;
}
