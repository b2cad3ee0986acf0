import { BlockList } from 'node:net';
import { parseCidr } from '@wardgrid/base';
import { isLoopback } from '../../../platform/client-address.ts';

/** A block as the check of every request needs it. */
export interface Block {
  readonly cidr: string;
  /** Epoch milliseconds, or null for ever. */
  readonly expiresAt: number | null;
}

/** The blocks in memory: asked at every request, so it must cost about a microsecond. */
export interface BlockedAddressList {
  readonly replace: (blocks: readonly Block[]) => void;
  /** When the block ends that covers the address: null is never, undefined is not blocked. */
  readonly blockOf: (
    address: string,
    nowMs: number,
  ) => { readonly expiresAt: number | null } | undefined;
}

export function createBlockedAddressList(): BlockedAddressList {
  let blocks: readonly Block[] = [];
  let list = new BlockList();

  function rebuild(): void {
    list = new BlockList();
    for (const { cidr } of blocks) add(list, cidr);
  }

  return {
    replace(next) {
      blocks = next;
      rebuild();
    },
    blockOf(address, nowMs) {
      if (blocks.length === 0) return undefined;
      // Loopback is the way back in for whoever runs the machine: never blocked, by nobody.
      if (isLoopback(address) || !isListed(list, address)) return undefined;
      const alive = blocks.filter((block) => block.expiresAt === null || block.expiresAt > nowMs);
      if (alive.length < blocks.length) {
        blocks = alive;
        rebuild();
        if (!isListed(list, address)) return undefined;
      }
      return { expiresAt: endOf(alive, address) };
    },
  };
}

function add(list: BlockList, text: string): void {
  const [address = ''] = text.split('/');
  const cidr = parseCidr(text);
  if (cidr) list.addSubnet(address, cidr.prefix, familyOf(address));
}

function isListed(list: BlockList, address: string): boolean {
  return list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** The last end of all blocks that cover the address. */
function endOf(blocks: readonly Block[], address: string): number | null {
  let end = 0;
  for (const block of blocks) {
    const single = new BlockList();
    add(single, block.cidr);
    if (!isListed(single, address)) continue;
    if (block.expiresAt === null) return null;
    end = Math.max(end, block.expiresAt);
  }
  return end;
}
