import type { Cloud, SyncResponse, Verdict } from '@wardgrid/sync';
import type { Machine } from './machine.ts';
import type { Tree } from './tree.ts';

/** How much of each fault a world has; zero for none. */
export interface Torment {
  readonly noise: number;
  readonly cuts: number;
  readonly skew: number;
  readonly collection: number;
  readonly restores: number;
  readonly wipes: number;
  readonly copies: number;
  readonly cloudRestores: number;
  readonly moves: number;
  readonly revocations: number;
}

/** Every fault at its usual rate. */
export const USUAL: Torment = {
  noise: 1,
  cuts: 1,
  skew: 1,
  collection: 1,
  restores: 1,
  wipes: 1,
  copies: 1,
  cloudRestores: 1,
  moves: 1,
  revocations: 1,
};

/** No fault at all. */
export const CALM: Torment = {
  noise: 0,
  cuts: 0,
  skew: 0,
  collection: 0,
  restores: 0,
  wipes: 0,
  copies: 0,
  cloudRestores: 0,
  moves: 0,
  revocations: 0,
};

/** What went on in a world. */
export interface Story {
  nodes: number;
  ops: number;
  decided: number;
  messages: number;
  drops: number;
  doubles: number;
  crashes: number;
  failovers: number;
  restores: number;
  wipes: number;
  copies: number;
  cloudRestores: number;
  moves: number;
  revocations: number;
  conflicts: number;
  snapshots: number;
  forks: number;
  rounds: number;
  /** Things that a site named for good, with nobody to ask. */
  named: number;
  /** Answers of relays that were not believed. */
  doubts: number;
}

/** What a planted fault may lay its hands on. */
interface Scene {
  readonly machines: readonly Machine[];
  readonly tree: Tree;
  readonly cloud: Cloud;
}

/** A fault that is planted, to show that the oracle sees it. */
export interface Plant {
  /** Changes an answer on its way. */
  readonly response?: (response: SyncResponse, world: Scene, machine: Machine) => SyncResponse;
  /** Whether answers may come that nobody believes: they break no invariant then. */
  readonly isDoubted?: boolean;
  /** Runs after an answer was applied. */
  readonly applied?: (machine: Machine, response: SyncResponse, world: Scene) => void;
  /** Runs after the cloud came back from a backup. */
  readonly resumed?: (world: Scene) => void;
  /** Runs after an op was decided. */
  readonly decided?: (verdict: Verdict, world: Scene) => void;
  /** The cloud does not look for rows with the same natural key. */
  readonly isBlindToKeys?: boolean;
}

/** A story in which nothing happened yet. */
export function emptyStory(nodes: number): Story {
  return {
    nodes,
    ops: 0,
    decided: 0,
    messages: 0,
    drops: 0,
    doubles: 0,
    crashes: 0,
    failovers: 0,
    restores: 0,
    wipes: 0,
    copies: 0,
    cloudRestores: 0,
    moves: 0,
    revocations: 0,
    conflicts: 0,
    snapshots: 0,
    forks: 0,
    rounds: 0,
    named: 0,
    doubts: 0,
  };
}
