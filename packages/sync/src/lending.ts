import { blocksIn, LENDING_TYPE, lendingIdOf, type Block } from './blocks.ts';
import type { Cloud, DecideContext } from './decider.ts';
import { hlcOf } from './hlc.ts';
import type { Entry } from './log.ts';
import { nodeOf, streamOf, type StreamId } from './op.ts';
import type { Row } from './row.ts';
import { CLOUD } from './scope.ts';

/** Numbers of a block: some days of enrolments and incidents of one site. */
export const BLOCK_SIZE = 100;
/** Most blocks of one controller. Each new stream has one of its own; who begins too many has to wait. */
const BLOCKS_MAX = 6;
/** A block of a stream that nobody writes any more is kept so long: its ops may still be under way. */
const ENDED_MS_MAX = 30 * 86_400_000;

/** By what decisions are told that nobody asked for by an op. */
const LENDING_STREAM = streamOf(CLOUD, 'references');

/**
 * Lends a stream more numbers, when few of its are left; and lets what was lent follow its controller to
 * another place. The decision that says so; undefined when all stays as it is. The caller knows that the
 * stream is its node's.
 */
export function lend(cloud: Cloud, stream: StreamId, context: DecideContext): Entry | undefined {
  const { history } = cloud;
  const node = nodeOf(stream);
  const home = context.homeOf?.(node);
  if (home === undefined || node === CLOUD || context.isRevoked?.(node) === true) return undefined;
  const row = history.rows.get(lendingIdOf(node));
  const known = blocksIn(row, history.epoch);
  const open = known.filter((block) => isOpen(cloud, block, context.wallMs));
  const size = context.blockSize ?? BLOCK_SIZE;
  const isLow = restOf(cloud, open, stream) < size / 2 && open.length < BLOCKS_MAX;
  if (!isLow && row?.home === home) return undefined;
  const blocks = isLow ? [...open, newBlock(cloud, stream, { size, at: context.wallMs })] : known;
  return written(cloud, { row, node, home, blocks, wallMs: context.wallMs });
}

/** Whether a block has numbers left that somebody may still give. */
function isOpen({ usedNumbers, streams }: Cloud, block: Block, wallMs: number): boolean {
  const { stream, upTo, lentAtMs } = block;
  if (upTo <= (usedNumbers.get(stream) ?? 0)) return false;
  const isLiving = streams.get(nodeOf(stream))?.stream === stream;
  return isLiving || wallMs - lentAtMs < ENDED_MS_MAX;
}

function restOf({ usedNumbers }: Cloud, blocks: readonly Block[], stream: StreamId): number {
  const used = usedNumbers.get(stream) ?? 0;
  return blocks
    .filter((block) => block.stream === stream)
    .reduce((sum, { from, upTo }) => sum + upTo - Math.max(from - 1, used), 0);
}

/** Numbers that were never given and that nobody else gives from now on. */
function newBlock(
  cloud: Cloud,
  stream: StreamId,
  { size, at }: { readonly size: number; readonly at: number },
): Block {
  const from = cloud.lastRef + 1;
  cloud.lastRef += size;
  return { stream, from, upTo: cloud.lastRef, lentAtMs: at };
}

function written(
  { history }: Cloud,
  given: {
    readonly row: Row | undefined;
    readonly node: string;
    readonly home: string;
    readonly blocks: readonly Block[];
    readonly wallMs: number;
  },
): Entry {
  const { row: before, node, home, blocks, wallMs } = given;
  const g = history.cursor + 1;
  const by = { g, hlc: hlcOf(wallMs), stream: LENDING_STREAM, q: 0 };
  const told = blocks.map(({ stream, from, upTo, lentAtMs }) => ({ stream, from, upTo, lentAtMs }));
  const row: Row = {
    id: lendingIdOf(node),
    type: LENDING_TYPE,
    home,
    g,
    ref: null,
    isDeleted: false,
    fields: { epoch: { value: history.epoch, ...by }, blocks: { value: told, ...by } },
  };
  const entry: Entry = {
    g,
    row,
    previousHome: before && before.home !== home ? before.home : null,
    alias: null,
    rewritten: [],
    stream: by.stream,
    q: by.q,
    home,
    type: LENDING_TYPE,
    reason: null,
    lost: [],
  };
  history.cursor = g;
  history.rows.set(row.id, row);
  history.entries.push(entry);
  return entry;
}
