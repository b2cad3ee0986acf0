/**
 * The controllers of a world and everything that can be done with them, one step at a time: who writes,
 * who asks whom, what comes back, and every disaster. It tells the oracle what happens, and chooses
 * nothing: random worlds and told stories are made of the same steps.
 */
import {
  append,
  applyResponse,
  CLOUD,
  createReplica,
  decide,
  hlcTick,
  RELAY_FORKS_MAX,
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
import { createHash } from 'node:crypto';
import type { Chance } from './chance.ts';
import { CloudSite } from './cloud-site.ts';
import {
  copyOf,
  createMachine,
  toolsOf,
  wallMsOf,
  type Machine,
  type WallClock,
} from './machine.ts';
import { Oracle } from './oracle.ts';
import { registry } from './registry.ts';
import { emptyStory, type Plant, type Story } from './story.ts';
import type { Tree } from './tree.ts';
import { isSigned, openVoucher, sealVouchers, signShown } from './seals.ts';
import { Violation } from './violation.ts';

const START_MS = 1_700_000_000_000;
const DAY_MS = 24 * 3_600_000;

/** What a grid is made of. */
export interface GridOptions {
  readonly chance: Chance;
  readonly tree: Tree;
  readonly plant: Plant;
  readonly isSkewed: boolean;
  /** Most ops of a request, and most rows of an answer. */
  readonly opsMax: number;
  readonly rowsMax: number;
}

export class Grid {
  readonly chance: Chance;
  readonly tree: Tree;
  readonly machines: Machine[] = [];
  readonly story: Story;
  readonly oracle: Oracle;
  readonly #options: GridOptions;
  readonly #site: CloudSite;
  /** When relays made a database begin another stream. */
  readonly #relayForks = new WeakMap<Replica, readonly number[]>();
  nowMs = START_MS;

  constructor(options: GridOptions) {
    const { chance, tree, plant } = options;
    this.#options = options;
    this.chance = chance;
    this.tree = tree;
    this.oracle = new Oracle(tree);
    this.#site = new CloudSite(chance, tree, plant.isBlindToKeys === true);
    this.story = emptyStory(tree.nodes().length);
    tree.begin({ cloud: () => this.cloud, writeAtCloud: (wish) => void this.writeAtCloud(wish) });
    for (const node of tree.nodes()) this.machines.push(this.#machine(node, node));
  }

  get cloud(): Cloud {
    return this.#site.cloud;
  }

  /** Every wish that the cloud decided, whether it knows its name or not. */
  get decided(): ReadonlySet<string> {
    return this.#site.decided;
  }

  get replicas(): Replica[] {
    return this.machines.map(({ replica }) => replica);
  }

  #machine(key: string, node: string): Machine {
    const made = createMachine(key, this.chance, this.#options.isSkewed);
    const tools = toolsOf(() => this.#wallMs(made), this.chance);
    return { ...made, replica: createReplica(node, this.tree.scopeVersionOf(node), tools) };
  }

  /** The machine of that name; a copy has its original's with a stroke. */
  machine(key: string): Machine {
    const machine = this.machines.find((one) => one.key === key);
    if (!machine) throw new Error(`no machine '${key}'`);
    return machine;
  }

  #wallMs(machine: WallClock): number {
    return wallMsOf(machine, this.nowMs - START_MS, START_MS);
  }

  #tools(machine: Machine) {
    return toolsOf(() => this.#wallMs(machine), this.chance);
  }

  #clientContext(machine: Machine) {
    const { opsMax } = this.#options;
    const topology = this.tree.viewOf(machine.replica);
    return { registry, topology, tools: this.#tools(machine), opsMax, openVoucher, isSigned };
  }

  /** Looks at everything that changed. @throws Violation */
  check(): void {
    for (const machine of this.machines) {
      this.#wallMs(machine);
      if (!machine.isTouched) continue;
      machine.isTouched = false;
      this.oracle.checkMachine(machine.replica, this.cloud, machine.wallMsMax);
    }
  }

  /** One machine, or all of them. */
  #touch(name?: string): void {
    for (const machine of this.machines) {
      if (name === undefined || machine.key === name) machine.isTouched = true;
    }
  }

  // ---- people

  write(machine: Machine, wish: Wish): Op {
    machine.isTouched = true;
    const context = { tools: this.#tools(machine), registry };
    const { op } = write(machine.replica, wish, context);
    this.story.ops += 1;
    this.oracle.noteWritten(op, machine.replica);
    return op;
  }

  /** Writes what names a thing by a number that nobody need have lent. */
  claim(machine: Machine, wish: Wish, number: number): Op {
    machine.isTouched = true;
    const { replica } = machine;
    const tools = this.#tools(machine);
    replica.hlc = hlcTick(replica.hlc, tools.wallMs());
    const { home = null, ...rest } = wish;
    const op = {
      ...rest,
      home,
      opId: tools.newId(),
      hlc: replica.hlc,
      seen: replica.history.cursor,
      schemaVersion: 1,
    };
    const sealed = append(replica, op, { tools, number });
    this.oracle.noteWritten(sealed.op, replica);
    return sealed.op;
  }

  writeAtCloud(wish: Omit<Wish, 'by'>): Op {
    const sealed = this.#site.seal(wish, this.nowMs);
    this.oracle.noteWritten(sealed.op, null);
    const before = this.#site.rowBefore(sealed.op);
    const verdict = decide(this.cloud, sealed, this.#site.context(this.nowMs));
    this.#noteVerdict(sealed.op, verdict, before);
    return sealed.op;
  }

  #noteVerdict(op: Op, verdict: Verdict, before: Row | undefined): void {
    if (verdict.kind === 'decided') {
      this.story.decided += 1;
      this.#site.noteDecided(op.opId);
      this.story.conflicts += verdict.entry.lost.length;
    }
    this.#options.plant.decided?.(verdict, this);
    this.oracle.noteVerdict(this.cloud, { op, verdict, before, nowMs: this.nowMs });
  }

  // ---- exchanges

  ask(machine: Machine, to: string): SyncRequest {
    return requestOf(machine.replica, to, this.#clientContext(machine));
  }

  /** Answers a request in one transaction; undefined when nobody of that name is there. */
  answer(to: string, request: SyncRequest, from: Machine): SyncResponse | undefined {
    const upstream = this.#upstream(to);
    if (!upstream) return undefined;
    this.#touch(to);
    const response = serve(upstream, request, {
      registry,
      topology: upstream.kind === 'cloud' ? this.tree : this.tree.viewOf(upstream.replica),
      wallMs: this.#serverWallMs(to),
      rowsMax: this.#options.rowsMax,
      sha256: (bytes) => createHash('sha256').update(bytes).digest(),
      controllers: this.tree.nodes,
      onBefore: (op) => this.#site.rowBefore(op),
      onVerdict: (op, verdict, before) => this.#noteVerdict(op, verdict, before),
      onLent: (entry) => this.oracle.noteLent(this.cloud, entry),
    });
    if (response.snapshot) this.story.snapshots += 1;
    const sealed =
      upstream.kind === 'cloud'
        ? sealVouchers(response)
        : signShown(response, upstream.replica.node);
    const sent = this.#options.plant.response?.(sealed, this, from) ?? sealed;
    this.#checkBounds(request, sent);
    return sent;
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
    const { opsMax, rowsMax } = this.#options;
    const rows = (response.page?.entries.length ?? 0) + (response.snapshot?.rows.length ?? 0);
    if (request.ops.length > opsMax || rows > rowsMax) {
      throw new Violation('I14 bounds', `${request.ops.length} ops, ${rows} rows in one message`);
    }
  }

  receive(machine: Machine, response: SyncResponse): void {
    machine.isTouched = true;
    const { stream } = machine.replica;
    const doubt = applyResponse(machine.replica, response, this.#clientContext(machine));
    if (doubt !== null) this.story.doubts += 1;
    if (doubt !== null && this.#options.plant.isDoubted !== true)
      throw new Violation('I16 proof', `${response.from}: ${doubt}`);
    // An answer to a request that came late may say so, too: nobody listens to that.
    if (machine.replica.stream !== stream) {
      this.story.forks += 1;
      if (response.status === 'fork' && response.from !== CLOUD) this.#noteRelayFork(machine);
    }
    this.#options.plant.applied?.(machine, response, this);
  }

  /** A relay alone makes a database begin a stream a few times a day, and not more. */
  #noteRelayFork(machine: Machine): void {
    const wallMs = this.#wallMs(machine);
    const known = this.#relayForks.get(machine.replica) ?? [];
    const lately = known.filter((at) => Math.abs(wallMs - at) < DAY_MS);
    if (lately.length >= RELAY_FORKS_MAX)
      throw new Violation(
        'I14 bounds',
        `${machine.key} began ${lately.length + 1} streams in a day`,
      );
    this.#relayForks.set(machine.replica, [...lately, wallMs]);
  }

  // ---- disasters

  /** A machine's database is an older one again. */
  restore(machine: Machine, backup: Replica): void {
    const lost = machine.replica;
    machine.replica = copyOf(backup);
    machine.replica.soft.requestNumber = lost.soft.requestNumber + REQUESTS_APART;
    this.story.restores += 1;
    this.#replaced(machine, lost);
  }

  /** A machine begins anew with an empty database. */
  wipe(machine: Machine): void {
    const lost = machine.replica;
    const { node } = lost;
    this.tree.tell(node);
    machine.replica = createReplica(node, this.tree.scopeVersionOf(node), this.#tools(machine));
    machine.replica.soft.requestNumber = lost.soft.requestNumber + REQUESTS_APART;
    machine.backups.length = 0;
    this.story.wipes += 1;
    this.#replaced(machine, lost);
  }

  #replaced(machine: Machine, lost: Replica): void {
    machine.askedAtMs = null;
    machine.isTouched = true;
    this.oracle.noteReplaced(lost, machine.replica);
    this.oracle.noteLoss(this.replicas, this.decided);
  }

  /** A cloned disk: two machines go on with one identity and one database. */
  copy(machine: Machine): void {
    const { node } = machine.replica;
    if (this.machines.some(({ key }) => key === `${node}'`)) return;
    const copy = this.#machine(`${node}'`, node);
    copy.replica = copyOf(machine.replica);
    // Its database has seen the other's clock.
    copy.wallMsMax = machine.wallMsMax;
    this.machines.push(copy);
    this.story.copies += 1;
  }

  keepCloudBackup(): void {
    this.#site.keepBackup();
  }

  /** The cloud comes back from its backup, if there is one. */
  restoreCloud(): void {
    const forgotten = this.#site.restore();
    if (!forgotten) return;
    this.#options.plant.resumed?.(this);
    this.story.cloudRestores += 1;
    this.#touch();
    this.oracle.noteEpoch(this.cloud);
    this.oracle.noteLoss(this.replicas, this.decided, forgotten);
  }

  /** Nothing that a controller writes counts from now on. */
  revoke(node: string): void {
    this.#site.revoke(node);
    this.oracle.noteRevoked(node);
    this.story.revocations += 1;
  }

  moveNode(node: string, parent: string): void {
    this.#changeTree(() => this.tree.move(node, parent));
  }

  turnScope(node: string): void {
    this.#changeTree(() => this.tree.turnScope(node));
  }

  #changeTree(change: () => void): void {
    change();
    this.#touch();
    this.story.moves += 1;
    this.oracle.forgetOwn();
  }
}

/** Requests of a database that is gone are not taken for those of the one that follows it. */
const REQUESTS_APART = 1_000;
