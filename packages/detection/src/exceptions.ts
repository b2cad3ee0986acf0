import type { DeviceEvent, RuleException } from '@wardgrid/wire';
import { evaluatorOf, type Evaluator } from './evaluate.ts';
import { selectionExpression } from './sigma/selection.ts';
import { Unknown, Yes, type Truth } from './truth.ts';

/** Decides which events are left out of which rules. */
export interface ExceptionList {
  /** Whether an exception leaves the event out of the rule now. */
  readonly covers: (ruleId: string, event: DeviceEvent, now: number) => boolean;
  /** Whether none does, but one might if the sensor had read a field that it asks for. */
  readonly mayCover: (ruleId: string, event: DeviceEvent, now: number) => boolean;
  /** Ids of exceptions that cannot be understood; they leave nothing out. */
  readonly unusable: readonly string[];
}

interface Ready {
  readonly given: RuleException;
  readonly fits: Evaluator;
}

interface Asked {
  readonly ruleId: string;
  readonly event: DeviceEvent;
  readonly now: number;
}

/** Makes exceptions ready. One that names an unknown field or modifier leaves nothing out. */
export function createExceptionList(exceptions: readonly RuleException[]): ExceptionList {
  const ready: Ready[] = [];
  const unusable: string[] = [];
  for (const given of exceptions) {
    const fits = evaluatorOfException(given);
    if (fits) ready.push({ given, fits });
    else unusable.push(given.id);
  }
  const forAll = ready.filter(({ given }) => given.ruleId === null);
  const byRule = Map.groupBy(
    ready.filter(({ given }) => given.ruleId !== null),
    ({ given }) => given.ruleId ?? '',
  );
  const finds = (truth: Truth, { ruleId, event, now }: Asked): boolean => {
    const holds = ({ given, fits }: Ready) =>
      (given.expiresAt === null || given.expiresAt > now) && fits(event) === truth;
    return forAll.some((one) => holds(one)) || (byRule.get(ruleId) ?? []).some((one) => holds(one));
  };
  return {
    unusable,
    covers: (ruleId, event, now) => finds(Yes, { ruleId, event, now }),
    mayCover: (ruleId, event, now) =>
      !finds(Yes, { ruleId, event, now }) && finds(Unknown, { ruleId, event, now }),
  };
}

function evaluatorOfException(exception: RuleException): Evaluator | undefined {
  if (Object.keys(exception.selection).length === 0) return undefined;
  let isFaulty = false;
  const report = (code: string): void => {
    if (code !== 'modifier-pointless') isFaulty = true;
  };
  const expression = selectionExpression(
    {
      // Any name a rule may have used, whatever its log source was.
      names: { isAudit: true, classes: [] },
      placeholders: new Map(),
      report,
      unmapped: new Set(),
      tests: 0,
    },
    exception.selection,
    [],
  );
  return expression && !isFaulty ? evaluatorOf(expression) : undefined;
}
