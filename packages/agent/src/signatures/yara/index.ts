/**
 * YARA behind one interface: libyara where the system has it, the WebAssembly build of YARA-X elsewhere
 * (ADR 0014). It owns the compiled rules; it must not let one broken rule stop the others, nor read a
 * file by itself.
 */
import type { YaraEngine } from './engine.ts';
import { openLibyara } from './libyara.ts';

export { compileRules, type RuleSet, type YaraSource } from './compile.ts';
export type { YaraEngine, YaraIssue } from './engine.ts';
export { factsOf } from '@wardgrid/detection/signatures';

export { compileTiers, NO_TIERS, setFor, type TieredRules } from './tiers.ts';

/** The best engine of this machine. @throws when none can be loaded. */
export async function openYaraEngine(): Promise<YaraEngine> {
  const engine = openLibyara();
  if (engine) return engine;
  // Loaded where it is needed alone: the module takes 25 MB.
  const { openYaraX } = await import('./yara-x.ts');
  return openYaraX();
}
