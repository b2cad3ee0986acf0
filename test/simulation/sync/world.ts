/**
 * A world of controllers that a seed makes and torments: edits everywhere, lost, doubled, late and
 * reordered messages, crashes before and after every commit, cut lines, wrong clocks, failover, moved
 * controllers, databases that are restored, wiped or copied, a cloud that comes back from a backup.
 * After every step the oracle looks at everything; at the end all faults stop and all must agree.
 */
import { createSeededRandom } from '@wardgrid/base';
import {
  CLOUD,
  effectiveRows,
  forgetBelow,
  forgetWishes,
  GAP_MS_MAX,
  holdsOrphans,
  isWithin,
  needsCloud,
  type Cloud,
} from '@wardgrid/sync';
import { createChance, type Chance } from './chance.ts';
import { createDecidedTree } from './decided-tree.ts';
import { Grid } from './grid.ts';
import { copyOf, type Machine } from './machine.ts';
import { Network, type Message } from './network.ts';
import { Violation } from './violation.ts';
import { isOfPeople, People } from './people.ts';
import { registry } from './registry.ts';
import { unrestOf } from './rest.ts';
import type { Plant, Story, Torment } from './story.ts';
import { createTree, grow, type Growth, type Tree } from './tree.ts';

/** A request that is not answered by then is given up. */
const PATIENCE_MS = 30_000;
/** Failed calls until the parent is given up for a while. */
const FAILURES_MAX = 3;
/** Quiet rounds after which all is at rest; and how many there may be before. */
const QUIET_ROUNDS = 3;
const ROUNDS_MAX = 1_500;
/** Rounds without any news until time is let pass. */
const IDLE_ROUNDS_MAX = 4;
/** What only comes and goes is no news: a day passes after so many rounds, too. */
const DAY_ROUNDS = 250;

/**
 * Of four worlds one has nodes for homes; the others have paths of scopes, as the product does, and two
 * of them a tree whose changes are decided, so that everybody knows of them at another time.
 */
function treeOfSeed(seed: number, growth: Growth): Tree {
  if (seed % 4 === 0) return createTree(growth, 'nodes');
  return seed % 4 === 1 ? createTree(growth, 'paths') : createDecidedTree(growth);
}

export class World {
  readonly #chance: Chance;
  readonly #tree: Tree;
  readonly #grid: Grid;
  readonly #people: People;
  readonly #torment: Torment;
  readonly #isLiedTo: boolean;
  readonly #network: Network;
  /** Its own, so that what a cloud forgets leaves the rest of a story as it is. */
  readonly #oblivion: Chance;
  #isTormented = true;

  constructor(seed: number, torment: Torment, plant: Plant = {}) {
    this.#torment = torment;
    this.#isLiedTo = plant.isDoubted === true;
    this.#chance = createChance(createSeededRandom(seed));
    const chance = this.#chance;
    const rowsMax = 1 + chance.below(6);
    const opsMax = 1 + chance.below(6);
    this.#tree = treeOfSeed(seed, grow(chance));
    const isSkewed = torment.skew > 0;
    this.#grid = new Grid({ chance, tree: this.#tree, plant, isSkewed, opsMax, rowsMax });
    this.#people = new People(chance);
    this.#oblivion = createChance(createSeededRandom(seed + 0x0b11));
    this.#network = new Network(chance, this.story, torment.noise);
  }

  get story(): Story {
    return this.#grid.story;
  }

