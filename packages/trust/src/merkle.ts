import { concatBytes } from '@wardgrid/base';

/** Hashes bytes with SHA-256. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** A Merkle tree over leaves (RFC 6962 section 2.1): its root and the path of every leaf. */
export interface MerkleTree {
  readonly root: Uint8Array;
  /** The hashes that lead from leaf `index` to the root, lowest first. */
  readonly pathOf: (index: number) => Uint8Array[];
}

/** Prefixes that keep a leaf from being passed off as an inner node (RFC 6962 section 2.1). */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** The tree over `leaves`, at least one. Levels are kept, so a path costs only look-ups. */
export function createMerkleTree(hash: Hash, leaves: readonly Uint8Array[]): MerkleTree {
  const levels: Uint8Array[][] = [leaves.map((leaf) => leafHash(hash, leaf))];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    levels.push(parentsOf(hash, level));
  }
  return {
    root: levels.at(-1)?.[0] ?? hash(new Uint8Array()),
    pathOf(index) {
      const path: Uint8Array[] = [];
      let position = index;
      for (const level of levels.slice(0, -1)) {
        const sibling = level[position ^ 1];
        if (sibling) path.push(sibling);
        position >>= 1;
      }
      return path;
    },
  };
}

/** An odd last node moves up unchanged, which is what RFC 6962 builds for any size. */
function parentsOf(hash: Hash, level: readonly Uint8Array[]): Uint8Array[] {
  const parents: Uint8Array[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index];
    const right = level[index + 1];
    if (left) parents.push(right ? nodeHash(hash, left, right) : left);
  }
  return parents;
}

/**
 * The root that a leaf and its path lead to in a tree of `size` leaves, or undefined when the path
 * has the wrong length. `index`, `size` and `path` are the attacker's: nothing is assumed of them.
 */
export function rootFromPath(
  hash: Hash,
  leaf: Uint8Array,
  place: { readonly index: number; readonly size: number; readonly path: readonly Uint8Array[] },
): Uint8Array | undefined {
  if (place.index < 0 || place.index >= place.size) return undefined;
  let node = leafHash(hash, leaf);
  let position = place.index;
  let last = place.size - 1;
  let used = 0;
  while (last > 0) {
    if ((position & 1) === 1 || position < last) {
      const sibling = place.path[used];
      if (!sibling) return undefined;
      used += 1;
      node = (position & 1) === 1 ? nodeHash(hash, sibling, node) : nodeHash(hash, node, sibling);
    }
    position >>= 1;
    last >>= 1;
  }
  return used === place.path.length ? node : undefined;
}

function leafHash(hash: Hash, leaf: Uint8Array): Uint8Array {
  return hash(concatBytes(LEAF, leaf));
}

function nodeHash(hash: Hash, left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash(concatBytes(NODE, left, right));
}
