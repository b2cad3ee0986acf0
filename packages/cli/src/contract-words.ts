import type {
  AccountKind,
  EventClass,
  InventorySection,
  JobKind,
  MalwareScanArguments,
  PolicyFieldName,
  ProtectionMode,
  ProtectionPolicy,
  Reach,
  RoleName,
  RuleSetFormat,
  Severity,
} from '@wardgrid/wire';

/* Words of the contract that help and completion show without loading it. `contract-words.test.ts`
   holds them equal to the contract's. */

/** The sections of an inventory. */
export const INVENTORY_SECTIONS = [
  'system',
  'hardware',
  'network',
  'users',
  'software',
  'services',
  'processes',
] as const satisfies readonly InventorySection[];

/** What jobs do. */
export const JOB_KINDS = [
  'discovery',
  'port-scan',
  'inventory',
  'malware-scan',
  'quarantine',
  'restore',
  'purge',
  'kill',
] as const satisfies readonly JobKind[];

/** The roles that an account may hold. */
export const ROLES = [
  'owner',
  'operator',
  'analyst',
  'technician',
  'auditor',
  'client-viewer',
] as const satisfies readonly RoleName[];

/** The kinds of account. */
export const ACCOUNT_KINDS = ['admin', 'user'] as const satisfies readonly AccountKind[];

/** How far below its scope an account sees. */
export const REACHES = ['direct', 'subtree'] as const satisfies readonly Reach[];

/** What the name of a node begins with that stands for somebody whose account is not seen. */
export const PERSON_PLACE_MARK = '@';

/** The engines of a scan. */
export const SCAN_ENGINES = ['auto', 'nmap'] as const;

/** What an event is about. */
export const EVENT_CLASSES = [
  'process',
  'file',
  'network',
  'authentication',
  'log',
  'memory',
  'module',
  'scan',
] as const satisfies readonly EventClass[];

/** How far protection goes. */
export const PROTECTION_MODES = [
  'off',
  'detect',
  'balanced',
  'strict',
] as const satisfies readonly ProtectionMode[];

/** What happens to malicious files. */
export const MALWARE_ACTIONS = [
  'report',
  'block',
  'quarantine',
] as const satisfies readonly ProtectionPolicy['malwareAction'][];

/** How bad something is. */
export const SEVERITIES = [
  'info',
  'low',
  'medium',
  'high',
  'critical',
] as const satisfies readonly Severity[];

/** The fields of a policy. */
export const POLICY_FIELDS = [
  'mode',
  'strictPaths',
  'malwareAction',
  'killFrom',
  'confidenceMin',
  'denyExecFromWorldWritable',
  'denyOnTimeout',
  'canaries',
  'exclusions',
  'schedules',
  'scanCpuPercentMax',
  'eventStoreBytesMax',
  'eventStoreDaysMax',
  'quarantineBytesMax',
  'quarantineDaysMax',
] as const satisfies readonly PolicyFieldName[];

/** What a scan for malware looks at. */
export const MALWARE_SCOPES = [
  'quick',
  'full',
  'path',
  'memory',
] as const satisfies readonly MalwareScanArguments['scope'][];

/** What an import of rules is written in. */
export const RULE_SET_FORMATS = [
  'sigma',
  'yara',
  'hashes',
] as const satisfies readonly RuleSetFormat[];

/** How a rule runs. */
export const RULE_SETTINGS = ['on', 'off', 'report'] as const;