  /** Lets time pass once, with whatever happens in it. @throws Violation */
  step(): void {
    this.#grid.nowMs += 1_000 + this.#chance.below(3_000);
    for (const machine of this.#grid.machines) {
      if (this.#chance.happens(0.35)) this.#sync(machine);
      if (this.#chance.happens(0.2)) this.#edit(machine);
    }
    this.#editAtCloud();
    this.#torture();
    this.#deliver();
    this.#grid.check();
  }

  // ---- people

  #edit(machine: Machine): void {
    const { replica } = machine;
    const rows = effectiveRows(replica, { registry, layerOf: this.#tree.layerOf });
    const view = this.#tree.viewOf(replica);
    const live = rows
      .all()
      .filter((row) => isOfPeople(row) && view.isHomeWithin(row.home, replica.node));
    if (live.length > 0 && this.#chance.happens(0.04)) {
      const { type, id } = this.#chance.pick(live);
      const home = this.#homeBelow(replica.node);
      this.#grid.write(machine, { kind: 'move', type, id, fields: {}, home, by: 'someone' });
      return;
    }
    const wish = this.#people.wish(live);
    if (wish.kind !== 'create') {
      this.#grid.write(machine, wish);
      return;
    }
    const home = this.#homeBelow(replica.node);
    if (this.#chance.happens(0.8)) {
      this.#grid.write(machine, { ...wish, home });
      return;
    }
    // Somebody who cannot make lasting ids makes two things, of which one names the other.
    const id = `tmp:${wish.id}`;
    this.#grid.write(machine, { ...wish, id, home });
    if (wish.type === 'device') this.#grid.write(machine, this.#people.taskFor(id, home));
  }

  /** Mostly of the own scope, now and then of one that a controller below serves. */
  #homeBelow(node: string): string {
    const below = this.#tree.nodes().filter((one) => isWithin(this.#tree, one, node));
    const chosen = this.#chance.happens(0.8) ? node : this.#chance.pick(below);
    return this.#tree.homeIn(chosen, this.#chance);
  }

  #editAtCloud(): void {
    const chance = this.#chance;
    if (chance.happens(0.02)) {
      // What belongs to the cloud all inherit.
      const home = this.#tree.homeIn(CLOUD, chance);
      this.#grid.writeAtCloud({ kind: 'create', ...this.#people.newPolicy(), home });
    }
    const live = [...this.#grid.cloud.history.rows.values()].filter((row) => isOfPeople(row));
    if (live.length === 0) return;
    const row = chance.pick(live);
    const { type, id } = row;
    if (chance.happens(0.04) && type !== 'policy') {
      const home = this.#tree.homeIn(chance.pick(this.#tree.nodes()), chance);
      this.#grid.writeAtCloud({ kind: 'move', type, id, fields: {}, home });
    }
    if (chance.happens(0.06)) {
      const fields = type === 'policy' ? { lock: chance.happens(0.5) } : this.#people.changeOf(row);
      this.#grid.writeAtCloud({ kind: 'patch', type, id, fields });
    }
  }

  // ---- the network

  #upstreamOf({ replica, direct }: Machine): string {
    // What was left here by a controller that moved away is brought to the cloud directly.
    const view = this.#tree.viewOf(replica);
    // What no relay can prove comes from the cloud, through those above or past them.
    if (needsCloud(replica) && this.#chance.happens(0.8)) return CLOUD;
    if (holdsOrphans(replica, view) && this.#chance.happens(0.5)) return CLOUD;
    return direct ?? view.parentOf(replica.node) ?? CLOUD;
  }

  #sync(machine: Machine): void {
    const { nowMs } = this.#grid;
    const isWaiting = machine.askedAtMs !== null && nowMs - machine.askedAtMs < PATIENCE_MS;
    if (isWaiting) return;
    if (machine.askedAtMs !== null) machine.failures += 1;
    this.#fail(machine);
    machine.askedAtMs = nowMs;
    const to = this.#upstreamOf(machine);
    const request = this.#grid.ask(machine, to);
    this.#network.send({ kind: 'request', to, from: machine, request }, nowMs);
  }

  /** The parent is given up for the grandparent or the cloud, and tried again later. */
  #fail(machine: Machine): void {
    const view = this.#tree.viewOf(machine.replica);
    const parent = view.parentOf(machine.replica.node) ?? CLOUD;
    if (machine.direct === null && machine.failures > FAILURES_MAX && parent !== CLOUD) {
      const grandparent = view.parentOf(parent) ?? CLOUD;
      machine.direct = this.#chance.happens(0.3) ? grandparent : CLOUD;
      machine.failures = 0;
      this.story.failovers += 1;
    } else if (machine.direct !== null && this.#chance.happens(0.25)) {
      machine.direct = null;
      machine.failures = 0;
    }
  }

  #deliver(): void {
    for (const message of this.#network.due(this.#grid.nowMs)) {
      if (message.kind === 'request') this.#answer(message);
      else this.#receive(message);
    }
  }

