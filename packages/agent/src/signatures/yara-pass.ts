import type { Clock } from '@wardgrid/base';
import type { FileHit } from '../protect/parts.ts';
import type { Look } from './look.ts';
import { factsOf, setFor, type TieredRules } from './yara/index.ts';

/** Runs a set of rules over bytes within the time that is left. */
export interface YaraPass {
  /** Bytes that are a whole file, or a whole member of an archive. */
  readonly whole: (bytes: Uint8Array, look: Look, member: string | null) => void;
  /** A piece of something larger: rules that ask for places or sizes cannot be answered by it. */
  readonly piece: (bytes: Uint8Array, look: Look, member: string | null) => void;
}

/** Bytes of a piece: with 100 MB/s it holds up for 40 ms. */
export const PIECE_BYTES = 4 * 1_024 * 1_024;
/** What two pieces share, so that no string is cut in two: longer strings are none of ours. */
export const OVERLAP_BYTES = 16 * 1_024;
/** What is supposed of an engine until it was measured: 50 MB/s is slow for 1,500 rules. */
const MS_PER_MEGABYTE_FIRST = 20;
/** Below this size a scan says nothing about the rate. */
const MEASURED_BYTES_MIN = 256 * 1_024;
const MEGABYTE = 1_000_000;
/** How many times longer than expected a scan may take on a busy machine before it is believed to hang. */
const PATIENCE = 4;

/** A pass that learns how fast the engine is with these rules, and so knows what still fits. */
export function createYaraPass(ruleSet: TieredRules, clock: Pick<Clock, 'monotonic'>): YaraPass {
  let msPerMegabyte = MS_PER_MEGABYTE_FIRST;

  function run(bytes: Uint8Array, look: Look): readonly FileHit[] {
    const startedAt = clock.monotonic();
    look.step((bytes.length / MEGABYTE) * msPerMegabyte * PATIENCE);
    const outcome = setFor(ruleSet, bytes)?.scan(bytes, Math.max(1, look.leftMs()));
    if (bytes.length >= MEASURED_BYTES_MIN) {
      const measured = (clock.monotonic() - startedAt) / (bytes.length / MEGABYTE);
      msPerMegabyte = (3 * msPerMegabyte + measured) / 4;
    }
    if (!outcome) return [];
    if (outcome.kind === 'stopped') {
      look.miss(outcome.reason);
      return [];
    }
    return outcome.matches.map(({ rule, places }) => ({
      ...factsOf(rule, ruleSet.rules.get(rule)?.text ?? ''),
      matches: places,
    }));
  }

  function piece(bytes: Uint8Array, look: Look, member: string | null): void {
    const hits = run(bytes, look);
    look.add(
      hits.filter(({ rule }) => ruleSet.rules.get(rule)?.isPositional !== true),
      member,
    );
  }

  return {
    piece,
    whole(bytes, look, member) {
      if (ruleSet.compiled === null || bytes.length === 0) return;
      const fits = (length: number): boolean =>
        (length / MEGABYTE) * msPerMegabyte <= look.leftMs();
      if (fits(bytes.length)) {
        look.add(run(bytes, look), member);
        return;
      }
      look.miss('deadline');
      for (const part of piecesOf(bytes, PIECE_BYTES / 4)) {
        if (!fits(part.length)) return;
        piece(part, look, member);
      }
    },
  };
}

function* piecesOf(bytes: Uint8Array, pieceBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes - OVERLAP_BYTES) {
    yield bytes.subarray(at, at + pieceBytes);
  }
}
