import { sha256 } from '@noble/hashes/sha2.js';
import {
  CLOUD,
  createCloud,
  hlcOf,
  resumeFromBackup,
  sealOp,
  streamOf,
  type Cloud,
  type DecideContext,
  type Op,
  type Row,
  type SealedOp,
  type Wish,
} from '@wardgrid/sync';
import type { Chance } from './chance.ts';
import { registry } from './registry.ts';
import type { Tree } from './tree.ts';

/** Numbers that are lent at once: so few that they run out. */
export const BLOCK_SIZE = 6;

const NO_HEAD = '0'.repeat(64);

/** The cloud of a world, with its people, its backup and its storage's look-ups. */
export class CloudSite {
  readonly #chance: Chance;
  readonly #tree: Tree;
  readonly #isBlindToKeys: boolean;
  cloud: Cloud = createCloud();
  /** Every wish that this history decided, also those whose names the cloud forgot. */
  decided = new Set<string>();
  /** By their certificates, which do not go back with the database. */
  readonly #revoked = new Set<string>();
  #backup: { readonly cloud: Cloud; readonly decided: Set<string> } | null = null;
  #stream = '';
  #number = 0;
  #head = NO_HEAD;
  #epochMax = 1;

  constructor(chance: Chance, tree: Tree, isBlindToKeys: boolean) {
    this.#chance = chance;
    this.#tree = tree;
    this.#isBlindToKeys = isBlindToKeys;
    this.#beginStream();
  }

  #beginStream(): void {
    this.#stream = streamOf(CLOUD, this.#chance.name() + this.#chance.name());
    this.#number = 0;
    this.#head = NO_HEAD;
  }

  context(wallMs: number): DecideContext {
    const { rows } = this.cloud.history;
    const live = (): Row[] => [...rows.values()].filter((row) => !row.isDeleted);
    return {
      registry,
      wallMs,
      layerOf: this.#tree.layerOf,
      topology: this.#tree,
      isRevoked: (node) => this.#revoked.has(node),
      homeOf: this.#tree.homeOf,
      blockSize: BLOCK_SIZE,
      lookups: {
        liveByKey: (type, key) =>
          this.#isBlindToKeys
            ? undefined
            : live().find((row) => row.type === type && row.fields['hardware']?.value === key)?.id,
        referringTo: (id) =>
          live().flatMap((row) =>
            row.fields['deviceId']?.value === id ? [{ row, field: 'deviceId' }] : [],
          ),
      },
    };
  }

  /** A wish of the cloud's own people, in its stream. */
  seal(wish: Omit<Wish, 'by'>, nowMs: number): SealedOp {
    this.#number += 1;
    const op: Op = {
      ...wish,
      opId: `op-${this.#chance.name()}${this.#chance.name()}`,
      stream: this.#stream,
      q: this.#number,
      hlc: hlcOf(nowMs, this.#number % 1_000),
      home: wish.home ?? null,
      seen: this.cloud.history.cursor,
      by: 'root',
      schemaVersion: 1,
    };
    const sealed = sealOp(op, this.#head, sha256);
    this.#head = sealed.head;
    return sealed;
  }

  /** The row of an op as it stands. */
  rowBefore(op: Op): Row | undefined {
    const { rows, aliases } = this.cloud.history;
    return rows.get(aliases.get(op.id)?.to ?? op.id);
  }

  revoke(node: string): void {
    this.#revoked.add(node);
  }

  keepBackup(): void {
    const { cloud, decided } = this;
    this.#backup ??= { cloud: structuredClone(cloud), decided: new Set(decided) };
  }

  noteDecided(opId: string): void {
    this.decided.add(opId);
  }

  /** Goes back to the backup. What had been decided since is returned; undefined without a backup. */
  restore(): ReadonlySet<string> | undefined {
    if (!this.#backup) return undefined;
    const { cloud: backup, decided } = this.#backup;
    const forgotten = this.decided;
    const { history } = this.cloud;
    this.#epochMax = Math.max(this.#epochMax, history.epoch);
    // A backup does not know how far its cloud went on; the operator's tool asks the controllers.
    backup.history.cursor = Math.max(backup.history.cursor, history.cursor);
    this.cloud = backup;
    this.decided = decided;
    this.#backup = null;
    resumeFromBackup(backup, this.#epochMax);
    this.#beginStream();
    return forgotten;
  }
}
