import * as z from 'zod';
import type { Fields } from './filters.ts';
import { FindingEngine, Technique } from './findings.ts';
import { ListQuery, pageOf } from './paging.ts';
import { ScopeTarget } from './policies.ts';
import {
  Count,
  DeviceId,
  Id,
  Instant,
  Name,
  Nothing,
  PersonName,
  ScopePath,
  Severity,
  Sha256,
  TenantId,
  text,
} from './primitives.ts';
import { RuleException, RuleSwitch } from './protection.ts';
import { route } from './route.ts';

/** How a rule runs: as written, without acting, or not at all. */
export const RuleSetting = z.enum(['on', ...RuleSwitch.shape.setting.options]);
export type RuleSetting = z.infer<typeof RuleSetting>;

/** One rule of the content, and what it has done here. */
export const Rule = z.strictObject({
  /** Of this row; the rule itself is named by `ruleId`. */
  id: Id,
  ruleId: z.string(),
  title: z.string(),
  /** What it looks for; empty when it does not say. */
  description: z.string(),
  /** What to do about what it finds; empty when it does not say. */
  remedy: z.string(),
  engine: FindingEngine,
  severity: Severity,
  confidence: z.int().min(0).max(100),
  techniques: z.array(Technique),
  /** How ripe it is. */
  status: z.enum(['stable', 'test', 'experimental']),
  origin: z.enum(['product', 'tenant']),
  /** The tenant whose import it is; null for the product's. */
  tenantId: TenantId.nullable(),
  ruleSetId: Id.nullable(),
  author: z.string().nullable(),
  licence: z.string().nullable(),
  /** Its switch for the whole of the reader's tenant; `on` when there is none. */
  setting: RuleSetting,
  /** Of findings that were seen in the last 30 days and that the reader sees. */
  hits: Count,
  findings: Count,
  devices: Count,
  hitsPerDay: z.number().min(0),
  lastHitAt: Instant.nullable(),
  exceptions: Count,
});
export type Rule = z.infer<typeof Rule>;

export const ruleFields: Fields = {
  ruleId: { kind: 'text', isSortable: true },
  title: { kind: 'text', isSortable: true },
  engine: { kind: 'choice', choices: FindingEngine.options, isSortable: true },
  severity: { kind: 'choice', choices: Severity.options, isSortable: true },
  confidence: { kind: 'number', isSortable: true },
  technique: { kind: 'text' },
  status: { kind: 'choice', choices: Rule.shape.status.options, isSortable: true },
  origin: { kind: 'choice', choices: Rule.shape.origin.options, isSortable: true },
  setting: { kind: 'choice', choices: RuleSetting.options, isSortable: true },
  ruleSetId: { kind: 'text' },
  hits: { kind: 'number', isSortable: true },
  devices: { kind: 'number', isSortable: true },
  exceptions: { kind: 'number', isSortable: true },
};

/** What an import is written in. ClamAV's `.hdb` and `.hsb` and plain lists are `hashes`. */
export const RuleSetFormat = z.enum(['sigma', 'yara', 'hashes']);
export type RuleSetFormat = z.infer<typeof RuleSetFormat>;

/** Detection content that a tenant brought along. */
export const RuleSet = z.strictObject({
  id: Id,
  tenantId: TenantId,
  scope: ScopePath,
  name: z.string(),
  format: RuleSetFormat,
  /** As its importer says: SigmaHQ's is DRL 1.1, which asks to name a rule's author on alerts. */
  licence: z.string(),
  isEnabled: z.boolean(),
  rules: Count,
  sizeBytes: Count,
  digest: Sha256,
  version: Count,
  createdAt: Instant,
  changedAt: Instant,
  changedBy: PersonName,
});
export type RuleSet = z.infer<typeof RuleSet>;

export const ruleSetFields: Fields = {
  name: { kind: 'text', isSortable: true },
  format: { kind: 'choice', choices: RuleSetFormat.options, isSortable: true },
  enabled: { kind: 'flag' },
  rules: { kind: 'number', isSortable: true },
  changedAt: { kind: 'time', isSortable: true },
};

/** Bytes of one import: all of SigmaHQ's rules fit. */
export const RULE_SET_BYTES_MAX = 32 * 1_024 * 1_024;
/** Files of one import. */
const RULE_FILES_MAX = 10_000;

const RuleFile = z.strictObject({
  /** For messages: `linux/persistence.yml`. */
  name: text(300),
  text: z.string().max(RULE_SET_BYTES_MAX),
});

const RuleFiles = z.array(RuleFile).min(1).max(RULE_FILES_MAX);

/** A rule that runs otherwise than it was written, at a node and below. */
export const ScopedRuleSwitch = z.strictObject({
  id: Id,
  tenantId: TenantId,
  scope: ScopePath,
  target: ScopeTarget,
  targetName: z.string(),
  ruleId: z.string(),
  setting: RuleSetting,
  reason: z.string(),
  changedAt: Instant,
  changedBy: PersonName,
});
export type ScopedRuleSwitch = z.infer<typeof ScopedRuleSwitch>;

export const ruleSwitchFields: Fields = {
  ruleId: { kind: 'text', isSortable: true },
  setting: { kind: 'choice', choices: RuleSetting.options, isSortable: true },
  target: { kind: 'text', isSortable: true },
  changedAt: { kind: 'time', isSortable: true },
};

/** Leaves what fits out of a rule, at a node and below. */
export const ScopedRuleException = z.strictObject({
  id: Id,
  tenantId: TenantId,
  scope: ScopePath,
  target: ScopeTarget,
  targetName: z.string(),
  /** Null: every rule. */
  ruleId: z.string().nullable(),
  selection: RuleException.shape.selection,
  reason: z.string(),
  expiresAt: Instant.nullable(),
  isExpired: z.boolean(),
  /** Findings that it hides now. */
  hidden: Count,
  createdAt: Instant,
  createdBy: PersonName,
});
export type ScopedRuleException = z.infer<typeof ScopedRuleException>;

