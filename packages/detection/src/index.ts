/**
 * Detection: rules and events in, findings out. It owns the language of rules (Sigma 2.1 with
 * behaviours beside it), the compiled pack, the matcher, correlations, state machines and what is
 * ordinary on a device. It must not touch a machine, and this door must not know YAML: agents load
 * compiled packs, `read.ts` is for those who make them.
 */
export { createExceptionList, type ExceptionList } from './exceptions.ts';
export { DetectionError, type DetectionErrorCode } from './errors.ts';
export {
  createEngine,
  type Engine,
  type EngineOptions,
  type EngineSettings,
  type RuleSighting,
} from './engine.ts';
export type { EngineFinding, FindingMemory, FoundBefore } from './finding-log.ts';
export type { DetectionHealth, RuleHealth } from './health.ts';
export { buildPack, loadPack, type BuiltPack, type Pack } from './pack.ts';
export type { Product, Rule } from './rule.ts';
