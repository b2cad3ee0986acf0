import { blocksIn, CLOUD, isTmpId, nodeOf, type Block, type Op, type Row } from '@wardgrid/sync';
import { registry } from './registry.ts';
import { Violation } from './violation.ts';

const BY = 'I9 references';

/**
 * Who was given which name, in all histories of a cloud: no name is of two things, none of a thing changes,
 * and nobody gives a number that was not lent to its very stream.
 */
export class Names {
  readonly #holders = new Map<string, string>();
  /** Everything that was ever lent, by the first number. */
  readonly #lent = new Map<number, Block>();
  /** Numbers that somebody has, by whom it was given. */
  readonly #given = new Map<number, string>();

  /** The cloud lent numbers. @throws Violation */
  noteLent(row: Row, epoch: number): void {
    for (const block of blocksIn(row, epoch)) {
      const known = this.#lent.get(block.from);
      if (known && known.stream === block.stream && known.upTo === block.upTo) continue;
      const { from, upTo, stream } = block;
      const other = [...this.#lent.values()].find((one) => one.from <= upTo && from <= one.upTo);
      if (other)
        throw new Violation(BY, `${from} to ${upTo} are of ${other.stream} and of ${stream}`);
      const taken = [...this.#given.keys()].find((number) => number >= from && number <= upTo);
      if (taken !== undefined) throw new Violation(BY, `${taken} was given and lent to ${stream}`);
      this.#lent.set(from, block);
    }
  }

  /** A thing was decided. `before` is it as it was. @throws Violation */
  noteDecided(
    op: Op,
    { row, before }: { readonly row: Row; readonly before: Row | undefined },
  ): void {
    if (before) {
      if (before.id === row.id && before.ref !== row.ref)
        throw new Violation(BY, `${row.id} was ${before.ref} and is ${row.ref}`);
      return;
    }
    this.#requirePrefix(row);
    if (row.ref === null) return;
    if (isTmpId(row.id)) throw new Violation(BY, `${row.id} is no lasting id`);
    const holder = this.#holders.get(row.ref);
    if (holder !== undefined && holder !== row.id)
      throw new Violation(BY, `${row.ref} was given to ${holder} and ${row.id}`);
    this.#holders.set(row.ref, row.id);
    this.#requireOwn(op, numberOf(row.ref));
  }

  #requirePrefix({ id, type, ref }: Row): void {
    const prefix = registry[type]?.refPrefix;
    if (prefix === undefined ? ref !== null : ref?.startsWith(`${prefix}-`) !== true)
      throw new Violation(BY, `${id}, a ${type}, was given ${ref}`);
  }

  /** What the cloud lent nobody else gives, the cloud neither. */
  #requireOwn({ stream, id, number: claimed }: Op, number: number): void {
    const block = this.blockOf(number);
    if (block ? block.stream !== stream : number === claimed && nodeOf(stream) !== CLOUD)
      throw new Violation(BY, `${stream} gave ${id} the ${number} of ${block?.stream ?? 'nobody'}`);
    this.#given.set(number, stream);
  }

  /** The block that a number was lent in. */
  blockOf(number: number): Block | undefined {
    return [...this.#lent.values()].find(({ from, upTo }) => number >= from && number <= upTo);
  }
}

/** The number of a name. */
export function numberOf(ref: string): number {
  return Number(ref.slice(ref.indexOf('-') + 1));
}
