import type { Json } from '@wardgrid/base';
import { refOf } from './ids.ts';
import type { Op, StreamId } from './op.ts';
import { rulesOf, type Registry, type TypeRules } from './registry.ts';
import { fieldOf, type Row } from './row.ts';

/* Numbers of references that the cloud lends: a controller names new things by them for good, with nobody
   to ask. A block is of one stream. Whoever goes on in another, because its database is a copy or an older
   one, has none of it: two databases never name two things alike in what is decided. */

/** The engine's own rows, one a controller: what the cloud lent to it. Nobody writes them by an op. */
export const LENDING_TYPE = 'reference_block';

export const LENDING_RULES: TypeRules = {
  isInherited: false,
  fields: { epoch: { merge: 'cloud-only' }, blocks: { merge: 'cloud-only' } },
};

/** The row that says what was lent to a controller. */
export function lendingIdOf(node: string): string {
  return `${LENDING_TYPE}:${node}`;
}

/** Numbers that the cloud gives to nobody but one stream: `from ≤ number ≤ upTo`. */
export interface Block {
  readonly stream: StreamId;
  readonly from: number;
  readonly upTo: number;
  /** By the cloud's clock. */
  readonly lentAtMs: number;
}

/**
 * What a row says was lent in this history. Of an older one nothing holds: a cloud that came back from a
 * backup does not know which of those numbers had a thing.
 */
export function blocksIn(row: Row | undefined, epoch: number): readonly Block[] {
  if (!row || fieldOf(row, 'epoch')?.value !== epoch) return [];
  const blocks = fieldOf(row, 'blocks')?.value;
  return Array.isArray(blocks) ? blocks.flatMap((one) => blockOf(one)) : [];
}

function blockOf(value: Json): Block[] {
  const told: Partial<Record<keyof Block, unknown>> = Object(value);
  const { stream, from, upTo, lentAtMs } = told;
  const isBlock =
    typeof stream === 'string' &&
    typeof from === 'number' &&
    typeof upTo === 'number' &&
    typeof lentAtMs === 'number';
  return isBlock ? [{ stream, from, upTo, lentAtMs }] : [];
}

/** The next number that a stream gives; undefined when what was lent to it is used up. */
export function nextNumber(
  row: Row | undefined,
  given: { readonly stream: StreamId; readonly epoch: number; readonly last: number },
): number | undefined {
  return blocksIn(row, given.epoch)
    .filter(({ stream }) => stream === given.stream)
    .map(({ from, upTo }) => ({ number: Math.max(from, given.last + 1), upTo }))
    .find(({ number, upTo }) => number <= upTo)?.number;
}

/** Whether things that an op makes are named by a number. */
export function isNamed(registry: Registry, { kind, type }: Pick<Op, 'kind' | 'type'>): boolean {
  return kind === 'create' && rulesOf(registry, type)?.refPrefix !== undefined;
}

/** The name by which an op calls what it makes, if its number was lent to its very stream; else null. */
export function lentRefOf(
  op: Op,
  given: {
    readonly registry: Registry;
    /** The row of the op's author. */
    readonly row: Row | undefined;
    readonly epoch: number;
  },
): string | null {
  const { number, stream, type } = op;
  const prefix = rulesOf(given.registry, type)?.refPrefix;
  if (number === undefined || prefix === undefined) return null;
  const isLent = blocksIn(given.row, given.epoch).some(
    (block) => block.stream === stream && number >= block.from && number <= block.upTo,
  );
  return isLent ? refOf(prefix, number) : null;
}
