import {
  canonicalJson,
  encodeHex,
  encodeUtf8,
  concatBytes,
  decodeHex,
  type Json,
} from '@wardgrid/base';
import type { Hlc } from './hlc.ts';

/** `node/incarnation/channel`: one author's numbered writes. The incarnation is random, never counted. */
export type StreamId = string;

/**
 * What an author wants changed: immutable once written. Its bytes are chained and signed, so that no
 * relay can alter, reorder or leave out one from the middle.
 */
export interface Op {
  /** Names the wish; survives being written into another stream, so that it takes effect once. */
  readonly opId: string;
  readonly stream: StreamId;
  /** 1, 2, 3 … without gaps in one stream. */
  readonly q: number;
  readonly hlc: Hlc;
  readonly kind: 'create' | 'patch' | 'delete' | 'move';
  readonly type: string;
  readonly id: string;
  /** The controller that owns the row; for `create` and `move`. */
  readonly home: string | null;
  /** Changed fields only. */
  readonly fields: Readonly<Record<string, Json>>;
  /** The author's cursor when it wrote: what it had seen decides without clocks what came first. */
  readonly seen: number;
  /** Who acted. */
  readonly by: string;
  readonly schemaVersion: number;
  /** The stream that it was first written into, when it was written anew since: it may be decided there. */
  readonly from?: StreamId;
  /**
   * Of `create`: the number of the thing's reference, out of what the cloud lent to this very stream.
   * Whoever does not know of it gives another one.
   */
  readonly number?: number;
}

/** An op with the chain head behind it: SHA-256 over the head before and the op's bytes. */
export interface SealedOp {
  readonly op: Op;
  readonly previousHead: string;
  readonly head: string;
  /** The author's signature over stream, number and head at the end of a run: vouches for all before. */
  readonly signature?: string;
}

/** That a node writes in a stream, and when it last said so. */
export interface LivingStream {
  readonly stream: StreamId;
  /** By the node's own clock. */
  readonly at: Hlc;
}

/** The later of what two say of a node's stream. */
export function latestStream(known: LivingStream | undefined, told: LivingStream): LivingStream {
  return known && known.at >= told.at ? known : told;
}

/** The head of a stream that holds nothing yet. */
export const EMPTY_HEAD = '0'.repeat(64);

export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** The stream of a node's channel in one incarnation. */
export function streamOf(node: string, incarnation: string, channel = 'ctl'): StreamId {
  return `${node}/${incarnation}/${channel}`;
}

/** An op as it is written into another stream: with the name of its first. */
export function anew(op: Op): Op {
  return { ...op, from: op.from ?? op.stream };
}

/** The node that writes a stream. */
export function nodeOf(stream: StreamId): string {
  return stream.slice(0, stream.indexOf('/'));
}

/** Texts of ops that are held: one is stored, hashed and sent several times. */
const texts = new WeakMap<Op, string>();

/** The text of an op that its author signs (RFC 8785). @throws TypeError when it is no JSON. */
export function textOfOp(op: Op): string {
  const known = texts.get(op);
  if (known !== undefined) return known;
  const text = canonicalJson(op);
  texts.set(op, text);
  return text;
}

/** An op from its text as this very controller kept it: never for one that somebody else sent. */
export function opOfText(text: string): Op {
  const op = JSON.parse(text) as Op;
  texts.set(op, text);
  return op;
}

/** Chains an op to what its author wrote before it. @throws TypeError when it is no JSON. */
export function sealOp(op: Op, previousHead: string, sha256: Sha256): SealedOp {
  const bytes = encodeUtf8(textOfOp(op));
  return { op, previousHead, head: encodeHex(sha256(concatBytes(decodeHex(previousHead), bytes))) };
}

/** Orders writes of several authors: by time, then by stream, so that all nodes agree; then by number. */
export function compareOps(left: Op, right: Op): number {
  if (left.hlc !== right.hlc) return left.hlc < right.hlc ? -1 : 1;
  if (left.stream !== right.stream) return left.stream < right.stream ? -1 : 1;
  return left.q - right.q;
}
