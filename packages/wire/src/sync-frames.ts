import * as z from 'zod';
import { NodeReport } from './controllers.ts';
import { SignedEnvelope } from './envelopes.ts';
import { Count, EpochMs, Id, Sha256, Signature } from './primitives.ts';

/** Where controllers exchange, signed by their keys; no person's session or token is accepted. */
export const SYNC_PATH = '/api/v1/sync';
/** Where a controller hands a join on to the one above it, signed as an exchange is. */
export const SYNC_JOIN_PATH = '/api/v1/sync/join';
/** Where a controller asks how far another is, signed as an exchange is. */
export const SYNC_PING_PATH = '/api/v1/sync/ping';
/** Where a controller hands on what one below it says to the cloud, and the cloud's answer, word for word. */
export const SYNC_THROUGH_PATH = '/api/v1/sync/through';
/** Where a controller waits for `{ epoch, g }` to change: a line of JSON whenever it does. */
export const SYNC_PUSH_PATH = '/api/v1/sync/push';

/** Where a controller asks for a stretch of what is too large for an exchange, signed as an exchange is. */
export const SYNC_CONTENT_PATH = '/api/v1/sync/content';

/** A part of the tenant's detection content by its digest, from a place on. */
export const ContentAsked = z.strictObject({ digest: Sha256, offset: Count });
/** A stretch of it, and how long the whole is. */
export const ContentStretch = z.strictObject({
  sizeBytes: Count,
  data: z.base64().max(900_000),
});

/** Largest exchange as it travels, and unpacked: a page of a thousand rows fits, a flood does not. */
export const SYNC_BYTES_MAX = 1_048_576;
export const SYNC_INFLATED_BYTES_MAX = 8 * 1_048_576;
/** Most ops of one request, and entries or rows of one answer. */
export const SYNC_OPS_MAX = 1_000;
export const SYNC_ENTRIES_MAX = 1_000;
/** Most undecided ops of those above that one answer shows. */
export const SYNC_FOREIGN_MAX = 1_000;
/** Longest line: one row with all that it holds. */
export const SYNC_LINE_LENGTH_MAX = 1_048_576;
/** Most streams that one message speaks of: each controller below has one, and those it had before. */
export const SYNC_STREAMS_MAX = 10_000;
/** Most marks, aliases and receipts of one message. */
const MARKS_MAX = 10_000;
/** Most controllers whose state travels with one request. */
export const SYNC_REPORTS_MAX = 500;
/** Most rows of one message that one decision may have rewritten: one id that many named. */
const REWRITTEN_MAX = 10_000;

/** `node/incarnation/channel`. */
const StreamId = z
  .string()
  .max(120)
  .regex(/^[0-9a-zA-Z-]{1,60}\/[0-9a-zA-Z-]{1,40}\/[a-z]{1,10}$/);
const Hlc = z
  .string()
  .length(16)
  .regex(/^[0-9a-f]+$/);
/** A place in a stream or in the order of decisions. */
const Place = Count;
/** The scope path that a row lies in. Null where the engine knows none. */
const Home = z.string().max(400);
const EntityId = z.string().min(1).max(64);
const TypeName = z.string().min(1).max(60);
const Reason = z.string().max(40);
/** Most fields of a row. */
const FIELDS_MAX = 200;

const fieldsOf = <V extends z.ZodType>(value: V) =>
  z
    .record(z.string().max(120), value)
    .refine((fields) => Object.keys(fields).length <= FIELDS_MAX, { error: 'too many fields' });

/**
 * A change as its author wrote it. On its way it is the exact line that the author signed: what a newer
 * author says beyond this is kept with it.
 */
export const SyncOp = z.looseObject({
  opId: z.string().min(1).max(64),
  stream: StreamId,
  q: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
  hlc: Hlc,
  kind: z.enum(['create', 'patch', 'delete', 'move']),
  type: TypeName,
  id: EntityId,
  home: Home.nullable(),
  fields: fieldsOf(z.json()),
  seen: Place,
  by: z.string().max(254),
  schemaVersion: z.int().min(0).max(1_000_000),
  from: StreamId.exactOptional(),
  /** Of a new thing: the number of its reference, of those that the cloud lent to the stream. */
  number: z.int().min(1).max(Number.MAX_SAFE_INTEGER).exactOptional(),
});
export type SyncOp = z.infer<typeof SyncOp>;

