import { msOf, nodeOf, type SealedOp } from '@wardgrid/sync';
import { verifyOps } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';

/** What is known of an author. */
export interface Author {
  readonly publicKey: string;
  readonly revokedAt: number | null;
}

/** Ops that their authors signed, and streams in which somebody else did. */
export interface VerifiedOps {
  readonly ops: readonly SealedOp[];
  /** Streams with a signature that is not the author's, or an author whom nobody knows. */
  readonly forged: readonly string[];
}

/**
 * Keeps of each stream what its author signed: all up to the last signature that is right, as long as
 * the heads in between lead there. What comes behind waits for a signature and comes again. Of an author
 * who was revoked, what it wrote before is kept.
 */
export function verifiedOps(
  ops: readonly SealedOp[],
  authorOf: (nodeId: string) => Author | undefined,
): VerifiedOps {
  const forged: string[] = [];
  const kept: SealedOp[] = [];
  for (const [stream, ofStream] of Map.groupBy(ops, ({ op }) => op.stream)) {
    const author = authorOf(nodeOf(stream));
    for (const run of chainsOf(ofStream)) {
      const signed = author ? signedPart(run, author) : undefined;
      if (signed) kept.push(...signed);
      else forged.push(stream);
    }
  }
  return { ops: kept, forged: [...new Set(forged)] };
}

/** Stretches in which each op follows the one before. */
function chainsOf(ops: readonly SealedOp[]): SealedOp[][] {
  const chains: SealedOp[][] = [];
  for (const sealed of ops.toSorted((left, right) => left.op.q - right.op.q)) {
    const last = chains.at(-1);
    if (last?.at(-1)?.head === sealed.previousHead) last.push(sealed);
    else chains.push([sealed]);
  }
  return chains;
}

/** Undefined when a signature is wrong, or there is none. */
function signedPart(chain: readonly SealedOp[], author: Author): SealedOp[] | undefined {
  const last = chain.findLastIndex(({ signature }) => signature !== undefined);
  const sealed = chain[last];
  if (!sealed || sealed.signature === undefined) return undefined;
  const { op, head, signature } = sealed;
  const place = { stream: op.stream, q: op.q, head };
  if (!verifyOps(systemCryptography, place, { publicKey: author.publicKey, signature })) {
    return undefined;
  }
  const { revokedAt } = author;
  const believed = chain.slice(0, last + 1);
  return revokedAt === null ? believed : believed.filter((one) => msOf(one.op.hlc) < revokedAt);
}
