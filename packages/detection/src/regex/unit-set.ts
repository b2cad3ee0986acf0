import { foldTable } from '../fold.ts';

/* Sets of UTF-16 units as sorted, disjoint ranges: [first, last, first, last, …]. */

export type UnitSet = readonly number[];

export const UNIT_MAX = 0xffff;

export const DIGITS: UnitSet = [48, 57];
export const WORDS: UnitSet = [48, 57, 65, 90, 95, 95, 97, 122];
/** What `\s` means in ECMAScript: white space and line terminators. */
export const SPACES: UnitSet = [
  9, 13, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
/** What ends a line; `.` leaves it out. */
export const LINE_ENDS: UnitSet = [10, 10, 13, 13, 0x2028, 0x2029];

/** The set of all units of both. */
export function union(left: UnitSet, right: UnitSet): UnitSet {
  const ranges: [number, number][] = [];
  for (const set of [left, right]) {
    for (let at = 0; at < set.length; at += 2) ranges.push([set[at] ?? 0, set[at + 1] ?? 0]);
  }
  ranges.sort((one, other) => one[0] - other[0]);
  const merged: number[] = [];
  for (const [first, last] of ranges) {
    const end = merged.at(-1);
    if (end !== undefined && first <= end + 1) merged[merged.length - 1] = Math.max(end, last);
    else merged.push(first, last);
  }
  return merged;
}

/** All units that are not in the set. */
export function complement(set: UnitSet): UnitSet {
  const result: number[] = [];
  let next = 0;
  for (let at = 0; at < set.length; at += 2) {
    const first = set[at] ?? 0;
    if (first > next) result.push(next, first - 1);
    next = (set[at + 1] ?? 0) + 1;
  }
  if (next <= UNIT_MAX) result.push(next, UNIT_MAX);
  return result;
}

/** Whether the set has the unit. */
export function hasUnit(set: UnitSet, unit: number): boolean {
  for (let at = 0; at < set.length; at += 2) {
    if (unit < (set[at] ?? 0)) return false;
    if (unit <= (set[at + 1] ?? 0)) return true;
  }
  return false;
}

let variants: ReadonlyMap<number, readonly number[]> | undefined;

/** Units that mean the same without regard to case, by the folded unit; only where there are several. */
export function caseVariants(): ReadonlyMap<number, readonly number[]> {
  if (variants) return variants;
  const groups = new Map<number, number[]>();
  const folded = foldTable();
  for (let unit = 0; unit <= UNIT_MAX; unit += 1) {
    const target = folded[unit] ?? unit;
    if (target === unit) continue;
    const group = groups.get(target);
    if (group) group.push(unit);
    else groups.set(target, [target, unit]);
  }
  variants = groups;
  return groups;
}

/** A set of so many units is widened one by one; a larger one by going through all variants. */
const FEW_UNITS = 256;

/** The set with every unit that differs from one of its only by case. */
export function withoutCase(set: UnitSet): UnitSet {
  const all = caseVariants();
  const folded = foldTable();
  const units = unitsOf(set);
  const groups = units
    ? units.map((unit) => all.get(folded[unit] ?? unit) ?? [])
    : [...all.values()].filter((group) => group.some((unit) => hasUnit(set, unit)));
  const added = new Set(groups.flat());
  return added.size === 0
    ? set
    : union(
        set,
        [...added].flatMap((unit) => [unit, unit]),
      );
}

/** The units of a small set; undefined when there are many. */
function unitsOf(set: UnitSet): readonly number[] | undefined {
  const units: number[] = [];
  for (let at = 0; at < set.length; at += 2) {
    const last = set[at + 1] ?? 0;
    for (let unit = set[at] ?? 0; unit <= last; unit += 1) {
      if (units.length === FEW_UNITS) return undefined;
      units.push(unit);
    }
  }
  return units;
}
