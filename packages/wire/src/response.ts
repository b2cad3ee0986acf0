import * as z from 'zod';
import { Count, EpochMs, Id, Sha256 } from './primitives.ts';

/** What the agent did about a finding, and how it went. */
export const ResponseAction = z.strictObject({
  kind: z.enum(['block', 'kill', 'quarantine', 'restore', 'delete']),
  outcome: z.enum(['done', 'failed', 'not-allowed', 'not-needed']),
  /** The pid, path or quarantine entry it was about. */
  target: z.string().max(4_096),
  detail: z.string().max(500).nullable(),
  at: EpochMs,
});
export type ResponseAction = z.infer<typeof ResponseAction>;

export const QuarantineState = z.enum(['sealed', 'restored', 'deleted', 'expired']);
export type QuarantineState = z.infer<typeof QuarantineState>;

/** One file in the sealed store of a device, as the device tells it. */
export const SealedFile = z.strictObject({
  id: Id,
  state: QuarantineState,
  /** As the device saw it; never acted by. Bytes that are no UTF-8 are shown as `\xNN`. */
  path: z.string().max(4_096),
  sizeBytes: Count,
  sha256: Sha256,
  mode: Count,
  uid: Count,
  gid: Count,
  /** The finding and rule that brought it here; null when a person did. */
  findingId: Id.nullable(),
  rule: z.string().max(200).nullable(),
  sealedAt: EpochMs,
  changedAt: EpochMs,
  /** What to know: `other hard links were emptied`, `could not remove the name`. */
  note: z.string().max(500).nullable(),
});
export type SealedFile = z.infer<typeof SealedFile>;
