/**
 * Synchronisation along the chain of command: a log with one decider a tenant. Every write is a
 * numbered op in its author's stream; the cloud decides each once, in one order; every controller holds
 * the decided rows of its scope at a cursor, and on top what is not decided yet. Pure: storage, transport,
 * clock, randomness and hashing come from outside. It must not know any noun of the product but by the
 * registry that it is given.
 */
export {
  blocksIn,
  isNamed,
  LENDING_RULES,
  LENDING_TYPE,
  lendingIdOf,
  nextNumber,
  type Block,
} from './blocks.ts';
export { applyResponse, requestOf, type ClientContext } from './client.ts';
export {
  createCloud,
  decide,
  forgetWishes,
  GAP_MS_MAX,
  resumeFromBackup,
  type Cloud,
  type DecideContext,
  type Verdict,
} from './decider.ts';
export { effectiveRows, undecided, type EffectiveRows } from './effective.ts';
export {
  HLC_ZERO,
  hlcAfter,
  hlcClamp,
  hlcMax,
  hlcObserve,
  hlcOf,
  hlcTick,
  msOf,
  SKEW_MS_MAX,
  type Hlc,
} from './hlc.ts';
export { isProvisionalRef, isTmpId, lastingIdOf, meantBy, provisionalRefOf, refOf } from './ids.ts';
export { BLOCK_SIZE } from './lending.ts';
export {
  createHistory,
  forgetBelow,
  type Alias,
  type DecidedMark,
  type DecidedUpTo,
  type Entry,
  type History,
  type PageWord,
  type Voucher,
} from './log.ts';
export { applyOp, CASCADE, type MergeContext, type Outcome, type RejectReason } from './merge.ts';
export type {
  LogPage,
  SnapshotPage,
  StreamReceipt,
  SyncRequest,
  SyncResponse,
} from './messages.ts';
export {
  anew,
  compareOps,
  EMPTY_HEAD,
  nodeOf,
  opOfText,
  sealOp,
  streamOf,
  textOfOp,
  type LivingStream,
  type Op,
  type SealedOp,
  type Sha256,
  type StreamId,
} from './op.ts';
export { recallOf, RELAY_FORKS_MAX, writeAnew } from './own-streams.ts';
export {
  ruleOf,
  rulesOf,
  type FieldRule,
  type Merge,
  type Registry,
  type TypeRules,
} from './registry.ts';
export {
  append,
  createReplica,
  holdsOrphans,
  needsCloud,
  write,
  type Catchup,
  type RelayedStream,
  type Replica,
  type ReplicaTools,
  type Stretch,
  type Wish,
} from './replica.ts';
export { resolveId, type Field, type Lost, type Member, type Row, type RowSet } from './row.ts';
export {
  CLOUD,
  homesByNode,
  homesByPath,
  isPathWithin,
  isWithin,
  sees,
  type ControllerTree,
  type Placed,
  type Topology,
} from './scope.ts';
export { pageEnd, read, type ServeContext, type Upstream } from './read.ts';
export { receive, serve, type Received } from './serve.ts';
export { type IsSigned } from './shown.ts';
export { doubtOf, pageDigest, type Judgement, type OpenVoucher } from './voucher.ts';
