import { parseCidr, parseIp } from '@wardgrid/base';

/** Finds the networks an address lies in, by a walk down a binary tree of prefixes. */
export interface NetworkTree {
  readonly add: (network: string, entry: number) => void;
  readonly find: (address: string, onHit: (entry: number) => void) => void;
}

interface Node {
  zero?: Node;
  one?: Node;
  readonly entries: number[];
}

const BITS = { 4: 32, 6: 128 } as const;

/** An empty tree. */
export function createNetworkTree(): NetworkTree {
  const roots: Readonly<Record<4 | 6, Node>> = { 4: { entries: [] }, 6: { entries: [] } };
  return {
    add(network, entry) {
      const cidr = parseCidr(network);
      if (!cidr) return;
      let node = roots[cidr.version];
      for (let depth = 0; depth < cidr.prefix; depth += 1) {
        const isOne = bitAt(cidr.first, BITS[cidr.version], depth);
        node = isOne ? (node.one ??= { entries: [] }) : (node.zero ??= { entries: [] });
      }
      node.entries.push(entry);
    },
    find(address, onHit) {
      const ip = parseIp(address);
      if (!ip) return;
      let node: Node | undefined = roots[ip.version];
      for (let depth = 0; node; depth += 1) {
        for (const entry of node.entries) onHit(entry);
        if (depth === BITS[ip.version]) return;
        node = bitAt(ip.value, BITS[ip.version], depth) ? node.one : node.zero;
      }
    },
  };
}

function bitAt(value: bigint, bits: number, depth: number): boolean {
  return ((value >> BigInt(bits - 1 - depth)) & 1n) === 1n;
}
