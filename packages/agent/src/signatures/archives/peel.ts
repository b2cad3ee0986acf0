import type { Look, MissReason } from '../look.ts';
import { openerOf } from './format.ts';
import { RATIO_BYTES_MIN, type ArchiveLimits } from './limits.ts';

/** What was unpacked of one file, for engines that have limits of their own. */
export interface Peeled {
  readonly members: number;
  readonly totalBytes: number;
  readonly largestBytes: number;
}

export const NOTHING_PEELED: Peeled = { members: 0, totalBytes: 0, largestBytes: 0 };

/** What peeling needs. */
export interface PeelOptions {
  readonly look: Look;
  readonly limits: ArchiveLimits;
  /** Looks at a member; `name` is its way from the outermost file, `inner.zip/eicar.com`. */
  readonly inspect: (bytes: Buffer, name: string) => void;
}

interface Spent {
  members: number;
  totalBytes: number;
  largestBytes: number;
  isOver: boolean;
}

/**
 * Unpacks an archive and the archives in it, hands every member on, and stops at the first limit. A
 * member lives until it was inspected: at most one a level is held.
 */
export function peel(bytes: Buffer, options: PeelOptions): Peeled {
  const spent: Spent = { members: 0, totalBytes: 0, largestBytes: 0, isOver: false };
  peelLevel({ bytes, name: '', depth: 0 }, options, { spent, packedBytes: bytes.length });
  return spent;
}

interface Level {
  readonly bytes: Buffer;
  readonly name: string;
  readonly depth: number;
}

interface Outer {
  readonly spent: Spent;
  readonly packedBytes: number;
}

function peelLevel(level: Level, options: PeelOptions, outer: Outer): void {
  const open = openerOf(level.bytes);
  if (!open) return;
  const { look, limits, inspect } = options;
  const { spent } = outer;
  if (level.depth >= limits.depthMax) {
    look.miss('archive-depth');
    return;
  }
  const room = {
    memberBytes: () => Math.min(limits.memberBytesMax, limits.totalBytesMax - spent.totalBytes),
  };
  for (const member of open(level.bytes, room)) {
    look.step(0);
    if (member.kind === 'miss') {
      look.miss(member.reason);
      continue;
    }
    spend(spent, member.bytes.length);
    const name = level.name === '' ? member.name : `${level.name}/${member.name}`;
    inspect(member.bytes, name);
    peelLevel({ bytes: member.bytes, name, depth: level.depth + 1 }, options, outer);
    const reason = overReason(outer, options);
    if (reason) {
      look.miss(reason);
      spent.isOver = true;
    }
    if (spent.isOver) return;
  }
}

function spend(spent: Spent, sizeBytes: number): void {
  spent.members += 1;
  spent.totalBytes += sizeBytes;
  spent.largestBytes = Math.max(spent.largestBytes, sizeBytes);
}

/** Which limit does not allow another member. */
function overReason(
  { spent, packedBytes }: Outer,
  { look, limits }: PeelOptions,
): MissReason | undefined {
  if (look.leftMs() <= 0) return 'deadline';
  if (spent.members >= limits.membersMax) return 'archive-count';
  if (spent.totalBytes >= limits.totalBytesMax) return 'archive-size';
  const isLarge = spent.totalBytes > RATIO_BYTES_MIN;
  return isLarge && spent.totalBytes / packedBytes > limits.ratioMax ? 'archive-ratio' : undefined;
}
