import * as z from 'zod';
import {
  base64Text,
  Count,
  EpochMs,
  Id,
  lines,
  PATH_LENGTH_MAX,
  Sha256,
  Severity,
  text,
} from './primitives.ts';

/**
 * How far protection goes. `detect`: nothing waits; `balanced`: exec and script start wait for the
 * verdict, written files are scanned on close; `strict`: opens wait as well.
 */
export const ProtectionMode = z.enum(['off', 'detect', 'balanced', 'strict']);
export type ProtectionMode = z.infer<typeof ProtectionMode>;

/** Most exclusions of one device: more would hide more than they help. */
export const EXCLUSIONS_MAX = 200;

/** What protection leaves alone, why, and until when. */
export const Exclusion = z.strictObject({
  id: Id,
  kind: z.enum(['path', 'process', 'hash']),
  /** A path or an executable (`*` within a segment, `**` across segments), or a SHA-256. */
  value: text(PATH_LENGTH_MAX),
  reason: text(500),
  /** Null: until it is taken away. */
  expiresAt: EpochMs.nullable(),
});
export type Exclusion = z.infer<typeof Exclusion>;

/** When a scheduled scan runs, in the device's time zone. */
export const ScanSchedule = z.strictObject({
  kind: z.enum(['quick', 'full', 'memory']),
  everyDays: z.int().min(1).max(90),
  hour: z.int().min(0).max(23),
});
export type ScanSchedule = z.infer<typeof ScanSchedule>;

/** The protection part of a policy, complete: what a device runs. */
export const ProtectionPolicy = z.strictObject({
  mode: ProtectionMode,
  /** Under these folders opens wait as well, whatever the mode. */
  strictPaths: z.array(text(PATH_LENGTH_MAX)).max(64),
  /** What happens to a file that a signature engine calls malicious with enough confidence. */
  malwareAction: z.enum(['report', 'block', 'quarantine']),
  /** What happens to the process tree of a behaviour finding of at least this severity. */
  killFrom: Severity.nullable(),
  /** Signature hits below this confidence (0–100) are reported only. */
  confidenceMin: z.int().min(0).max(100),
  /** Refuses programs that lie in folders anybody can write. */
  denyExecFromWorldWritable: z.boolean(),
  /** Under `strict` a file whose scan ran out of time is refused for exec instead of allowed. */
  denyOnTimeout: z.boolean(),
  canaries: z.boolean(),
  exclusions: z.array(Exclusion).max(EXCLUSIONS_MAX),
  schedules: z.array(ScanSchedule).max(8),
  /** How much of one core a scan may take. */
  scanCpuPercentMax: z.int().min(1).max(100),
  eventStoreBytesMax: z.int().min(1_048_576).max(10_737_418_240),
  eventStoreDaysMax: z.int().min(1).max(365),
  quarantineBytesMax: z.int().min(1_048_576).max(107_374_182_400),
  quarantineDaysMax: z.int().min(1).max(3_650),
});
export type ProtectionPolicy = z.infer<typeof ProtectionPolicy>;

/** What a device runs while nobody decided otherwise. */
export const DEFAULT_PROTECTION: ProtectionPolicy = {
  mode: 'balanced',
  strictPaths: [],
  malwareAction: 'quarantine',
  killFrom: 'critical',
  confidenceMin: 80,
  denyExecFromWorldWritable: false,
  denyOnTimeout: false,
  canaries: true,
  exclusions: [],
  schedules: [{ kind: 'quick', everyDays: 1, hour: 12 }],
  scanCpuPercentMax: 25,
  eventStoreBytesMax: 268_435_456,
  eventStoreDaysMax: 30,
  quarantineBytesMax: 1_073_741_824,
  quarantineDaysMax: 90,
};

/** Most rules that one device has switched otherwise, and exceptions it carries. */
export const RULE_SWITCHES_MAX = 500;
export const RULE_EXCEPTIONS_MAX = 200;

/** A rule that runs otherwise than it was written. */
export const RuleSwitch = z.strictObject({
  ruleId: text(200),
  /** `report`: it reports but never acts. */
  setting: z.enum(['off', 'report']),
});
export type RuleSwitch = z.infer<typeof RuleSwitch>;

/**
 * Leaves events that fit `selection` out of a rule. The selection is written as in Sigma: field with
 * modifiers → value or values, all of which must fit (`Image|endswith: /backup`).
 */
export const RuleException = z.strictObject({
  id: Id,
  /** Null: every rule. */
  ruleId: text(200).nullable(),
  selection: z.record(
    text(200),
    z.union([lines(4_096), z.number(), z.array(z.union([lines(4_096), z.number()])).max(64)]),
  ),
  reason: text(500),
  expiresAt: EpochMs.nullable(),
});
export type RuleException = z.infer<typeof RuleException>;

/** Largest part of a content pack as the agent fetches it. */
export const CONTENT_PART_BYTES_MAX = 64 * 1_024 * 1_024;

/** Part of a content pack, found by its digest. */
export const ContentPart = z.strictObject({
  /** What it is: compiled Sigma and behaviour rules, YARA sources, SHA-256 lists. */
  kind: z.enum(['rules', 'yara', 'hashes']),
  /** Who made it: shipped with the product, or imported by the tenant. */
  origin: z.enum(['product', 'tenant']),
  digest: Sha256,
  sizeBytes: z.int().min(1).max(CONTENT_PART_BYTES_MAX),
});
export type ContentPart = z.infer<typeof ContentPart>;

/** The detection content of a device: named in its signed settings, fetched by digest. */
export const ContentManifest = z.strictObject({
  /** Over the parts' digests in order. */
  digest: Sha256,
  /** Grows with every publication; a device never goes back by itself. */
  serial: Count,
  parts: z.array(ContentPart).max(16),
});
export type ContentManifest = z.infer<typeof ContentManifest>;

/** What the signed settings say about protection. */
export const ProtectionSettings = z.strictObject({
  policy: ProtectionPolicy,
  switches: z.array(RuleSwitch).max(RULE_SWITCHES_MAX),
  exceptions: z.array(RuleException).max(RULE_EXCEPTIONS_MAX),
  content: ContentManifest.nullable(),
});
export type ProtectionSettings = z.infer<typeof ProtectionSettings>;

/** Bytes of a content part in one answer: with base64 around it, less than an agent reads at once. */
export const CONTENT_CHUNK_BYTES = 2 * 1_024 * 1_024;

/** A stretch of a content part, from an offset on; the last one ends at `sizeBytes`. */
export const ContentChunk = z.strictObject({
  digest: Sha256,
  /** Of the whole part. */
  sizeBytes: z.int().min(1).max(CONTENT_PART_BYTES_MAX),
  offset: Count,
  /** The bytes in base64; empty behind the end. */
  data: base64Text(CONTENT_CHUNK_BYTES),
});
export type ContentChunk = z.infer<typeof ContentChunk>;
