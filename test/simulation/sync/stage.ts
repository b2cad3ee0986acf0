import { createSeededRandom } from '@wardgrid/base';
import {
  CLOUD,
  forgetWishes,
  GAP_MS_MAX,
  lastingIdOf,
  needsCloud,
  type Op,
  type Replica,
  type Wish,
} from '@wardgrid/sync';
import { createChance, type Chance } from './chance.ts';
import { Grid } from './grid.ts';
import { copyOf } from './machine.ts';
import { Violation } from './violation.ts';
import { unrestOf } from './rest.ts';
import type { Story } from './story.ts';
import { treeOf } from './tree.ts';

/** What goes wrong in one exchange. */
export interface Mishap {
  /** Ops that do not arrive. */
  readonly losesOp?: (op: Op) => boolean;
  readonly losesAnswer?: boolean;
}

/** Rounds in which a story must come to rest; time goes faster in the second half. */
const ROUNDS_MAX = 120;
const SECOND_MS = 1_000;

/** A grid on which a story is told step by step. What the oracle checks in random worlds it checks here. */
export class Stage {
  readonly chance: Chance;
  readonly #grid: Grid;
  #serial = 0;

  /** Each controller with its parent, parents first. */
  constructor(seed: number, tree: Readonly<Record<string, string>>, opsMax?: number) {
    this.chance = createChance(createSeededRandom(seed));
    this.#grid = new Grid({
      chance: this.chance,
      tree: treeOf(tree),
      plant: {},
      isSkewed: false,
      opsMax: opsMax ?? 1 + this.chance.below(4),
      rowsMax: 1 + this.chance.below(4),
    });
  }

  get story(): Story {
    return this.#grid.story;
  }

  pass(ms: number): void {
    this.#grid.nowMs += ms;
  }

  /** Somebody at a controller, or at the cloud, makes something. */
  create(at: string, type: string, fields: Wish['fields'] = {}): Op {
    this.#serial += 1;
    return this.createAs(at, `${type}-${this.chance.name()}-${this.#serial}`, { type, fields });
  }

  /** Somebody makes something under an id of his own. */
  createAs(at: string, id: string, made: Pick<Wish, 'type' | 'fields'>): Op {
    return this.write(at, { kind: 'create', id, ...made });
  }

  write(at: string, wish: Omit<Wish, 'by'>): Op {
    this.pass(SECOND_MS);
    const { homeIn } = this.#grid.tree;
    // A copied disk stands where the other does.
    const node = at === CLOUD ? CLOUD : this.#grid.machine(at).replica.node;
    const home = wish.home ?? (wish.kind === 'create' ? homeIn(node, this.chance) : undefined);
    const placed = home === undefined ? wish : { ...wish, home };
    const op =
      at === CLOUD
        ? this.#grid.writeAtCloud(placed)
        : this.#grid.write(this.#grid.machine(at), { ...placed, by: 'someone' });
    this.#grid.check();
    return op;
  }

  /** Somebody who took a controller over makes a device under a number of his choice. */
  claim(at: string, number: number): Op {
    this.pass(SECOND_MS);
    this.#serial += 1;
    const home = this.#grid.tree.homeIn(at, this.chance);
    const machine = this.#grid.machine(at);
    const fields = { alias: 'claimed', hits: 0 };
    const wish = { kind: 'create' as const, type: 'device', fields, by: 'thief', home };
    return this.#grid.claim(machine, { ...wish, id: `claimed-${this.#serial}` }, number);
  }

  /** The numbers that a controller wrote into its ops. */
  numbersOf(at: string): readonly number[] {
    const { pending, archive } = this.#grid.machine(at).replica;
    return [...archive, ...pending].flatMap(({ op }) => op.number ?? []);
  }

  /** One exchange with the parent, or with whom it is told. */
  sync(name: string, to?: string, { losesOp, losesAnswer }: Mishap = {}): void {
    this.pass(SECOND_MS);
    const machine = this.#grid.machine(name);
    const parent = this.#grid.tree.parentOf(machine.replica.node) ?? CLOUD;
    const upstream = to ?? (needsCloud(machine.replica) ? CLOUD : parent);
    const request = this.#grid.ask(machine, upstream);
    const ops = request.ops.filter(({ op }) => losesOp?.(op) !== true);
    const response = this.#grid.answer(upstream, { ...request, ops }, machine);
    if (response && losesAnswer !== true) this.#grid.receive(machine, response);
    this.#grid.check();
  }

  /** All exchanges until nobody has anything left. */
  syncAll(rounds: number): void {
    for (let round = 0; round < rounds; round += 1)
      for (const { key } of this.#grid.machines) this.sync(key);
  }

  backup(name: string): Replica {
    return copyOf(this.#grid.machine(name).replica);
  }

  restore(name: string, backup: Replica): void {
    this.#grid.restore(this.#grid.machine(name), backup);
  }

  /** A second machine with the same disk: its name has a stroke more. */
  copy(name: string): void {
    this.#grid.copy(this.#grid.machine(name));
  }

  /** What was decided so long ago that nobody should ask for it any more is thrown away. */
  pruneArchive(name: string): void {
    this.#grid.machine(name).replica.archive = [];
  }

  wipe(name: string): void {
    this.#grid.wipe(this.#grid.machine(name));
  }

  keepCloudBackup(): void {
    this.#grid.keepCloudBackup();
  }

  restoreCloud(): void {
    this.#grid.restoreCloud();
  }

  /** All that was decided so far the cloud no longer knows by name. */
  forgetWishes(): void {
    const { cloud } = this.#grid;
    forgetWishes(cloud, cloud.history.cursor);
  }

  /** @throws Violation when one of them is not decided by now. */
  requireDecided(ops: readonly Op[], why: string): void {
    const { decided } = this.#grid;
    const late = ops.find(({ opId }) => !decided.has(opId));
    if (late) throw new Violation('I13 progress', `${late.stream} ${late.q} waits: ${why}`);
  }

  /** @throws Violation unless what one op made names what another made. */
  requireNames(namer: Op, field: string, named: Op): void {
    const row = this.#grid.cloud.history.rows.get(lastingIdOf(namer));
    const value = row?.fields[field]?.value;
    if (value !== lastingIdOf(named)) {
      throw new Violation(
        'I10 natural key',
        `${namer.id} names ${JSON.stringify(value)}, not ${named.id}`,
      );
    }
  }

  /** Lets all come to rest and looks at everything. @throws Violation */
  settle(): void {
    const { machines, cloud } = this.#grid;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      this.syncAll(1);
      if (round > ROUNDS_MAX / 2) this.pass(GAP_MS_MAX / 20);
    }
    const unrest = unrestOf(machines, cloud);
    if (unrest !== '') throw new Violation('I13 progress', unrest);
    this.#grid.oracle.checkAtRest(this.#grid.replicas, this.#grid);
  }
}