  #crashes(): boolean {
    const isCrash = this.#chance.happens(this.#isTormented ? 0.03 * this.#torment.noise : 0);
    if (isCrash) this.story.crashes += 1;
    return isCrash;
  }

  #answer({ to, from, request }: Extract<Message, { kind: 'request' }>): void {
    // A crash before the commit leaves nothing; one after it leaves the commit, and no answer.
    if (this.#crashes()) return;
    const response = this.#grid.answer(to, request, from);
    if (!response || this.#crashes()) return;
    this.#network.send({ kind: 'response', to: from, from: to, response }, this.#grid.nowMs);
  }

  #receive({ to, response }: Extract<Message, { kind: 'response' }>): void {
    if (!this.#grid.machines.includes(to) || this.#crashes()) return;
    if (response.requestNumber === to.replica.soft.requestNumber) {
      to.askedAtMs = null;
      // Who is always behind serves nobody: also an old parent that knows its child no more.
      to.failures = response.status === 'behind' ? to.failures + 1 : 0;
    }
    this.#grid.receive(to, response);
  }

  // ---- disasters

  #torture(): void {
    if (!this.#isTormented) return;
    const machine = this.#chance.pick(this.#grid.machines);
    for (const [kind, probability, happen] of this.#misfortunes) {
      if (this.#chance.happens(probability * this.#torment[kind])) happen(machine);
    }
    if (this.#oblivion.happens(0.03 * this.#torment.collection)) {
      const { cloud } = this.#grid;
      forgetWishes(cloud, cloud.history.cursor - this.#oblivion.below(40));
    }
  }

  /** What may happen in a step, with its usual probability. */
  readonly #misfortunes: readonly (readonly [keyof Torment, number, (machine: Machine) => void])[] =
    [
      ['cuts', 0.08, (machine) => this.#toggleCut(machine)],
      ['skew', 0.02, (machine) => void (machine.offsetMs += this.#chance.below(400_000) - 200_000)],
      ['collection', 0.04, () => this.#collect(this.#grid.cloud.history, 40)],
      ['collection', 0.06, ({ replica }) => replica.catchup ?? this.#collect(replica.history, 25)],
      ['restores', 0.04, (machine) => void machine.backups.push(copyOf(machine.replica))],
      ['restores', 0.012, (machine) => this.#restore(machine)],
      ['wipes', 0.006, (machine) => this.#grid.wipe(machine)],
      ['copies', 0.004, (machine) => this.#grid.copy(machine)],
      ['cloudRestores', 0.02, () => this.#grid.keepCloudBackup()],
      ['cloudRestores', 0.006, () => this.#grid.restoreCloud()],
      ['moves', 0.012, () => this.#moveNode()],
      ['revocations', 0.003, ({ replica }) => this.#grid.revoke(replica.node)],
    ];

  #toggleCut({ replica }: Machine): void {
    const parent = this.#tree.parentOf(replica.node) ?? CLOUD;
    const line = this.#chance.pick([
      replica.node,
      [replica.node, parent].toSorted().join('|'),
      [replica.node, CLOUD].toSorted().join('|'),
      CLOUD,
    ]);
    this.#network.toggle(line);
  }

  #collect(history: Cloud['history'], keep: number): void {
    forgetBelow(history, history.cursor - this.#chance.below(keep));
  }

  #restore(machine: Machine): void {
    const backup = machine.backups.at(-1);
    if (backup) this.#grid.restore(machine, backup);
  }

  #moveNode(): void {
    const node = this.#chance.pick(this.#tree.nodes());
    const parents = this.#tree.parentsFor(node);
    if (parents.length > 0) this.#grid.moveNode(node, this.#chance.pick(parents));
    if (this.#chance.happens(0.5)) this.#grid.turnScope(this.#chance.pick(this.#tree.nodes()));
  }

  // ---- the end

  /** Ends all faults and waits until all is quiet. @throws Violation */
  heal(): void {
    const grid = this.#grid;
    this.#isTormented = false;
    this.#network.heal();
    for (const machine of grid.machines) {
      machine.direct = null;
      machine.askedAtMs = null;
    }
    this.#comeToRest();
    grid.oracle.checkAtRest(grid.replicas, grid);
    // Nobody's database was another's or went back: whoever was told so was told wrongly.
    const isOwnDatabase = this.story.restores + this.story.copies === 0;
    if (isOwnDatabase && this.story.forks > 0 && !this.#isLiedTo)
      throw new Violation('false forks', `${this.story.forks} of them`);
    if (this.story.cloudRestores === 0) grid.oracle.checkCounters(grid.cloud);
    if (isOwnDatabase && this.story.cloudRestores + this.story.wipes === 0)
      grid.oracle.checkRenamed();
    this.story.named = grid.oracle.namesKept;
  }

  /** @throws Violation when that does not end */
  #comeToRest(): void {
    const grid = this.#grid;
    let quiet = 0;
    let idle = 0;
    let unrest = '';
    for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round += 1) {
      // Where nothing moves any more, streams that nobody goes on with are waited for.
      const isLong = idle === IDLE_ROUNDS_MAX || round % DAY_ROUNDS === DAY_ROUNDS - 1;
      grid.nowMs += isLong ? GAP_MS_MAX : 2_000;
      for (const machine of grid.machines) this.#sync(machine);
      this.#deliver();
      this.#deliver();
      grid.check();
      const found = unrestOf(grid.machines, grid.cloud);
      idle = found === unrest && idle < IDLE_ROUNDS_MAX ? idle + 1 : 0;
      unrest = found;
      quiet = found === '' ? quiet + 1 : 0;
      this.story.rounds = round + 1;
    }
    if (quiet < QUIET_ROUNDS) throw new Violation('I13 progress', unrest);
  }
}
