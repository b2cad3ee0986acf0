/**
 * A world of controllers that a seed makes and torments: edits everywhere, lost, doubled, late and
 * reordered messages, crashes before and after every commit, cut lines, wrong clocks, failover, moved
 * controllers, databases that are restored, wiped or copied, a cloud that comes back from a backup.
 * After every step the oracle looks at everything; at the end all faults stop and all must agree.
 */
import { createSeededRandom } from '@wardgrid/base';
import {
  applyResponse,
  CLOUD,
  createReplica,
  decide,
  effectiveRows,
  forgetBelow,
  GAP_MS_MAX,
  holdsOrphans,
  isWithin,
  requestOf,
  serve,
  write,
  type Cloud,
  type Op,
  type Replica,
  type Row,
  type SyncRequest,
  type SyncResponse,
  type Upstream,
  type Verdict,
  type Wish,
} from '@wardgrid/sync';
import { CloudSite } from './cloud-site.ts';
import { createChance, type Chance } from './chance.ts';
import {
  copyOf,
  createMachine,
  toolsOf,
  wallMsOf,
  type Machine,
  type WallClock,
} from './machine.ts';
import { Network, type Message } from './network.ts';
import { Oracle, Violation } from './oracle.ts';
import { People } from './people.ts';
import { registry } from './registry.ts';
import { unrestOf } from './rest.ts';
import { emptyStory, type Plant, type Story, type Torment } from './story.ts';
import { growTree, type Tree } from './tree.ts';

const START_MS = 1_700_000_000_000;
/** A request that is not answered by then is given up. */
const PATIENCE_MS = 30_000;
/** Failed calls until the parent is given up for a while. */
const FAILURES_MAX = 3;
/** Quiet rounds after which all is at rest; and how many there may be before. */
const QUIET_ROUNDS = 3;
const ROUNDS_MAX = 1_500;

export class World {
  readonly chance: Chance;
  readonly tree: Tree;
  readonly machines: Machine[] = [];
  readonly story: Story;
  readonly #oracle: Oracle;
  readonly #people: People;
  readonly #torment: Torment;
  readonly #plant: Plant;
  readonly #rowsMax: number;
  readonly #opsMax: number;
  readonly #network: Network;
  readonly #site: CloudSite;
  nowMs = START_MS;
  #isTormented = true;

  constructor(seed: number, torment: Torment, plant: Plant = {}) {
    this.chance = createChance(createSeededRandom(seed));
    this.#torment = torment;
    this.#plant = plant;
    this.#rowsMax = 1 + this.chance.below(6);
    this.#opsMax = 1 + this.chance.below(6);
    this.tree = growTree(this.chance);
    this.#oracle = new Oracle(this.tree);
    this.#people = new People(this.chance);
    this.#site = new CloudSite(this.chance, this.tree, plant.isBlindToKeys === true);
    for (const node of this.tree.nodes()) this.machines.push(this.#machine(node, node));
    this.story = emptyStory(this.machines.length);
    this.#network = new Network(this.chance, this.story, torment.noise);
  }

  get cloud(): Cloud {
    return this.#site.cloud;
  }

  #machine(key: string, node: string): Machine {
    const made = createMachine(key, this.chance, this.#torment.skew > 0);
    const tools = toolsOf(() => this.#wallMs(made), this.chance);
    return { ...made, replica: createReplica(node, this.tree.scopeVersionOf(node), tools) };
  }

  #wallMs(machine: WallClock): number {
    return wallMsOf(machine, this.nowMs - START_MS, START_MS);
  }

  #tools(machine: Machine) {
    return toolsOf(() => this.#wallMs(machine), this.chance);
  }

  #clientContext(machine: Machine) {
    return { registry, topology: this.tree, tools: this.#tools(machine), opsMax: this.#opsMax };
  }

  /** Lets time pass once, with whatever happens in it. @throws Violation */
  step(): void {
    this.nowMs += 1_000 + this.chance.below(3_000);
    for (const machine of this.machines) {
      if (this.chance.happens(0.35)) this.#sync(machine);
      if (this.chance.happens(0.2)) this.#edit(machine);
    }
    this.#editAtCloud();
    this.#torture();
    this.#deliver();
    this.check();
  }

  /** Looks at everything. @throws Violation */
  check(): void {
    for (const machine of this.machines) {
      this.#wallMs(machine);
      if (!machine.isTouched) continue;
      machine.isTouched = false;
      this.#oracle.checkMachine(machine.replica, this.cloud, machine.wallMsMax);
    }
  }

  // ---- people

  #edit(machine: Machine): void {
    const { replica } = machine;
    const rows = effectiveRows(replica, { registry, layerOf: this.tree.layerOf });
    const live = rows.all().filter(({ home }) => isWithin(this.tree, home, replica.node));
    this.#write(machine, this.#people.wish(live));
  }

