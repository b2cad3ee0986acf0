import { createExceptionList } from '@wardgrid/detection';
import {
  instantOf,
  Severity,
  type DeviceId,
  type ExceptionTrial,
  type RuleException,
} from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import type { TriedFinding } from './repository.ts';

/** Findings that are looked at: some seconds of work at most. */
export const TRIED_MAX = 5_000;
/** The span that a trial looks back. */
export const TRIAL_MS = 30 * 86_400_000;
const SAMPLES_MAX = 20;

/** Which of these findings exceptions hide, by the first that fits. */
export function hiddenBy(
  exceptions: readonly RuleException[],
  findings: readonly Pick<TriedFinding, 'id' | 'rule' | 'event'>[],
  nowMs: number,
): Map<string, string> {
  const hidden = new Map<string, string>();
  for (const exception of exceptions) {
    const list = createExceptionList([exception]);
    for (const { id, rule, event } of findings) {
      if (event && !hidden.has(id) && list.covers(rule, event, nowMs)) hidden.set(id, exception.id);
    }
  }
  return hidden;
}

/** Largest selection as JSON: devices carry 200 of them, in settings that have to fit into one envelope. */
const SELECTION_BYTES_MAX = 16_384;

/** @throws ControllerError `body-too-large`; `rules-invalid` for a selection that says nothing, or names no field of ours. */
export function requireUsable(exception: RuleException): void {
  if (Buffer.byteLength(JSON.stringify(exception.selection)) > SELECTION_BYTES_MAX) {
    throw new ControllerError(
      'body-too-large',
      `a selection has at most ${SELECTION_BYTES_MAX} bytes`,
    );
  }
  if (createExceptionList([exception]).unusable.length === 0) return;
  throw new ControllerError('rules-invalid', 'the selection cannot be understood', {
    issues: [
      {
        pointer: '/selection',
        detail: 'it is empty, or names a field or modifier that there is not',
        code: 'selection-unusable',
        help: 'Write `Image|endswith: /backup`, with the fields of docs/rules.md.',
      },
    ],
  });
}

/** What an exception would have hidden. */
export function trialOf(
  exception: RuleException,
  findings: readonly TriedFinding[],
  nowMs: number,
): ExceptionTrial {
  const hidden = hiddenBy([exception], findings, nowMs);
  const list = createExceptionList([exception]);
  return {
    considered: findings.length,
    hidden: hidden.size,
    notEvaluable: findings.filter(({ rule, event }) => event && list.mayCover(rule, event, nowMs))
      .length,
    isPartial: findings.length >= TRIED_MAX,
    samples: findings
      .filter(({ id }) => hidden.has(id))
      .slice(0, SAMPLES_MAX)
      .map(({ id, title, subject, severity, device_id: deviceId, last_seen_at: at }) => ({
        id,
        title,
        subject,
        severity: Severity.options[severity] ?? 'info',
        deviceId: deviceId as DeviceId | null,
        lastSeenAt: instantOf(at),
      })),
  };
}
