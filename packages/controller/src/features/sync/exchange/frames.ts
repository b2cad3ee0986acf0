import { constants, gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type * as z from 'zod';
import { encodeUtf8 } from '@wardgrid/base';
import { textOfOp, type SealedOp, type Sha256 } from '@wardgrid/sync';
import {
  SYNC_INFLATED_BYTES_MAX,
  SYNC_LINE_LENGTH_MAX,
  SYNC_OPS_MAX,
  SyncEnd,
  SyncOp,
  SyncRun,
} from '@wardgrid/wire';
import { unpack } from '../../../platform/body.ts';
import { ControllerError } from '../../../platform/error.ts';

/* How messages between controllers are laid out: a line of JSON a frame, gzip around all. */

const pack = promisify(gzip);
/** The quickest level: pages are small, and most of what there is to gain is gained. */
const LEVEL = constants.Z_BEST_SPEED;
/** Most lines of one message: entries, marks, aliases and what a snapshot says of streams. */
const LINES_MAX = 60_000;

/** The head of a stream that holds nothing yet. */
const EMPTY_HEAD = '0'.repeat(64);

/** Lines of a message to its bytes, with the line that ends it. */
export async function packLines(lines: readonly string[]): Promise<Buffer> {
  const end = JSON.stringify({ kind: 'end', lines: lines.length });
  return pack(`${[...lines, end].join('\n')}\n`, { level: LEVEL });
}

/**
 * The lines of a message without the last. @throws ControllerError `sync-page-malformed` where it is
 * not whole, `sync-page-too-large`.
 */
export async function unpackLines(bytes: Uint8Array): Promise<readonly string[]> {
  const text = textOf(await unpack(bytes, SYNC_INFLATED_BYTES_MAX).catch(reworded));
  const lines = text.split('\n');
  if (lines.length > LINES_MAX) throw tooLarge(`more than ${LINES_MAX} lines`);
  if (lines.some((line) => line.length > SYNC_LINE_LENGTH_MAX))
    throw tooLarge('a line is too long');
  const [last, ...rest] = [lines.at(-2) ?? '', ...lines.slice(0, -2)];
  const end = parseLine(SyncEnd, last);
  if (lines.at(-1) !== '' || end.lines !== rest.length) throw malformed('it is not whole');
  return rest;
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw malformed('it is no UTF-8', error);
  }
}

function reworded(error: unknown): never {
  if (error instanceof ControllerError && error.code === 'body-too-large') {
    throw tooLarge(error.message);
  }
  throw malformed('it is no gzip', error);
}

/** One line by its schema. @throws ControllerError `sync-page-malformed`. */
export function parseLine<S extends z.ZodType>(schema: S, line: string): z.output<S> {
  const parsed = schema.safeParse(jsonOf(line));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw malformed(
    `'${(issue?.path ?? []).map(String).join('/').slice(0, 200)}': ${issue?.message ?? ''}`,
  );
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw malformed('a line is no JSON', error);
  }
}

/** Ops as lines, run by run: a frame that counts them, then each exactly as its author signed it. */
export function linesOfOps(ops: readonly SealedOp[]): string[] {
  return runsOf(ops).flatMap((run) => {
    const [first] = run;
    if (!first) return [];
    const signatures = run.flatMap(({ op, head, signature }) =>
      signature === undefined ? [] : [{ q: op.q, head, signature }],
    );
    const frame = {
      kind: 'run',
      stream: first.op.stream,
      count: run.length,
      previousHead: first.previousHead,
      signatures,
    };
    return [JSON.stringify(frame), ...run.map(({ op }) => textOfOp(op))];
  });
}

/** Ops of one stream that follow each other, put together. */
function runsOf(ops: readonly SealedOp[]): SealedOp[][] {
  const runs: SealedOp[][] = [];
  const open = new Map<string, SealedOp[]>();
  for (const sealed of ops) {
    const run = open.get(sealed.op.stream);
    if (run && run.at(-1)?.head === sealed.previousHead) {
      run.push(sealed);
      continue;
    }
    const next = [sealed];
    open.set(sealed.op.stream, next);
    runs.push(next);
  }
  return runs;
}

/**
 * Ops from their lines. Heads are computed, never believed; a line has to be the canonical text of
 * what it says, so that the same op has the same head at everybody's.
 * @throws ControllerError `sync-page-malformed`, `sync-page-too-large`.
 */
export function opsOfLines(lines: readonly string[], sha256: Sha256): SealedOp[] {
  const ops: SealedOp[] = [];
  for (let index = 0; index < lines.length;) {
    const run = parseLine(SyncRun, lines[index] ?? '');
    const texts = lines.slice(index + 1, index + 1 + run.count);
    if (texts.length < run.count) throw malformed('ops are missing');
    if (ops.length + run.count > SYNC_OPS_MAX) throw tooLarge(`more than ${SYNC_OPS_MAX} ops`);
    ops.push(...readRun(run, texts, sha256));
    index += 1 + run.count;
  }
  return ops;
}

function readRun(run: SyncRun, texts: readonly string[], sha256: Sha256): SealedOp[] {
  const signatures = new Map(run.signatures.map((one) => [one.q, one]));
  let previousHead = run.previousHead;
  let previousQ: number | null = null;
  return texts.map((text) => {
    const op = parseLine(SyncOp, text);
    const isNext = previousQ === null ? true : op.q === previousQ + 1;
    if (op.stream !== run.stream || !isNext) throw malformed('an op is out of its place');
    if ((op.q === 1) !== (previousHead === EMPTY_HEAD))
      throw malformed('a stream begins elsewhere');
    if (textOfOp(op) !== text) throw malformed('an op is not in its canonical form');
    const bytes = Buffer.concat([Buffer.from(previousHead, 'hex'), encodeUtf8(text)]);
    const head = Buffer.from(sha256(bytes)).toString('hex');
    const signed = signatures.get(op.q);
    const sealed = { op, previousHead, head };
    previousHead = head;
    previousQ = op.q;
    return signed && signed.head === head ? { ...sealed, signature: signed.signature } : sealed;
  });
}

/** @returns what is thrown for a message that does not fit. */
export function malformed(detail: string, cause?: unknown): ControllerError {
  return new ControllerError('sync-page-malformed', detail, { cause });
}

/** @returns what is thrown for a message that is larger than any of ours. */
export function tooLarge(detail: string): ControllerError {
  return new ControllerError('sync-page-too-large', detail);
}