  #write(machine: Machine, wish: Wish | undefined): void {
    if (!wish) return;
    machine.isTouched = true;
    const { op } = write(machine.replica, wish, this.#tools(machine));
    this.story.ops += 1;
    this.#oracle.noteWritten(op, machine.replica);
  }

  #editAtCloud(): void {
    const live = [...this.cloud.history.rows.values()].filter((row) => !row.isDeleted);
    if (live.length === 0) return;
    const row = this.chance.pick(live);
    const { type, id } = row;
    if (this.chance.happens(0.04) && type !== 'policy') {
      const home = this.chance.pick(this.tree.nodes());
      this.#writeAtCloud({ kind: 'move', type, id, fields: {}, home });
    }
    if (this.chance.happens(0.06)) {
      const fields =
        type === 'policy' ? { lock: this.chance.happens(0.5) } : this.#people.changeOf(row);
      this.#writeAtCloud({ kind: 'patch', type, id, fields });
    }
  }

  #writeAtCloud(wish: Omit<Wish, 'by'>): void {
    const sealed = this.#site.seal(wish, this.nowMs);
    this.#oracle.noteWritten(sealed.op, null);
    const before = this.#site.rowBefore(sealed.op);
    const verdict = decide(this.cloud, sealed, this.#site.context(this.nowMs));
    this.#noteVerdict(sealed.op, verdict, before);
  }

  #noteVerdict(op: Op, verdict: Verdict, before: Row | undefined): void {
    if (verdict.kind === 'decided') this.story.decided += 1;
    this.#plant.decided?.(verdict, this);
    this.#oracle.noteVerdict(this.cloud, { op, verdict, before });
  }

  // ---- the network

  #upstreamOf({ replica, direct }: Machine): string {
    // What was left here by a controller that moved away is brought to the cloud directly.
    if (holdsOrphans(replica, this.tree) && this.chance.happens(0.5)) return CLOUD;
    return direct ?? this.tree.parentOf(replica.node) ?? CLOUD;
  }

  #sync(machine: Machine): void {
    const isWaiting = machine.askedAtMs !== null && this.nowMs - machine.askedAtMs < PATIENCE_MS;
    if (isWaiting) return;
    if (machine.askedAtMs !== null) machine.failures += 1;
    this.#fail(machine);
    machine.askedAtMs = this.nowMs;
    const to = this.#upstreamOf(machine);
    const request = requestOf(machine.replica, to, this.#clientContext(machine));
    this.#network.send({ kind: 'request', to, from: machine, request }, this.nowMs);
  }

  /** The parent is given up for the grandparent or the cloud, and tried again later. */
  #fail(machine: Machine): void {
    const parent = this.tree.parentOf(machine.replica.node) ?? CLOUD;
    if (machine.direct === null && machine.failures > FAILURES_MAX && parent !== CLOUD) {
      const grandparent = this.tree.parentOf(parent) ?? CLOUD;
      machine.direct = this.chance.happens(0.3) ? grandparent : CLOUD;
      machine.failures = 0;
      this.story.failovers += 1;
    } else if (machine.direct !== null && this.chance.happens(0.25)) {
      machine.direct = null;
      machine.failures = 0;
    }
  }

  #deliver(): void {
    for (const message of this.#network.due(this.nowMs)) {
      if (message.kind === 'request') this.#answer(message);
      else this.#receive(message);
    }
  }

  #crashes(): boolean {
    const isCrash = this.chance.happens(this.#isTormented ? 0.03 * this.#torment.noise : 0);
    if (isCrash) this.story.crashes += 1;
    return isCrash;
  }

  #answer({ to, from, request }: Extract<Message, { kind: 'request' }>): void {
    const upstream = this.#upstream(to);
    // A crash before the commit leaves nothing; one after it leaves the commit, and no answer.
    if (!upstream || this.#crashes()) return;
    this.#touch(to);
    const response = serve(upstream, request, {
      registry,
      topology: this.tree,
      wallMs: this.#serverWallMs(to),
      rowsMax: this.#rowsMax,
      onBefore: (op) => this.#site.rowBefore(op),
      onVerdict: (op, verdict, before) => this.#noteVerdict(op, verdict, before),
    });
    if (this.#crashes()) return;
    if (response.snapshot) this.story.snapshots += 1;
    if (response.status === 'fork') this.story.forks += 1;
    const sent = this.#plant.response?.(response, this, from) ?? response;
    this.#checkBounds(request, sent);
    this.#network.send({ kind: 'response', to: from, from: to, response: sent }, this.nowMs);
  }

  /** One machine, or all of them. */
  #touch(name?: string): void {
    for (const machine of this.machines) {
      if (name === undefined || machine.key === name) machine.isTouched = true;
    }
  }

  #upstream(name: string): Upstream | undefined {
    if (name === CLOUD) {
      return { kind: 'cloud', cloud: this.cloud, decideContext: this.#site.context(this.nowMs) };
    }
    const machine = this.machines.find(({ key }) => key === name);
    return machine && { kind: 'controller', replica: machine.replica };
  }

  #serverWallMs(name: string): number {
    const machine = this.machines.find(({ key }) => key === name);
    return machine ? this.#wallMs(machine) : this.nowMs;
  }

  #checkBounds(request: SyncRequest, response: SyncResponse): void {
    const rows = (response.page?.entries.length ?? 0) + (response.snapshot?.rows.length ?? 0);
    if (request.ops.length > this.#opsMax || rows > this.#rowsMax) {
      throw new Violation('I14 bounds', `${request.ops.length} ops, ${rows} rows in one message`);
    }
  }

  #receive({ to, response }: Extract<Message, { kind: 'response' }>): void {
    if (!this.machines.includes(to) || this.#crashes()) return;
    if (response.requestNumber === to.replica.soft.requestNumber) {
      to.askedAtMs = null;
      to.failures = 0;
    }
    to.isTouched = true;
    applyResponse(to.replica, response, this.#clientContext(to));
    this.#plant.applied?.(to, response, this);
  }

  // ---- disasters

  #torture(): void {
    if (!this.#isTormented) return;
    const machine = this.chance.pick(this.machines);
    for (const [kind, probability, happen] of this.#misfortunes) {
      if (this.chance.happens(probability * this.#torment[kind])) happen(machine);
    }
  }

  /** What may happen in a step, with its usual probability. */
  readonly #misfortunes: readonly (readonly [keyof Torment, number, (machine: Machine) => void])[] =
    [
      ['cuts', 0.08, (machine) => this.#toggleCut(machine)],
      ['skew', 0.02, (machine) => void (machine.offsetMs += this.chance.below(400_000) - 200_000)],
      ['collection', 0.04, () => this.#collect(this.cloud.history, 40)],
      ['collection', 0.06, ({ replica }) => replica.catchup ?? this.#collect(replica.history, 25)],
      ['restores', 0.04, (machine) => void machine.backups.push(copyOf(machine.replica))],
      ['restores', 0.012, (machine) => this.#restore(machine)],
      ['wipes', 0.006, (machine) => this.#wipe(machine)],
      ['copies', 0.004, (machine) => this.#copy(machine)],
      ['cloudRestores', 0.02, () => this.#site.keepBackup()],
      ['cloudRestores', 0.006, () => this.#restoreCloud()],
      ['moves', 0.012, () => this.#moveNode()],
    ];

  #toggleCut({ replica }: Machine): void {
    const parent = this.tree.parentOf(replica.node) ?? CLOUD;
    const line = this.chance.pick([
      replica.node,
      [replica.node, parent].toSorted().join('|'),
      [replica.node, CLOUD].toSorted().join('|'),
      CLOUD,
    ]);
    this.#network.toggle(line);
  }

  #collect(history: Cloud['history'], keep: number): void {
    forgetBelow(history, history.cursor - this.chance.below(keep));
  }

  #replicas(): Replica[] {
    return this.machines.map(({ replica }) => replica);
  }

  #restore(machine: Machine): void {
    const backup = machine.backups.at(-1);
    if (!backup) return;
    const lost = machine.replica;
    machine.replica = copyOf(backup);
    machine.askedAtMs = null;
    machine.isTouched = true;
    this.story.restores += 1;
    this.#oracle.noteReplaced(lost, machine.replica);
    this.#oracle.noteLoss(this.#replicas(), this.cloud);
  }

  #wipe(machine: Machine): void {
    const lost = machine.replica;
    const { node } = lost;
    machine.replica = createReplica(node, this.tree.scopeVersionOf(node), this.#tools(machine));
    machine.replica.soft.requestNumber = lost.soft.requestNumber + 1_000;
    machine.backups.length = 0;
    machine.askedAtMs = null;
    this.story.wipes += 1;
    this.#oracle.noteReplaced(lost, machine.replica);
    this.#oracle.noteLoss(this.#replicas(), this.cloud);
  }

  /** A cloned disk: two machines go on with one identity and one database. */
  #copy(machine: Machine): void {
    const { node } = machine.replica;
    if (this.machines.some(({ key }) => key === `${node}'`)) return;
    const copy = this.#machine(`${node}'`, node);
    copy.replica = copyOf(machine.replica);
    // Its database has seen the other's clock.
    copy.wallMsMax = machine.wallMsMax;
    this.machines.push(copy);
    this.story.copies += 1;
  }

  #restoreCloud(): void {
    const forgotten = this.#site.restore();
    if (!forgotten) return;
    this.#plant.resumed?.(this);
    this.story.cloudRestores += 1;
    this.#touch();
    this.#oracle.noteEpoch(this.cloud);
    this.#oracle.noteLoss(this.#replicas(), this.cloud, forgotten);
    this.#oracle.forgetOwn();
  }

  #moveNode(): void {
    const nodes = this.tree.nodes();
    const node = this.chance.pick(nodes);
    const parent = this.chance.pick([CLOUD, ...nodes]);
    const isCircle = isWithin(this.tree, parent, node);
    if (parent === this.tree.parentOf(node) || (parent !== CLOUD && isCircle)) return;
    this.tree.move(node, parent);
    this.#touch();
    this.story.moves += 1;
    this.#oracle.forgetOwn();
  }

  // ---- the end

  /** Ends all faults and waits until all is quiet. @throws Violation */
  heal(): void {
    this.#isTormented = false;
    this.#network.heal();
    for (const machine of this.machines) {
      machine.direct = null;
      machine.askedAtMs = null;
    }
    let quiet = 0;
    for (let round = 0; round < ROUNDS_MAX && quiet < QUIET_ROUNDS; round += 1) {
      // The longer it takes, the faster time goes: streams that nobody goes on with are waited for.
      this.nowMs += round < 200 ? 2_000 : GAP_MS_MAX / 20;
      for (const machine of this.machines) this.#sync(machine);
      this.#deliver();
      this.#deliver();
      this.check();
      quiet = unrestOf(this.machines, this.cloud) === '' ? quiet + 1 : 0;
      this.story.rounds = round + 1;
    }
    if (quiet < QUIET_ROUNDS)
      throw new Violation('I13 progress', unrestOf(this.machines, this.cloud));
    this.#oracle.checkAtRest(this.#replicas(), this.cloud);
    const isPlain = this.story.cloudRestores === 0 && this.cloud.history.aliases.size === 0;
    if (isPlain) this.#oracle.checkCounters(this.cloud);
  }
}