/** A value with who wrote it when. */
const SyncField = z.looseObject({
  value: z.json(),
  g: Place,
  hlc: Hlc,
  stream: StreamId,
  q: Place,
  /** Of a set: its members by their canonical text, also those that were taken out. */
  members: z
    .record(
      z.string().max(8_192),
      z.looseObject({ g: Place, stream: StreamId, q: Place, isIn: z.boolean() }),
    )
    .exactOptional(),
});

/** A decided row. */
export const SyncRow = z.looseObject({
  id: EntityId,
  type: TypeName,
  home: Home,
  g: Place,
  ref: z.string().max(60).nullable(),
  isDeleted: z.boolean(),
  fields: fieldsOf(SyncField),
});
export type SyncRow = z.infer<typeof SyncRow>;

const SyncAlias = z.looseObject({ from: EntityId, to: EntityId, home: Home });

/** A value that was written and does not hold, with what holds instead. */
const SyncLost = z.looseObject({
  field: z.string().max(120),
  value: z.json(),
  to: z.json(),
  stream: StreamId,
  q: Place,
});

/** A decision as it is handed down. */
export const SyncEntry = z.looseObject({
  g: Place,
  row: SyncRow.nullable(),
  previousHome: Home.nullable(),
  alias: SyncAlias.nullable(),
  rewritten: z.array(SyncRow).max(REWRITTEN_MAX),
  stream: StreamId,
  q: Place,
  home: Home,
  type: TypeName,
  reason: Reason.nullable(),
  /** Twice: a field that a write lost, and one that it took from another. */
  lost: z.array(SyncLost).max(FIELDS_MAX * 2),
});
export type SyncEntry = z.infer<typeof SyncEntry>;

const Holes = z.array(Place).max(MARKS_MAX);

/** How far a stream is decided, as told with a page. */
export const SyncMark = z.looseObject({
  g: Place,
  stream: StreamId,
  q: Place,
  head: Sha256,
  holes: Holes.nullable(),
});

/** How far a stream is decided, as a whole. */
const SyncDecided = z.looseObject({ stream: StreamId, q: Place, head: Sha256, holes: Holes });

/** What an upstream holds of a stream. */
const SyncReceipt = z.looseObject({ stream: StreamId, upTo: Place, extra: Holes });

/** The author's signature up to a place of its stream: purpose `ops`, over stream, number and head. */
const RunSignature = z.strictObject({ q: Place, head: Sha256, signature: Signature });

/** A person as rows keep them, by account and place: never an address. */
const PersonReference = z
  .string()
  .regex(/^account:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}@(?:[0-9a-f]{32}|platform)$/);

/**
 * A licence file that somebody brought to a controller above: whoever has the platform's key sees that it
 * is one, whoever hands it down. When and by whom it was brought is the word of who hands it down.
 */
export const SyncLicenceFile = z.looseObject({
  document: SignedEnvelope,
  installedAt: EpochMs,
  installedBy: PersonReference,
});
export type SyncLicenceFile = z.infer<typeof SyncLicenceFile>;

/**
 * The first line of a request. The lines behind it are frames; behind a frame `run` come as many lines
 * as it counts, each an op exactly as its author signed it. The last line is the frame `end`.
 */
export const SyncRequestHead = z.looseObject({
  kind: z.literal('request'),
  protocol: z.int().min(1).max(1_000),
  from: Id,
  tenantId: Id,
  requestNumber: Count,
  epoch: Count,
  scopeVersion: Place,
  cursor: Place,
  catchup: z.looseObject({ at: z.int().min(-1), after: EntityId.nullable() }).nullable(),
  claim: z.looseObject({ stream: StreamId, last: Place, head: Sha256 }),
  streams: z.array(z.looseObject({ stream: StreamId, at: Hlc })).max(SYNC_STREAMS_MAX),
  decided: z.array(z.tuple([StreamId, Place])).max(SYNC_STREAMS_MAX),
  /** The sender's own state and that of controllers below it. */
  reports: z.array(NodeReport).max(SYNC_REPORTS_MAX),
  /** When the licence was issued that the sender goes by: a file that is later is handed down. */
  licenceIssuedAt: EpochMs.exactOptional(),
  /** When it was sent, by the sender's clock. */
  t0: EpochMs,
});
export type SyncRequestHead = z.infer<typeof SyncRequestHead>;