export const ruleExceptionFields: Fields = {
  ruleId: { kind: 'text', isSortable: true },
  target: { kind: 'text', isSortable: true },
  reason: { kind: 'text' },
  expiresAt: { kind: 'time', isSortable: true },
  createdAt: { kind: 'time', isSortable: true },
  createdBy: { kind: 'text', isSortable: true },
};

const ExceptionBody = z.strictObject({
  target: ScopeTarget,
  ruleId: RuleException.shape.ruleId,
  selection: RuleException.shape.selection,
});

/** What an exception would have done to the findings of the last 30 days. */
export const ExceptionTrial = z.strictObject({
  considered: Count,
  hidden: Count,
  /** Findings whose event lacks a field that the selection asks for. */
  notEvaluable: Count,
  /** More findings than are looked at: the newest were. */
  isPartial: z.boolean(),
  /** Some of those that it would have hidden, newest first. */
  samples: z.array(
    z.strictObject({
      id: Id,
      title: z.string(),
      subject: z.string(),
      severity: Severity,
      deviceId: DeviceId.nullable(),
      lastSeenAt: Instant,
    }),
  ),
});
export type ExceptionTrial = z.infer<typeof ExceptionTrial>;

const Params = z.strictObject({ id: Id });

export const ruleRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/rules',
    summary: 'The rules of the product and of the own tenant, with what they found',
    query: ListQuery,
    response: pageOf(Rule),
    permission: 'rules:read',
  }),
  read: route({
    method: 'GET',
    path: '/v1/rules/:id',
    summary: 'One rule',
    params: Params,
    response: Rule,
    permission: 'rules:read',
  }),
};

export const ruleSetRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/rule-sets',
    summary: 'Imported rule sets',
    query: ListQuery,
    response: pageOf(RuleSet),
    permission: 'rules:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/rule-sets',
    summary: 'Import a rule set; one broken rule refuses it, with every error',
    body: z.strictObject({
      name: Name,
      /** A platform admin names the tenant; others import into their own. */
      tenantId: TenantId.exactOptional(),
      format: RuleSetFormat,
      licence: text(200),
      files: RuleFiles,
    }),
    response: RuleSet,
    status: 201,
    permission: 'rules:create',
    problems: ['rules-invalid', 'name-taken', 'limit-reached'],
    bodySizeBytesMax: RULE_SET_BYTES_MAX,
  }),
  read: route({
    method: 'GET',
    path: '/v1/rule-sets/:id',
    summary: 'One rule set',
    params: Params,
    response: RuleSet,
    permission: 'rules:read',
  }),
  update: route({
    method: 'PATCH',
    path: '/v1/rule-sets/:id',
    summary: 'Rename a rule set, turn it on or off, or replace what is in it',
    params: Params,
    body: z.strictObject({
      name: Name.exactOptional(),
      isEnabled: z.boolean().exactOptional(),
      licence: text(200).exactOptional(),
      files: RuleFiles.exactOptional(),
    }),
    response: RuleSet,
    permission: 'rules:update',
    problems: ['rules-invalid', 'name-taken', 'limit-reached'],
    bodySizeBytesMax: RULE_SET_BYTES_MAX,
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/rule-sets/:id',
    summary: 'Delete a rule set',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'rules:delete',
  }),
};

export const ruleSwitchRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/rule-switches',
    summary: 'Rules that run otherwise than they were written',
    query: ListQuery,
    response: pageOf(ScopedRuleSwitch),
    permission: 'rules:read',
  }),
  set: route({
    method: 'POST',
    path: '/v1/rule-switches',
    summary: 'Switch a rule at a node and below; the nearest switch counts',
    body: z.strictObject({
      target: ScopeTarget,
      ruleId: text(200),
      setting: RuleSetting,
      reason: text(500),
    }),
    response: ScopedRuleSwitch,
    status: 201,
    permission: 'rules:update',
    problems: ['limit-reached'],
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/rule-switches/:id',
    summary: 'Take a switch away: what is above holds',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'rules:update',
  }),
};

export const ruleExceptionRoutes = {
  list: route({
    method: 'GET',
    path: '/v1/rule-exceptions',
    summary: 'Exceptions from rules',
    query: ListQuery,
    response: pageOf(ScopedRuleException),
    permission: 'rules:read',
  }),
  create: route({
    method: 'POST',
    path: '/v1/rule-exceptions',
    summary: 'Leave what fits out of a rule; its findings are hidden, never deleted',
    body: z.strictObject({
      ...ExceptionBody.shape,
      reason: text(500),
      expiresAt: Instant.nullable(),
    }),
    response: ScopedRuleException,
    status: 201,
    permission: 'rules:update',
    problems: ['rules-invalid', 'limit-reached'],
  }),
  read: route({
    method: 'GET',
    path: '/v1/rule-exceptions/:id',
    summary: 'One exception',
    params: Params,
    response: ScopedRuleException,
    permission: 'rules:read',
  }),
  delete: route({
    method: 'DELETE',
    path: '/v1/rule-exceptions/:id',
    summary: 'Take an exception away: what it hid is shown again',
    params: Params,
    response: Nothing,
    status: 204,
    permission: 'rules:update',
  }),
  trial: route({
    method: 'POST',
    path: '/v1/rule-exceptions/trial',
    summary: 'What an exception would have hidden of the last 30 days, without making it',
    body: ExceptionBody,
    response: ExceptionTrial,
    permission: 'rules:read',
    problems: ['rules-invalid'],
  }),
};