export const SyncRun = z.looseObject({
  kind: z.literal('run'),
  stream: StreamId,
  /** How many lines of ops follow. */
  count: z.int().min(1).max(SYNC_OPS_MAX),
  /** The chain head before the first of them. */
  previousHead: Sha256,
  /** The last is at the end of the run or behind it; ops behind the last signature are not believed. */
  signatures: z.array(RunSignature).max(SYNC_OPS_MAX),
});
export type SyncRun = z.infer<typeof SyncRun>;

/** The last line: what was cut off is seen. */
export const SyncEnd = z.strictObject({ kind: z.literal('end'), lines: Count });

/** The tenant's key on how far it has decided: a relay that withholds shows an old one. */
export const SyncCheckpoint = z.strictObject({
  type: z.literal('checkpoint'),
  tenantId: Id,
  epoch: Count,
  g: Place,
  at: EpochMs,
});
export type SyncCheckpoint = z.infer<typeof SyncCheckpoint>;

/**
 * The tenant's key on what one controller reads of a stretch of decisions, `from < g ≤ upTo`: with it a
 * relay proves that it hands down what the cloud decided, all of it and nothing else.
 */
export const SyncPageWord = z.strictObject({
  type: z.literal('page'),
  tenantId: Id,
  node: Id,
  epoch: Count,
  from: Place,
  upTo: Place,
  scopeVersion: Place,
  /** SHA-256 over the page in its one text. */
  digest: Sha256,
  at: EpochMs,
});
export type SyncPageWord = z.infer<typeof SyncPageWord>;

/** The first line of an answer. */
export const SyncResponseHead = z.looseObject({
  kind: z.literal('response'),
  from: Id,
  requestNumber: Count,
  epoch: Count,
  /** The caller's scope version under which rows were read. */
  scopeVersion: Place,
  status: z.enum(['ok', 'fork', 'epoch', 'behind']),
  received: z.array(SyncReceipt).max(SYNC_STREAMS_MAX),
  page: z.looseObject({ from: Place, upTo: Place }).nullable(),
  snapshot: z
    .looseObject({
      at: Place,
      after: EntityId.nullable(),
      next: EntityId.nullable(),
      hasDecided: z.boolean(),
    })
    .nullable(),
  hasReset: z.boolean(),
  hasForeign: z.boolean(),
  /** The newest that the upstream has. */
  checkpoint: SignedEnvelope.nullable(),
  licence: SyncLicenceFile.exactOptional(),
  /** The upstream's clock when the request came and when the answer went. */
  t1: EpochMs,
  t2: EpochMs,
});
export type SyncResponseHead = z.infer<typeof SyncResponseHead>;

/** A line of an answer behind the first. */
export const SyncResponseFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('entry'), entry: SyncEntry }),
  z.strictObject({ kind: z.literal('mark'), mark: SyncMark }),
  /** A `SyncPageWord` on the page, for the caller or a controller below it. */
  z.strictObject({ kind: z.literal('voucher'), voucher: SignedEnvelope }),
  z.strictObject({ kind: z.literal('row'), row: SyncRow }),
  z.strictObject({ kind: z.literal('alias'), alias: SyncAlias }),
  /** Of the first page of a snapshot. */
  z.strictObject({ kind: z.literal('decided'), decided: SyncDecided }),
  /** Of an answer with another epoch. */
  z.strictObject({ kind: z.literal('reset'), decided: SyncDecided }),
  /** An undecided op of one above, chained and signed by its author at its place; without, it is not taken. */
  z.looseObject({
    kind: z.literal('foreign'),
    op: SyncOp,
    previousHead: Sha256.exactOptional(),
    signature: Signature.exactOptional(),
  }),
  SyncEnd,
]);
export type SyncResponseFrame = z.infer<typeof SyncResponseFrame>;

/** Most characters of the first line of what a controller hands on. */
export const SYNC_THROUGH_HEAD_MAX = 16_384;
const ThroughHeaders = z
  .record(z.string().max(40), z.string().max(12_000))
  .refine((headers) => Object.keys(headers).length <= 8, { error: 'too many headers' });
/** The first line of a request that is handed on to the cloud; its body follows as it was signed. */
export const SyncThroughAsked = z.strictObject({ headers: ThroughHeaders });
/** The first line of the cloud's answer on its way back; its body follows as it was signed. */
export const SyncThroughAnswer = z.strictObject({
  status: z.int().min(100).max(599),
  headers: ThroughHeaders,
});

/** What is pushed down: never data, so that losing it costs time alone. */
export const SyncPush = z.strictObject({ epoch: Count, g: Count });
export type SyncPush = z.infer<typeof SyncPush>;
